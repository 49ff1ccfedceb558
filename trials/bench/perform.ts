/** What the bench command does once its arguments are known to be right. */
import { randomBytes } from "node:crypto";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import type { StackOutputs } from "../../planning/cluster/outputs";
import { ClientHosts } from "../clientHost/clientHost";
import { confirmDrill } from "../drills/confirm";
import { cleanUp } from "../drills/faults";
import { Interrupted } from "../drills/interruptible";
import { interruptedExitCode } from "../drills/interruption";
import { lockedJobs } from "../drills/lock";
import type { Machines } from "../drills/machines";
import type { Against } from "../drills/report";
import { stockSettings } from "../drills/stock";
import { withMachines } from "../drills/withMachines";
import { opsAccess } from "../../stack/opsAccess";
import type { Settings } from "../../settings/settings";
import { settingsOf, stackFile } from "../../stack/stackFile";
import { UserError } from "../../cli/userError";
import type { BenchRequest } from "./arguments";
import { BrokerAway } from "./brokerAway";
import { checkModel } from "./checkModel";
import { runBenchJob } from "./clientJob";
import { isWithinTolerance, modelTable, type ModelResult } from "./modelCases";
import { benchPage } from "./page";
import { jobSeconds, measurementsOf } from "./phases";
import type { BenchResult } from "./result";
import { runBench, type BenchOutcome, type BenchTools } from "./runBench";
import { benchTable } from "./table";
import { benchTopic, type BenchTopic } from "./topic";
import { isAsPlanned, zoneTable, type ZoneResult } from "./zoneCases";
import { countCrossings } from "./zones";

/** Seconds that the cluster may take to be healthy again before the next run. */
const healthySeconds = 300;
/** MB/s at which what crosses zones is counted. */
const defaultZonesMBps = 10;

type Report = (line: string) => void;

/**
 * Makes the benchmark that is asked for. Throws a UserError when nothing could be begun.
 * @returns the exit code
 */
export async function performBench(request: BenchRequest, report: Report): Promise<number> {
  const { stack } = request;
  const confirm = () => confirmDrill(stack, ["as much load as it bears"], request.yes);
  // A drill would disturb it, and it a drill.
  return withMachines(stack, false, report, confirm, async ({ raw, outputs, machines, tidy, signal }) => {
    if (tidy) await clearAway(outputs, machines, report);
    const cases = { outputs, machines, seconds: request.seconds, report, signal };
    if (request.zones) {
      const { rateMBps = defaultZonesMBps } = request;
      const count: MeasureCases<ZoneResult> = (settings, keep) =>
        countCrossings({ ...cases, settings, rateMBps }, keep);
      return performCases(request, outputs, machines, report, count, zoneTable, isAsPlanned);
    }
    if (request.model) {
      const access = await opsAccess(raw, stack);
      const check: MeasureCases<ModelResult> = (settings, keep) => checkModel({ ...cases, settings, access }, keep);
      return performCases(request, outputs, machines, report, check, modelTable, isWithinTolerance);
    }
    return perform(request, outputs, machines, tidy, signal, report);
  });
}

/** Clears away what a killed drill or benchmark may have left. */
async function clearAway(outputs: StackOutputs, machines: Machines, report: Report): Promise<void> {
  await new ClientHosts(outputs).removeAll(report, lockedJobs);
  await cleanUp(machines, report);
  await deleteTopicsBy(machines);
  const stock = stockSettings(machines, report);
  if (await stock.applied()) await stock.revert();
  if (machines.onLab) await machines.lab(machines.cluster.brokers.map(({ name: node }) => ({ action: "limit", node })));
}

/** Measures one case after the other by a stack's settings, and keeps the results. */
type MeasureCases<Result> = (settings: Settings, keep: (results: readonly Result[]) => void) => Promise<void>;

/**
 * Holds the plan against cases, and shows as many as were measured.
 * @returns the exit code: 1 when the plan was wrong in one of them
 */
async function performCases<Result>(
  { stack, json }: BenchRequest,
  outputs: StackOutputs,
  machines: Machines,
  report: Report,
  measure: MeasureCases<Result>,
  table: (results: readonly Result[]) => string,
  isRight: (result: Result) => boolean,
): Promise<number> {
  const settings = settingsOf(readFileSync(stackFile(stack), "utf8"), stack, outputs.region);
  if (settings === undefined)
    throw new UserError(`Pulumi.${stack}.yaml holds encrypted settings, which can't be read here`);
  let results: readonly Result[] = [];
  try {
    await measure(settings, (now) => {
      results = now;
      if (json !== undefined) writeFileSync(json, `${JSON.stringify(now, null, 2)}\n`);
    });
  } catch (error) {
    if (!(error instanceof Interrupted)) throw error;
    return interruptedExitCode;
  } finally {
    report(`\n${table(results)}`);
    await deleteTopicsBy(machines);
  }
  return results.every(isRight) ? 0 : 1;
}

/**
 * Makes the benchmark with the machines of the stack.
 * @param tidy whether a killed drill or benchmark may have left something
 */
async function perform(
  request: BenchRequest,
  outputs: StackOutputs,
  machines: Machines,
  tidy: boolean,
  signal: AbortSignal,
  report: Report,
): Promise<number> {
  const { cluster } = machines;
  const topics = { ours: benchTopic(cluster, "ours", request), stock: benchTopic(cluster, "stock", request) };
  const stock = stockSettings(machines, report);
  const deleteTopics = () => deleteTopicsBy(machines);
  const { json, html, runs, againstStock } = request;
  const write = (results: readonly BenchResult[], stopped: readonly string[] = []) => {
    if (json !== undefined) writeFileSync(json, `${JSON.stringify(results, null, 2)}\n`);
    if (results.length === 0) return;
    mkdirSync(dirname(html), { recursive: true });
    const { stack } = request;
    writeFileSync(html, benchPage(results, { stack, clusterName: cluster.clusterName, at: Date.now(), stopped }));
  };
  const tools: BenchTools = {
    ...jobTools(request, outputs, machines, topics, signal, report),
    health: () => machines.state(),
    observeEveryMs: 2000,
    report,
    deleteTopics,
    stock,
    onResults: write,
  };
  const plan = { runs, againstStock, firstHealthySeconds: tidy ? healthySeconds : 0, healthySeconds };
  const outcome = await runBench(plan, tools, signal);
  write(outcome.results, outcome.stopped);
  return conclude(outcome, request, report);
}

function jobTools(
  request: BenchRequest,
  outputs: StackOutputs,
  machines: Machines,
  topics: Readonly<Record<Against, BenchTopic>>,
  signal: AbortSignal,
  report: Report,
): Pick<BenchTools, "measure" | "brokerAway" | "facts"> {
  const { payload, producers, seconds, rateMBps, producerSettings, topicSettings } = request;
  const measurements = measurementsOf(request.phases, request.groups);
  const deadlineSeconds = jobSeconds(measurements, seconds);
  return {
    brokerAway: (against) => new BrokerAway(machines, against, deadlineSeconds, report),
    facts: (against) => ({
      payload,
      copies: topics[against].copies,
      partitions: topics[against].partitions,
      producers,
      settings: against === "ours" ? { ...producerSettings, ...topicSettings } : {},
    }),
    measure: (against, onCue) =>
      runBenchJob({
        network: { ...outputs, admit: (address) => machines.admit(address) },
        parameters: {
          id: randomBytes(4).toString("hex"),
          against,
          brokers: outputs.brokers,
          clientProperties: outputs.clientProperties,
          producerSettings: against === "ours" ? producerSettings : {},
          replicaAssignment: topics[against].replicaAssignment,
          config: topics[against].config,
          payload,
          producers,
          seconds,
          rateMBps,
          measurements,
          deadlineSeconds,
        },
        onCue,
        report,
        signal,
      }),
  };
}

/** Deletes the topics by the first broker that can; the one that was away may not be up yet. */
async function deleteTopicsBy(machines: Machines): Promise<void> {
  let failure: unknown;
  for (const { name } of machines.cluster.brokers) {
    try {
      await machines.runOnNode(name, "delete-topics");
      return;
    } catch (error) {
      failure = error;
    }
  }
  throw failure;
}

function conclude(
  { results, stopped, interrupted }: BenchOutcome,
  { json, html }: BenchRequest,
  report: Report,
): number {
  if (results.length > 0) {
    report(`\n${benchTable(results)}\n`);
    report(`report: ${html}${json === undefined ? "" : `, ${json}`}`);
  }
  for (const why of stopped) report(`\nended early: ${why}`);
  if (interrupted) report("interrupted: the load is stopped and every broker has its own settings");
  if (interrupted) return interruptedExitCode;
  return stopped.length === 0 ? 0 : 1;
}
