/** Stretches of time in which something stayed as it was, from observations that were made at its changes. */
import type { LoadReport } from "../loadReport";

/** A stretch of time with its value. */
export interface Segment<T> {
  readonly from: number;
  readonly to: number;
  readonly value: T;
}

/** The value over the whole load: the first one also before its observation, the last one until the end. */
export function segments<T>(
  { startedAt, endedAt, observations }: LoadReport,
  value: (observation: LoadReport["observations"][number]) => T,
): Segment<T>[] {
  const result: Segment<T>[] = [];
  for (const [index, observation] of observations.entries()) {
    const from = index === 0 ? startedAt : clamp(observation.at, startedAt, endedAt);
    const next = observations[index + 1];
    const to = next === undefined ? endedAt : clamp(next.at, startedAt, endedAt);
    const last = result.at(-1);
    if (last !== undefined && last.value === value(observation)) {
      result[result.length - 1] = { ...last, to };
    } else {
      result.push({ from, to, value: value(observation) });
    }
  }
  return result.filter(({ from, to }) => to > from);
}

/** The value, or the bound that it is beyond. */
export const clamp = (value: number, least: number, most: number) => Math.min(most, Math.max(least, value));

/** Round steps for an axis: the smallest one that gives at most `most` of them. */
export function roundStep(length: number, most: number): number {
  const steps = [0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 30, 60, 120, 300, 600, 1200];
  return steps.find((step) => length / step <= most) ?? Math.ceil(length / most);
}
