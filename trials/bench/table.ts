/** The results as a person reads them on a terminal. */
import type { Against } from "../drills/report";
import { duration } from "../drills/report";
import type { Spread } from "../drills/summary";
import { aligned, grouped, ratioText, spreadText } from "../drills/table";
import { conditionsText, phaseText, summarizeBench, type BenchResult, type SideSummary } from "./result";

/** A rate in words: `1.23`, `45.6`. */
export const rateText = (MBps: number): string => MBps.toFixed(MBps < 10 ? 2 : 1);

/** A column of the results. */
export interface Column {
  readonly name: string;
  readonly spread: (side: SideSummary) => Spread | undefined;
  readonly text: (value: number) => string;
}

const columns: readonly Column[] = [
  { name: "MB/s", spread: ({ MBps }) => MBps, text: rateText },
  { name: "events/s", spread: ({ eventsPerSecond }) => eventsPerSecond, text: grouped },
  { name: "p50", spread: ({ p50 }) => p50, text: duration },
  { name: "p99", spread: ({ p99 }) => p99, text: duration },
  { name: "p99.9", spread: ({ p999 }) => p999, text: duration },
  { name: "read, MB/s", spread: ({ consumedMBps }) => consumedMBps, text: rateText },
  { name: "compression", spread: ({ compressionRatio }) => compressionRatio, text: (ratio) => `${ratio.toFixed(1)}×` },
  { name: "full ISR", spread: ({ fullIsrSeconds }) => fullIsrSeconds, text: (seconds) => duration(seconds * 1000) },
];

/** The columns of which there is anything to show. */
export function usedColumns(results: readonly BenchResult[]): readonly Column[] {
  const sides = summarizeBench(results).flatMap(({ ours, stock }) =>
    [ours, stock].filter((side) => side !== undefined),
  );
  return columns.filter(({ spread }) => sides.some((side) => spread(side) !== undefined));
}

/** The table: the median, and of several runs least and most; a line for each phase and side. */
export function benchTable(results: readonly BenchResult[]): string {
  const phases = summarizeBench(results);
  const used = usedColumns(results);
  const withStock = phases.some(({ stock }) => stock !== undefined);
  const head = ["phase", "settings", ...used.map(({ name }) => name), ...(withStock ? ["ours/stock"] : [])];
  const rows = phases.flatMap((phase) =>
    (["ours", "stock"] as const).flatMap((against: Against) => {
      const side = phase[against];
      if (side === undefined) return [];
      const figures = used.map(({ spread, text }) => spreadText(spread(side), text, side.runs));
      const ratio = withStock ? [against === "ours" ? ratioText(phase.ratio) : ""] : [];
      return [[phaseText(phase), against, ...figures, ...ratio]];
    }),
  );
  const failed = results
    .filter(({ failedEvents }) => failedEvents > 0)
    .map(
      (one) =>
        `${phaseText(one)}, ${one.against}, run ${one.run}: ${grouped(one.failedEvents)} events were not acknowledged`,
    );
  return [conditionsText(results), "", aligned([head, ...rows]), ...failed].join("\n");
}
