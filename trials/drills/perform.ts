/** What the drill command does once its arguments are known to be right. */
import { constants, setPriority } from "node:os";
import type { StackOutputs } from "../../planning/cluster/outputs";
import type { DrillRequest } from "./arguments";
import { runCalm } from "./calm";
import { isChangeName } from "./changeCatalog";
import { Deployer } from "./changes/deployer";
import { nodeSubnets } from "./clientSubnet";
import { confirmDrill } from "./confirm";
import { interruptedExitCode } from "./interruption";
import type { Machines } from "./machines";
import { drillInfo } from "./pairs";
import { passed, type DrillRun } from "./report";
import { examination } from "./random/examine";
import { seriesText } from "./random/summary";
import { writeReports } from "./reportFiles";
import { runDrills, type SeriesResult } from "./runDrills";
import { stockSettings } from "./stock";
import { drillTable } from "./table";
import { tidyUp } from "./tidyUp";
import { drillTools } from "./tools";
import { withMachines } from "./withMachines";

/** Seconds that the cluster may take to be healthy again before the next drill. */
const healthySeconds = 300;

type Report = (line: string) => void;

/**
 * Makes the drills that are asked for. Throws a UserError when none could be begun.
 * @returns the exit code
 */
export async function performDrills(request: DrillRequest, report: Report): Promise<number> {
  const { stack } = request;
  if (request.plan) {
    report(request.faults.join("\n"));
    return 0;
  }
  const confirm = () =>
    confirmDrill(stack, request.kind === "calm" ? ["a load without a fault"] : request.faults, request.yes);
  const changesSettings = request.faults.some(isChangeName);
  // In the lab the cluster shares this machine's processors; what updates one on AWS runs somewhere else.
  if (changesSettings) setPriority(constants.priority.PRIORITY_BELOW_NORMAL);
  return withMachines(
    stack,
    changesSettings,
    report,
    confirm,
    async ({ environment, outputs, machines, tidy, signal }) => {
      const deployer = changesSettings ? await Deployer.open(outputs, environment, report) : undefined;
      return perform(request, outputs, machines, deployer, tidy, signal, report);
    },
  );
}

/**
 * Makes the drills with the machines of the stack.
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
  if (tidy) await tidyUp(outputs, machines, report);
  const firstHealthySeconds = tidy ? healthySeconds : 0;
  if (request.kind === "calm") {
    return runCalm({ minutes: request.minutes, firstHealthySeconds }, machines, tools, signal);
  }

  const isRandom = request.kind === "random";
  const started = Date.now();
  if (isRandom) {
    const { seed, minutes, faults } = request;
    report(
      `random --seed ${seed}: as many of these steps as are begun within ${minutes} minutes:\n${faults.join(" ")}`,
    );
  }
  if (request.leftOut.length > 0) report(`left out, as only the lab can make them: ${request.leftOut.join(", ")}`);
  const write = (runs: readonly DrillRun[], stopped?: string) =>
    writeReports(request, runs, { stack, clusterName: outputs.clusterName, at: Date.now(), stopped });
  const result = await runDrills(
    {
      faults: request.faults.map(drillInfo).map((info) => ({ ...info, budgetMs: request.slack * info.budgetMs })),
      runs: request.runs,
      againstStock: request.againstStock,
      firstHealthySeconds,
      healthySeconds,
      until: isRandom ? started + request.minutes * 60_000 : undefined,
    },
    {
      ...tools,
      stock,
      restore: () => deployer?.restore() ?? Promise.resolve(),
      onRun: write,
      examine: isRandom ? await examination(request, machines, tools.least, signal) : undefined,
    },
    signal,
  );
  write(result.runs, result.stopped);
  if (isRandom) report(`\n${seriesText(result.runs, request.seed, Date.now() - started)}`);
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
