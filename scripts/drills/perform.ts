/** What the drill command does once its arguments are known to be right. */
import { constants, setPriority } from "node:os";
import { readOutputs, type StackOutputs } from "../../planning/outputs";
import { ClientHosts } from "../clientHost";
import { adoptEnvironment, localStack, stackEnvironment, type Environment } from "../stack/environment";
import { rawStackOutputs } from "../stack/stackOutputs";
import { UserError } from "../userError";
import type { DrillRequest } from "./arguments";
import { runCalm } from "./calm";
import { drillInfo } from "./catalog";
import { isChangeName } from "./changeCatalog";
import { Deployer } from "./changes/deployer";
import { nodeSubnets } from "./clientSubnet";
import { confirmDrill } from "./confirm";
import { interruptedExitCode, listenForInterruption } from "./interruption";
import { bucketLockStore, DrillLock } from "./lock";
import { openMachines, type Machines } from "./machines";
import { passed, type DrillRun } from "./report";
import { writeReports } from "./reportFiles";
import { runDrills, type SeriesResult } from "./runDrills";
import { stockSettings } from "./stock";
import { drillTable } from "./table";
import { drillTools } from "./tools";

/** How long the cluster may take to be healthy again before the next drill. */
const healthySeconds = 300;

type Report = (line: string) => void;

/** @returns the exit code. Throws a UserError when no drill could be begun. */
export async function performDrills(request: DrillRequest, report: Report): Promise<number> {
  const { stack } = request;
  if (stack !== localStack) {
    await confirmDrill(stack, request.kind === "calm" ? ["a load without a fault"] : request.faults, request.yes);
  }
  const environment = await stackEnvironment(stack);
  adoptEnvironment(environment);
  // The SDK would announce, on every run, that it drops Node 20 in 2027.
  process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED ??= "true";
  const outputs = await stackOutputs(stack, environment);
  const signal = listenForInterruption(report);
  const changesSettings = request.faults.some(isChangeName);
  // In the lab the cluster shares this machine's processors; what updates one on AWS runs somewhere else.
  if (changesSettings) setPriority(constants.priority.PRIORITY_BELOW_NORMAL);
  const lock = await DrillLock.take(bucketLockStore(readOutputs(outputs)), changesSettings);
  try {
    const left = lock.takenOverFrom;
    if (left !== undefined) {
      report(`the drill of ${left.since} (process ${left.pid}) was killed: clearing away what it left`);
    }
    // Before all else: what brokers there are depends on it.
    if (left?.changesSettings) await (await Deployer.open(readOutputs(outputs), environment, report)).restoreUnknown();
    const raw = left?.changesSettings ? await stackOutputs(stack, environment) : outputs;
    const machines = await openMachines(stack, raw, environment);
    try {
      const deployer = changesSettings ? await Deployer.open(readOutputs(raw), environment, report) : undefined;
      return await perform(request, readOutputs(raw), machines, deployer, left !== undefined, signal, report);
    } finally {
      machines.close();
    }
  } finally {
    await lock.release();
  }
}

/** Throws a UserError when the stack is not deployed. */
async function stackOutputs(stack: string, environment: Environment): Promise<Record<string, unknown>> {
  const raw = await rawStackOutputs(stack, environment, true);
  if (Object.keys(raw).length > 0) return raw;
  throw new UserError(`stack ${stack} has no cluster: it is not deployed (npm run deploy -- --stack ${stack})`);
}

/**
 * @param deployer where settings are to be changed
 * @param tidy whether a killed drill may have left something
 */
async function perform(
  request: DrillRequest,
  outputs: StackOutputs,
  machines: Machines,
  deployer: Deployer | undefined,
  tidy: boolean,
  signal: AbortSignal,
  report: Report,
): Promise<number> {
  const { stack, eventsPerSecond } = request;
  const subnets = await nodeSubnets(outputs);
  const tools = drillTools({ outputs, machines, subnets, eventsPerSecond, deployer, report, signal });
  const stock = stockSettings(machines, report);
  if (tidy) {
    await new ClientHosts(outputs).removeAbandoned(report, 0);
    await tools.cleanUp();
    await machines.runOnNode(machines.cluster.brokers[0]?.name ?? "", "delete-topics");
    if (await stock.applied()) await stock.revert();
  }
  const firstHealthySeconds = tidy ? healthySeconds : 0;
  if (request.kind === "calm") {
    return runCalm({ minutes: request.minutes, firstHealthySeconds }, machines, tools, signal);
  }

  if (request.leftOut.length > 0) report(`left out, as only the lab can make them: ${request.leftOut.join(", ")}`);
  const write = (runs: readonly DrillRun[], stopped?: string) =>
    writeReports(request, runs, { stack, clusterName: outputs.clusterName, at: Date.now(), stopped });
  const result = await runDrills(
    {
      faults: request.faults.map(drillInfo),
      runs: request.runs,
      againstStock: request.againstStock,
      firstHealthySeconds,
      healthySeconds,
    },
    { ...tools, stock, restore: () => deployer?.restore() ?? Promise.resolve(), onRun: write },
    signal,
  );
  write(result.runs, result.stopped);
  return conclude(result, request, report);
}

function conclude({ runs, stopped, interrupted }: SeriesResult, { json, html }: DrillRequest, report: Report): number {
  if (runs.length > 0) {
    report(`\n${drillTable(runs)}\n`);
    report(`report: ${html}${json === undefined ? "" : `, ${json}`}`);
  }
  if (stopped !== undefined) report(`\nended early: ${stopped}`);
  if (interrupted) {
    report("interrupted: the fault is undone and the load stopped");
    return interruptedExitCode;
  }
  const all = passed(runs) && stopped === undefined;
  report(all ? "all drills passed" : "drills FAILED");
  return all ? 0 : 1;
}
