/**
 * The control run: much load and no fault. Nothing may be done to the cluster, and it shows what the watching costs.
 */
import { randomBytes } from "node:crypto";
import { explain, UserError } from "../../cli/userError";
import { alertsText, judgeAlerts } from "./alerts";
import { alertsOnceThere } from "./askAlerts";
import { Interrupted, pause, unlessInterrupted } from "./interruptible";
import { interruptedExitCode } from "./interruption";
import type { Machines } from "./machines";
import { duration } from "./report";
import { carefully, type DrillTools } from "./runDrill";
import { healthyWithin } from "./runDrills";
import { aligned, grouped } from "./table";
import { falseAlarms, notices, readWatchers, watcherCosts } from "./watchers";

/** The options of the control run. */
export interface CalmOptions {
  readonly minutes: number;
  /** Seconds that the cluster may take to be healthy before the run begins; 0: it is asked once. */
  readonly firstHealthySeconds: number;
}

/**
 * Makes the control run.
 * @returns the command's exit code
 */
export async function runCalm(
  { minutes, firstHealthySeconds }: CalmOptions,
  machines: Machines,
  tools: Pick<DrillTools, "startLoad" | "health" | "alertsSince" | "observeEveryMs" | "report">,
  signal: AbortSignal,
): Promise<number> {
  const { report } = tools;
  const seconds = minutes * 60;
  const runId = randomBytes(4).toString("hex");
  let finished = false;
  let load: ReturnType<DrillTools["startLoad"]> | undefined;
  try {
    const missing = await healthyWithin(firstHealthySeconds, tools, signal);
    if (missing !== undefined) throw new UserError(`the cluster is not healthy, so the run is not begun: ${missing}`);
    load = tools.startLoad({
      against: "ours",
      runId,
      topic: `drill-${runId}`,
      lastsSeconds: seconds,
      recoverSeconds: 60,
    });
    load.steady.catch(() => undefined);
    const ended = load.result;
    ended.catch(() => undefined);
    await unlessInterrupted(load.steady, signal);

    const since = Date.now();
    const isWatched = (await tools.alertsSince(since)) !== undefined;
    const before = await readWatchers(machines, Math.ceil(since / 1000));
    await load.tell("fault", since);
    report(`the load is steady: ${minutes} minutes without a fault`);
    await Promise.race([minutesPass(seconds, report, signal), ended.then(() => undefined)]);
    const measuredSeconds = (Date.now() - since) / 1000;
    const after = await readWatchers(machines, Math.ceil(since / 1000));
    await load.tell("undone", Date.now());
    const result = await unlessInterrupted(ended, signal);
    finished = true;

    const costs = watcherCosts(before, after, measuredSeconds).map(({ node, unit, cpuPercent, memoryMiB }) => [
      node,
      unit.replace(".service", ""),
      `${cpuPercent.toFixed(2)} %`,
      `${memoryMiB.toFixed(1)} MiB`,
    ]);
    report(`\n${aligned([["node", "watcher", "CPU of one core", "memory"], ...costs])}\n`);
    const pauses = after.filter(({ gc }) => gc.count > 0);
    report(
      `GC pauses: ${grouped(pauses.reduce((sum, { gc }) => sum + gc.count, 0))}, the longest ` +
        duration(Math.max(0, ...pauses.map(({ gc }) => gc.maxMs))),
    );
    const faults = result.clients.flatMap(({ client, acknowledged, lost, errors, longestGapMs }) => {
      const rate = acknowledged / ((result.endedAt - result.startedAt) / 1000);
      report(
        `${client}: ${grouped(acknowledged)} events acknowledged (${grouped(rate)}/s), longest gap ` +
          `${duration(longestGapMs)}, ${lost} lost, ${errors} errors`,
      );
      return lost + errors > 0 || acknowledged === 0 ? [`${client}: ${lost} lost, ${errors} errors`] : [];
    });
    for (const line of notices(after)) report(`noticed, and nothing done: ${line}`);
    const alerts = isWatched ? await alertsOnceThere(() => tools.alertsSince(since), signal) : undefined;
    report(`alerts: ${alerts === undefined ? "nothing watches this cluster" : alertsText(alerts)}`);
    const alarms = [...falseAlarms(before, after), ...judgeAlerts({}, alerts ?? [])];
    report(`false alarms: ${alarms.length === 0 ? "none" : alarms.length}`);
    for (const line of [...alarms, ...faults]) report(`FAULT: ${line}`);
    return alarms.length + faults.length === 0 ? 0 : 1;
  } catch (error) {
    if (error instanceof Interrupted || signal.aborted) {
      report("interrupted: the load is stopped");
      return interruptedExitCode;
    }
    if (error instanceof UserError) throw error;
    report(`FAULT: ${explain(error)}`);
    return 1;
  } finally {
    if (!finished) await carefully("the load could not be stopped", () => load?.stop(), report);
  }
}

async function minutesPass(seconds: number, report: (line: string) => void, signal: AbortSignal): Promise<void> {
  const end = Date.now() + seconds * 1000;
  while (Date.now() < end) {
    await pause(Math.min(60_000, end - Date.now()), signal);
    report(`${Math.max(0, Math.round((end - Date.now()) / 60_000))} minutes left`);
  }
}
