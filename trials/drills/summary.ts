/** Runs of the same fault and client side by side, with median and spread: what the table and the page show. */
import type { DrillName } from "./catalog";
import type { ClientReport } from "./loadReport";
import {
  controllerChanges,
  fullIsrSeconds,
  isrShrinks,
  judge,
  measuredByShrinks,
  type Against,
  type DrillRun,
} from "./report";

/** Median, least and most over the runs. */
export interface Spread {
  readonly median: number;
  readonly min: number;
  readonly max: number;
}

/** The spread of values; undefined when there are none. */
export function spread(values: readonly number[]): Spread | undefined {
  const sorted = [...values].sort((a, b) => a - b);
  const [min] = sorted;
  const max = sorted.at(-1);
  if (min === undefined || max === undefined) return undefined;
  const middle = (sorted.length - 1) / 2;
  const median = ((sorted[Math.floor(middle)] ?? min) + (sorted[Math.ceil(middle)] ?? max)) / 2;
  return { median, min, max };
}

/** The figures of one side (ours or stock) in the runs of one fault, with one client. */
export interface Side {
  readonly runs: number;
  /** The number of runs without any fault of this client or of the cluster. */
  readonly passedRuns: number;
  readonly gapMs?: Spread;
  readonly consumerGapMs?: Spread;
  /** The number of acknowledged events, over all runs. */
  readonly acknowledged: number;
  readonly lost: number;
  readonly duplicates: number;
  readonly errors: number;
  readonly fullIsrSeconds?: Spread;
  /** The number of runs in which the ISRs were never full again. */
  readonly neverFull: number;
  readonly repairedSeconds?: Spread;
  readonly neverRepaired: number;
  readonly controllerChanges?: Spread;
  readonly isrShrinks?: Spread;
}

/** A row of the table: one fault and one client. */
export interface SummaryRow {
  readonly fault: DrillName;
  readonly title: string;
  readonly client: ClientReport["client"];
  readonly budgetMs: number;
  /** Whether the budget is a number of ISR shrinks, see `measuredByShrinks`. */
  readonly byShrinks: boolean;
  readonly ours?: Side;
  readonly stock?: Side;
  /** The median gap of stock divided by that of ours. */
  readonly ratio?: number;
}

/** A row for each fault and client, in the order in which the faults first came. */
export function summarize(runs: readonly DrillRun[]): SummaryRow[] {
  const faults = [...new Map(runs.map((run) => [run.fault, run])).values()];
  return faults.flatMap(({ fault, title, budgetMs }) =>
    (["kafkajs", "java"] as const).map((client) => {
      const ours = side(runs, fault, "ours", client);
      const stock = side(runs, fault, "stock", client);
      const ratio =
        ours?.gapMs !== undefined && stock?.gapMs !== undefined && ours.gapMs.median > 0
          ? stock.gapMs.median / ours.gapMs.median
          : undefined;
      return { fault, title, client, budgetMs, byShrinks: measuredByShrinks(fault), ours, stock, ratio };
    }),
  );
}

function side(
  all: readonly DrillRun[],
  fault: DrillName,
  against: Against,
  client: ClientReport["client"],
): Side | undefined {
  const runs = all.filter((run) => run.fault === fault && run.against === against);
  if (runs.length === 0) return undefined;
  const loads = runs.flatMap(({ load }) => (load === undefined ? [] : [load]));
  const reports = loads.flatMap(({ clients }) => clients.filter((one) => one.client === client));
  const sum = (figure: (report: ClientReport) => number) => reports.reduce((total, one) => total + figure(one), 0);
  const known = (values: readonly (number | undefined)[]) => values.filter((value) => value !== undefined);
  const full = known(loads.map(fullIsrSeconds));
  const repaired = known(runs.map(({ repairedSeconds }) => repairedSeconds));
  return {
    runs: runs.length,
    passedRuns: runs.filter((run) => judge(run, client).length === 0).length,
    gapMs: spread(reports.map(({ longestGapMs }) => longestGapMs)),
    consumerGapMs: spread(loads.map(({ consumer }) => consumer.longestGapMs)),
    acknowledged: sum(({ acknowledged }) => acknowledged),
    lost: sum(({ lost }) => lost),
    duplicates: sum(({ duplicates }) => duplicates),
    errors: sum(({ errors }) => errors),
    fullIsrSeconds: spread(full),
    neverFull: runs.length - full.length,
    repairedSeconds: spread(repaired),
    neverRepaired: runs.length - repaired.length,
    controllerChanges: spread(loads.map(controllerChanges)),
    isrShrinks: spread(loads.map(isrShrinks)),
  };
}
