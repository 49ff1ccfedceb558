/** What happened within the last day, from what Prometheus has kept of it. Pure. */
import type { Curve } from "./prometheus";
import type { Past, Stretch } from "./seen";

/**
 * The stretches for which a curve has values that are wanted.
 * @param step seconds between two points, of which each stands for the time since the one before; a longer hole ends a
 *   stretch
 */
export function stretchesOf(
  { points }: Pick<Curve, "points">,
  step: number,
  isWanted: (value: number) => boolean,
): Stretch[] {
  const found: { from: number; to: number }[] = [];
  let last = -Infinity;
  for (const [seconds, value] of points) {
    if (!isWanted(value)) {
      last = -Infinity;
      continue;
    }
    const open = found.at(-1);
    if (open !== undefined && seconds - last <= step * 1.5) open.to = seconds * 1000;
    else found.push({ from: (seconds - step) * 1000, to: seconds * 1000 });
    last = seconds;
  }
  return found;
}

/** The curves that the past is made from. */
export interface PastCurves {
  readonly alerts: readonly Curve[];
  readonly out: readonly Curve[];
  readonly controller: readonly Curve[];
  readonly boots: readonly Curve[];
  readonly works: readonly Curve[];
}

/**
 * Puts the past together.
 * @param step seconds between two points
 * @param from ms since 1970
 */
export function pastOf({ alerts, out, controller, boots, works }: PastCurves, step: number, from: number): Past {
  const nodeOf = ({ labels }: Curve) => labels.node ?? "?";
  const yes = (curves: readonly Curve[]) =>
    curves
      .flatMap((curve) => stretchesOf(curve, step, (value) => value === 1).map((stretch) => ({ curve, stretch })))
      .sort((a, b) => a.stretch.from - b.stretch.from);
  return {
    alerts: yes(alerts).map(({ curve, stretch }) => {
      const { alertname: name = "?", node, severity = "" } = curve.labels;
      return { ...stretch, name, node, severity };
    }),
    out: yes(out).map(({ curve, stretch }) => ({ ...stretch, node: nodeOf(curve) })),
    controllers: yes(controller).map(({ curve, stretch }) => ({ ...stretch, node: nodeOf(curve) })),
    works: yes(works).map(({ curve, stretch }) => ({ ...stretch, program: curve.labels.program ?? "?" })),
    boots: boots.flatMap((curve) => bootsOf(curve).flatMap((at) => (at >= from ? [{ node: nodeOf(curve), at }] : []))),
  };
}

/** The moments, ms since 1970, at which a machine began, by what it said of it: the kernel's clock drifts a little. */
function bootsOf({ points }: Curve): number[] {
  const found: number[] = [];
  for (const [, seconds] of points) {
    if (Math.abs(seconds * 1000 - (found.at(-1) ?? 0)) > 30_000) found.push(seconds * 1000);
  }
  return found;
}
