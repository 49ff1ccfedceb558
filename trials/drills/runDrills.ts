/** A series of drills: ours first, then with the stock settings, each on a healthy cluster. */
import { explain, UserError } from "../../cli/userError";
import type { DrillInfo } from "./catalog";
import type { Health } from "./healthWatch";
import { Interrupted, pause } from "./interruptible";
import { duration, judge, type Against, type DrillRun } from "./report";
import { runDrill, type DrillTools } from "./runDrill";

/** The tools of a series of drills. */
export interface SeriesTools extends DrillTools {
  readonly stock: {
    /** Gives every node Kafka's and ZooKeeper's shipped settings that does not have them yet. */
    apply(): Promise<void>;
    revert(): Promise<void>;
  };
  /** Deploys the stack's own settings, if a change has left others. Rejects with what to do. */
  restore(): Promise<void>;
  /** Called after every run, with all runs so far. */
  readonly onRun: (runs: readonly DrillRun[]) => void;
  /**
   * Looks at what a run has come to, once the stack has its own settings again.
   * @returns the reason for which none is to follow
   */
  readonly examine?: (run: DrillRun, fault: DrillInfo) => Promise<string | undefined>;
}

/** A series of drills. */
export interface Series {
  readonly faults: readonly DrillInfo[];
  readonly runs: number;
  readonly againstStock: boolean;
  /** Seconds that the cluster may take to be healthy before the first run; 0: it is asked once. */
  readonly firstHealthySeconds: number;
  /** Seconds that the cluster may take to be healthy after a run. */
  readonly healthySeconds: number;
  /** No run begins after this instant, ms since 1970. Default: none is too late. */
  readonly until?: number;
}

/** The result of a series. */
export interface SeriesResult {
  readonly runs: readonly DrillRun[];
  /** The reason for which it ended before its end: what is broken, what was not done, how to go on. */
  readonly stopped?: string;
  readonly interrupted: boolean;
}

/** Runs a series. Throws a UserError when the cluster is not healthy at the start; nothing was changed then. */
export async function runDrills(series: Series, tools: SeriesTools, signal: AbortSignal): Promise<SeriesResult> {
  const runs: DrillRun[] = [];
  let stopped: string | undefined;
  try {
    const missing = await healthyWithin(series.firstHealthySeconds, tools, signal);
    if (missing !== undefined) throw new UserError(`the cluster is not healthy, so no drill is begun: ${missing}`);
    stopped = await runSide("ours", series, tools, runs, signal);
    if (stopped !== undefined || !series.againstStock) return { runs, stopped, interrupted: false };
    try {
      stopped = await runSide("stock", series, tools, runs, signal);
    } finally {
      const failure = await revertStock(tools);
      stopped = [stopped, failure].filter((text) => text !== undefined).join("\n") || undefined;
    }
    return { runs, stopped, interrupted: false };
  } catch (error) {
    if (error instanceof Interrupted) return { runs, stopped, interrupted: true };
    // What was measured is not lost with what failed.
    if (runs.length > 0 && !(error instanceof UserError)) return { runs, stopped: explain(error), interrupted: false };
    throw error;
  }
}

/**
 * Runs the drills of one side.
 * @returns why it stopped, or undefined when every drill was done
 */
async function runSide(
  against: Against,
  series: Series,
  tools: SeriesTools,
  runs: DrillRun[],
  signal: AbortSignal,
): Promise<string | undefined> {
  const { report } = tools;
  const stock = against === "stock";
  const { faults, runs: times } = series;
  const plans = faults.flatMap((fault, index) => {
    const before = faults.slice(0, index).filter(({ name }) => name === fault.name).length * times;
    return Array.from({ length: times }, (_, run) => ({ fault, against, run: before + run + 1 }));
  });
  for (const [index, plan] of plans.entries()) {
    const { fault } = plan;
    if (Date.now() >= (series.until ?? Infinity)) return undefined;
    const of = series.runs > 1 ? `, run ${plan.run} of ${series.runs}` : "";
    const missing = index === 0 && !stock ? undefined : await healthyWithin(series.healthySeconds, tools, signal);
    if (missing !== undefined) return notHealthy(missing, series.healthySeconds, plans.slice(index), stock);
    if (stock) {
      report("\nKafka's and ZooKeeper's shipped settings on every node");
      // Each time: a machine that was replaced has booted with ours.
      await tools.stock.apply();
      const after = await healthyWithin(series.healthySeconds, tools, signal);
      if (after !== undefined) return notHealthy(after, series.healthySeconds, plans.slice(index), stock);
    }
    const budget = stock ? "" : ` (budget ${duration(fault.budgetMs)})`;
    report(`\n${fault.name}${of}${stock ? ", stock settings" : ""}: ${fault.title}${budget}`);
    let run: DrillRun;
    let failure: string | undefined;
    try {
      run = await runDrill(plan, tools, signal);
    } finally {
      failure = await restore(tools, signal);
      if (failure !== undefined) report(failure);
    }
    const faults = judge(run);
    for (const why of faults) report(`${stock ? "stock" : "FAULT"}: ${why}`);
    report(`${fault.name}: ${stock ? "done" : faults.length === 0 ? "passed" : "FAILED"}`);
    runs.push(run);
    tools.onRun(runs);
    const why = failure ?? (await tools.examine?.(run, fault));
    if (why !== undefined) return why;
  }
  return undefined;
}

function notHealthy(
  missing: string,
  seconds: number,
  left: readonly { readonly fault: DrillInfo }[],
  stock: boolean,
): string {
  const names = [...new Set(left.map(({ fault }) => fault.name))].join(" ");
  return (
    `the cluster did not get healthy within ${seconds} s: ${missing}\n` +
    `not done${stock ? " with stock settings" : ""}: ${names}\n` +
    `\`npm run ops -- status\` shows the cluster; once it is healthy, go on with \`npm run drill -- ` +
    `${names}${stock ? " --against stock" : ""}\``
  );
}

/**
 * Puts our settings back.
 * @returns why they are not back
 */
async function revertStock({ stock, report }: SeriesTools): Promise<string | undefined> {
  report("\nputting our settings back");
  try {
    await stock.revert();
    return undefined;
  } catch (error) {
    return (
      `our settings could not be put back on every node: ${explain(error)}\nthe next drill tries again ` +
      "before it begins"
    );
  }
}

/**
 * Puts the stack's own settings back. What the first Ctrl-C cuts off is done again, the second ends all.
 * @returns why they are not back
 */
async function restore(tools: SeriesTools, signal: AbortSignal): Promise<string | undefined> {
  const { aborted } = signal;
  try {
    await tools.restore();
    return undefined;
  } catch (error) {
    return signal.aborted && !aborted ? restore(tools, signal) : explain(error);
  }
}

/**
 * Waits for two healthy observations in a row.
 * @returns what is still missing after so many seconds
 */
export async function healthyWithin(
  seconds: number,
  tools: Pick<DrillTools, "health" | "observeEveryMs" | "report">,
  signal: AbortSignal,
): Promise<string | undefined> {
  const deadline = Date.now() + seconds * 1000;
  let said = Date.now();
  for (let good = 0; ;) {
    const { healthy, missing } = await tools
      .health()
      .catch((error: unknown): Health => ({ healthy: false, missing: explain(error) }));
    if (signal.aborted) throw new Interrupted();
    good = healthy ? good + 1 : 0;
    if (good === 2) return undefined;
    if (!healthy && Date.now() >= deadline) return missing;
    if (!healthy && Date.now() - said > 5000) {
      said = Date.now();
      tools.report(`waiting until the cluster is healthy: ${missing}`);
    }
    await pause(tools.observeEveryMs, signal);
  }
}
