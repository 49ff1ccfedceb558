/** The runs of a benchmark: ours first, then with the stock settings, each on a healthy cluster. */
import { Interrupted } from "../drills/interruptible";
import type { Against } from "../drills/report";
import { carefully, type DrillTools } from "../drills/runDrill";
import { healthyWithin } from "../drills/runDrills";
import type { BenchJobResult, Cue } from "../jobs/bench/parameters";
import { explain, UserError } from "../../cli/userError";
import { benchResult, type BenchResult, type RunFacts } from "./result";

/** The tools by which the benchmark acts on the world. */
export interface BenchTools extends Pick<DrillTools, "health" | "observeEveryMs" | "report"> {
  /** Makes all measurements of a run on a client host. Rejects when there is no result, also when interrupted. */
  measure(against: Against, onCue: (cue: Cue) => Promise<void>): Promise<BenchJobResult>;
  brokerAway(against: Against): {
    stop(topic: string): Promise<void>;
    start(): Promise<number | undefined>;
    undo(): Promise<void>;
  };
  /** Deletes the topics of a job that could not do it itself. */
  deleteTopics(): Promise<void>;
  readonly stock: { apply(): Promise<void>; revert(): Promise<void> };
  facts(against: Against): Omit<RunFacts, "against" | "run">;
  /** Called after every run, with all results so far. */
  readonly onResults: (results: readonly BenchResult[]) => void;
}

/** The plan of a benchmark. */
export interface BenchPlan {
  readonly runs: number;
  readonly againstStock: boolean;
  /** Seconds that the cluster may take to be healthy before the first run; 0: it is asked once. */
  readonly firstHealthySeconds: number;
  /** Seconds that the cluster may take to be healthy before every other run. */
  readonly healthySeconds: number;
}

/** The outcome of a benchmark. */
export interface BenchOutcome {
  readonly results: readonly BenchResult[];
  /** The reasons for which it ended before its end, one sentence each. */
  readonly stopped: readonly string[];
  readonly interrupted: boolean;
}

/** Makes the runs. Throws a UserError when the cluster is not healthy at the start; nothing was changed then. */
export async function runBench(plan: BenchPlan, tools: BenchTools, signal: AbortSignal): Promise<BenchOutcome> {
  const { report } = tools;
  const results: BenchResult[] = [];
  const stopped: string[] = [];
  const missing = await healthyWithin(plan.firstHealthySeconds, tools, signal).catch(interruptedOnly);
  if (missing instanceof Interrupted) return { results, stopped, interrupted: true };
  if (missing !== undefined) throw new UserError(`the cluster is not healthy, so nothing is measured: ${missing}`);
  try {
    await runSide("ours", plan, tools, results, signal);
    if (plan.againstStock) {
      try {
        report("\nKafka's and ZooKeeper's shipped settings on every node");
        await tools.stock.apply();
        await runSide("stock", plan, tools, results, signal);
      } finally {
        report("\nputting our settings back");
        await tools.stock.revert().catch((error: unknown) => {
          stopped.push(
            `our settings could not be put back on every node: ${explain(error)}; the next benchmark or drill ` +
              "tries again before it begins",
          );
        });
      }
    }
  } catch (error) {
    if (error instanceof Interrupted) return { results, stopped, interrupted: true };
    stopped.unshift(explain(error));
  }
  return { results, stopped, interrupted: false };
}

function interruptedOnly(error: unknown): Interrupted {
  if (error instanceof Interrupted) return error;
  throw error;
}

/** Makes the runs of one side, and adds to the results as they come. Rejects at the first run that is not complete. */
async function runSide(
  against: Against,
  plan: BenchPlan,
  tools: BenchTools,
  results: BenchResult[],
  signal: AbortSignal,
): Promise<void> {
  for (let run = 1; run <= plan.runs; run++) {
    if (against === "stock" || run > 1) {
      const missing = await healthyWithin(plan.healthySeconds, tools, signal);
      if (missing !== undefined)
        throw new UserError(`the cluster did not get healthy within ${plan.healthySeconds} s: ${missing}`);
    }
    tools.report(`\n${against === "ours" ? "our" : "stock"} settings, run ${run} of ${plan.runs}`);
    const { measured, failure } = await runOnce(against, run, tools, signal);
    results.push(...measured);
    tools.onResults(results);
    if (failure !== undefined) throw new UserError(`${against}, run ${run}: ${failure}`);
  }
}

/** Makes one run. Whatever happens, the broker runs again afterwards, and no topic stays. */
async function runOnce(
  against: Against,
  run: number,
  tools: BenchTools,
  signal: AbortSignal,
): Promise<{ readonly measured: readonly BenchResult[]; readonly failure?: string }> {
  const { report } = tools;
  const away = tools.brokerAway(against);
  let complete = false;
  try {
    let startedAt: number | undefined;
    const { measured, failure } = await tools.measure(against, async ({ what, topic }) => {
      if (what === "stop") await away.stop(topic);
      else startedAt = await away.start();
    });
    complete = true;
    const facts = { ...tools.facts(against), against, run };
    return { measured: measured.map((one) => benchResult(one, facts, startedAt)), failure };
  } catch (error) {
    throw signal.aborted ? new Interrupted() : error;
  } finally {
    await carefully("the broker could not be started again", () => away.undo(), report);
    if (!complete) await carefully("the benchmark's topics stay", () => tools.deleteTopics(), report);
  }
}
