/** The two drawings of the report: rates as bars, and latency against rate. */
import { element, type Markup } from "../../ops/page/markup";
import { clamp, roundStep } from "../drills/page/segments";
import { duration, type Against } from "../drills/report";
import { phaseText, summarizeBench, type BenchResult, type SideSummary } from "./result";
import { rateText } from "./table";

const width = 1000;
const left = 110;
const right = 60;
const sides: readonly Against[] = ["ours", "stock"];

const rounded = (value: number) => Math.round(value * 10) / 10;

/** The bars of each phase's median rate; the thin line goes from the least to the most of the runs. */
export function rateBars(results: readonly BenchResult[]): Markup {
  const bars = summarizeBench(results).flatMap((phase) =>
    sides.flatMap((against) => {
      const side = phase[against];
      return side === undefined ? [] : [{ name: phaseText(phase), against, ...side.MBps }];
    }),
  );
  const [top, barHeight, gap] = [6, 14, 5];
  const most = Math.max(1, ...bars.map(({ max }) => max));
  const x = (MBps: number) => rounded(left + (MBps / most) * (width - left - right));
  let y = top;
  const drawn = bars.map(({ name, against, median, min, max }, index) => {
    const first = bars[index - 1]?.name !== name;
    if (first && index > 0) y += gap;
    const middle = y + barHeight / 2;
    const text = `${name}, ${against}: ${rateText(median)} MB/s, ${rateText(min)} to ${rateText(max)}`;
    const row = element(
      "g",
      {},
      first ? element("text", { class: "label", x: left - 10, y: middle + 4, "text-anchor": "end" }, name) : undefined,
      element(
        "rect",
        { class: `rate ${against}`, x: left, y, width: rounded(x(median) - left), height: barHeight - 2 },
        element("title", {}, text),
      ),
      element("line", { class: "range", x1: x(min), x2: x(max), y1: middle - 1, y2: middle - 1 }),
      element("text", { class: "small", x: x(max) + 6, y: middle + 3 }, rateText(median)),
    );
    y += barHeight;
    return row;
  });
  return element(
    "svg",
    { viewBox: `0 0 ${width} ${y + top}`, role: "img", "aria-labelledby": "bars-title" },
    element("title", { id: "bars-title" }, "Rates in MB/s, by phase and settings"),
    ...drawn,
  );
}

const ticksMs = [1, 3, 10, 30, 100, 300, 1000, 3000, 10_000, 30_000, 100_000];
const percentiles = [
  { key: "p50", name: "p50", dash: undefined },
  { key: "p99", name: "p99", dash: "6 3" },
  { key: "p999", name: "p99.9", dash: "2 3" },
] as const satisfies readonly { key: keyof SideSummary; name: string; dash?: string }[];

/** The curves of the phase `latency`: medians over the runs, logarithmic; undefined when it was not measured. */
export function latencyPlot(results: readonly BenchResult[]): Markup | undefined {
  const levels = summarizeBench(results.filter(({ phase }) => phase === "latency"));
  const lines = sides.flatMap((against) => {
    const points = levels.flatMap((level) => level[against] ?? []).sort((a, b) => a.MBps.median - b.MBps.median);
    return points.length === 0 ? [] : percentiles.map((percentile) => ({ against, percentile, points }));
  });
  if (lines.length === 0) return undefined;
  const all = lines.flatMap(({ points }) => points);
  const values = all.flatMap((point) => percentiles.map(({ key }) => Math.max(1, point[key].median)));
  const least = ticksMs.findLast((tick) => tick <= Math.min(...values)) ?? 1;
  const most = ticksMs.find((tick) => tick >= Math.max(...values) && tick > least) ?? Math.max(...values);
  const fastest = Math.max(...all.map(({ MBps }) => MBps.median));
  const step = roundStep(fastest, 8);
  const [top, bottom] = [12, 300];
  const x = (MBps: number) => rounded(left + (MBps / fastest) * (width - left - right));
  const y = (ms: number) =>
    rounded(bottom - (Math.log(clamp(ms, least, most) / least) / Math.log(most / least)) * (bottom - top));
  const grid = ticksMs
    .filter((tick) => tick >= least && tick <= most)
    .flatMap((tick) => [
      element("line", { class: "grid", x1: left, x2: width - right, y1: y(tick), y2: y(tick) }),
      element("text", { class: "small", x: left - 8, y: y(tick) + 4, "text-anchor": "end" }, duration(tick)),
    ]);
  const scale = Array.from({ length: Math.floor(fastest / step) + 1 }, (_, index) => rounded(index * step)).map(
    (MBps) => element("text", { class: "small", x: x(MBps), y: bottom + 18, "text-anchor": "middle" }, `${MBps} MB/s`),
  );
  const drawn = lines.map(({ against, percentile: { key, name, dash }, points }) => {
    const places = points.map((point) => ({ point, at: `${x(point.MBps.median)} ${y(point[key].median)}` }));
    const last = points.at(-1);
    return element(
      "g",
      {},
      element("path", {
        class: `curve ${against}`,
        "stroke-dasharray": dash,
        d: `M${places.map(({ at }) => at).join("L")}`,
      }),
      ...points.map((point) =>
        element(
          "circle",
          { class: against, cx: x(point.MBps.median), cy: y(point[key].median), r: 3.5 },
          element(
            "title",
            {},
            `${against}, ${name}: ${duration(point[key].median)} at ${rateText(point.MBps.median)} MB/s`,
          ),
        ),
      ),
      last === undefined
        ? undefined
        : element("text", { class: "small", x: x(last.MBps.median) + 8, y: y(last[key].median) + 4 }, name),
    );
  });
  return element(
    "svg",
    { viewBox: `0 0 ${width} ${bottom + 28}`, role: "img", "aria-labelledby": "latency-title" },
    element("title", { id: "latency-title" }, "Latency at each rate: p50, p99 and p99.9"),
    ...grid,
    ...scale,
    ...drawn,
  );
}

/** The style of the drawings. */
export const chartStyle = `
rect.rate.ours { fill: var(--ours); } rect.rate.stock { fill: var(--stock); } .range { stroke: var(--ink); stroke-width: 1.5; }
path.curve { fill: none; stroke-width: 2; } path.curve.ours { stroke: var(--ours); } path.curve.stock { stroke: var(--stock); }
`;
