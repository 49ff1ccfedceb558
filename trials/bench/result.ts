/** The findings of the benchmark as data. Pure. */
import { spread, type Spread } from "../drills/summary";
import type { Against } from "../drills/report";
import type { Measured, Payload, Phase } from "../jobs/bench/parameters";

/** One measurement: an element of the file that `--json` writes. */
export interface BenchResult extends Omit<Measured, "fullIsrAt"> {
  readonly against: Against;
  /** The number of the run, from 1. */
  readonly run: number;
  readonly payload: Payload;
  readonly copies: number;
  readonly partitions: number;
  readonly producers: number;
  /** Seconds of `catch-up` from the broker's start until every ISR of the topic was full; absent: not in time. */
  readonly fullIsrSeconds?: number;
  /** Producer and topic settings of ours that were changed; empty for stock. */
  readonly settings: Readonly<Record<string, string>>;
}

/** The facts that are the same for all measurements of a run. */
export type RunFacts = Pick<
  BenchResult,
  "against" | "run" | "payload" | "copies" | "partitions" | "producers" | "settings"
>;

/**
 * A measurement as a result.
 * @param startedAt when the broker that was away was told to start, ms since 1970
 */
export function benchResult({ fullIsrAt, ...measured }: Measured, facts: RunFacts, startedAt?: number): BenchResult {
  const full =
    fullIsrAt !== undefined && startedAt !== undefined ? Math.max(0, fullIsrAt - startedAt) / 1000 : undefined;
  return { ...measured, ...facts, fullIsrSeconds: full };
}

/** The figures of a phase, or of a level of the phase `latency`, on one side. */
export interface SideSummary {
  readonly runs: number;
  readonly MBps: Spread;
  readonly eventsPerSecond: Spread;
  readonly p50: Spread;
  readonly p99: Spread;
  readonly p999: Spread;
  readonly consumedMBps?: Spread;
  readonly compressionRatio?: Spread;
  readonly fullIsrSeconds?: Spread;
  readonly failedEvents: number;
}

/** The figures of a phase on both sides. */
export interface PhaseSummary {
  readonly phase: Phase;
  readonly percent?: number;
  readonly ours?: SideSummary;
  readonly stock?: SideSummary;
  /** The median rate of ours divided by that of stock. */
  readonly ratio?: number;
}

/** The figures of the phases, in the order in which they were first measured. */
export function summarizeBench(results: readonly BenchResult[]): PhaseSummary[] {
  const phases = new Map(results.map(({ phase, percent }) => [`${phase} ${percent}`, { phase, percent }]));
  return [...phases.values()].map(({ phase, percent }) => {
    const of = (against: Against) =>
      summary(results.filter((one) => one.phase === phase && one.percent === percent && one.against === against));
    const [ours, stock] = [of("ours"), of("stock")];
    const ratio = ours && stock && stock.MBps.median > 0 ? ours.MBps.median / stock.MBps.median : undefined;
    return { phase, percent, ours, stock, ratio };
  });
}

function summary(results: readonly BenchResult[]): SideSummary | undefined {
  const of = (figure: (result: BenchResult) => number | undefined) =>
    spread(results.map(figure).filter((value) => value !== undefined));
  const [MBps, eventsPerSecond] = [of((one) => one.MBps), of((one) => one.eventsPerSecond)];
  const [p50, p99, p999] = (["p50", "p99", "p999"] as const).map((key) => of(({ latencyMs }) => latencyMs[key]));
  if (!MBps || !eventsPerSecond || !p50 || !p99 || !p999) return undefined;
  return {
    runs: results.length,
    MBps,
    eventsPerSecond,
    p50,
    p99,
    p999,
    consumedMBps: of((one) => one.consumedMBps),
    compressionRatio: of((one) => one.compressionRatio),
    fullIsrSeconds: of((one) => one.fullIsrSeconds),
    failedEvents: results.reduce((sum, one) => sum + one.failedEvents, 0),
  };
}

/** The phase in words: `latency 50 %`. */
export const phaseText = ({ phase, percent }: Pick<BenchResult, "phase" | "percent">): string =>
  percent === undefined ? phase : `${phase} ${percent} %`;

/** The conditions that are the same for all results, in words: `events, 4 copies of 15 partitions, 2 producers`. */
export function conditionsText([first]: readonly BenchResult[]): string {
  if (first === undefined) return "";
  const { payload, copies, partitions, producers } = first;
  const changed = Object.entries(first.settings).map(([key, value]) => `${key}=${value}`);
  return [
    payload,
    `${copies} copies of ${partitions} partitions`,
    `${producers} producers`,
    ...(changed.length === 0 ? [] : [`changed in ours: ${changed.join(", ")}`]),
  ].join(", ");
}
