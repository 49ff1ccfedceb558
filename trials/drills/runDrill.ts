/** One run of one fault or change: the order of its steps, and that every one of them is undone whatever happens. */
import { randomBytes } from "node:crypto";
import { explain } from "../../cli/userError";
import type { Entry } from "../../ops/logs/entry";
import { within } from "../jobs/drill/within";
import { alertsText, judgeAlerts, type FiredAlert } from "./alerts";
import { alertsOnceThere } from "./askAlerts";
import type { DrillInfo } from "./catalog";
import { isChange } from "./changeCatalog";
import { courseOf, stretchOf, timed, type Moment } from "./course";
import type { Injected } from "./faults";
import { HealthWatch, type Health } from "./healthWatch";
import { Interrupted, pause, unlessInterrupted } from "./interruptible";
import type { Load } from "./load";
import { longestGap, type LoadReport } from "./loadReport";
import { clockTime, duration, type Against, type ChangeOutcome, type DrillRun } from "./report";

/** The tools by which a run acts on the world. */
export interface DrillTools {
  /** Prepares the cluster before the load starts. */
  prepare(fault: DrillInfo): Promise<void>;
  /** Starts the load on a topic of that name, on a host in a zone that the fault leaves alone. */
  startLoad(start: LoadStart): Load;
  /** Makes the fault, or begins the change. */
  inject(fault: DrillInfo, topic: string): Promise<Injected>;
  /** Takes away everything that a drill may have left on the machines; can be repeated. */
  cleanUp(): Promise<void>;
  health(): Promise<Health>;
  /**
   * The alerts that have fired since a moment, ms since 1970; undefined where nothing watches the cluster. Rejects when
   * the ops host does not answer.
   */
  alertsSince(moment: number): Promise<FiredAlert[] | undefined>;
  /** What all machines said between two times, ms since 1970, in the order of time. */
  journals(from: number, to: number): Promise<readonly Entry[]>;
  /** Partitions of the topic that the load writes to. */
  readonly partitions: number;
  /** The time in ms from one observation of the cluster's health to the next. */
  readonly observeEveryMs: number;
  /** The time in ms after a fault in which a false alarm would come. */
  readonly alarmMs: number;
  readonly report: (line: string) => void;
}

/** The load that a run starts. */
export interface LoadStart {
  /** The name of the fault or change; absent: nothing is to happen. */
  readonly fault?: DrillInfo["name"];
  readonly against: Against;
  readonly runId: string;
  readonly topic: string;
  readonly lastsSeconds: number;
  readonly recoverSeconds: number;
}

/** The plan of a run. */
export interface RunPlan {
  readonly fault: DrillInfo;
  readonly against: Against;
  /** The number of the run, from 1. */
  readonly run: number;
}

/**
 * Runs one drill. A drill that fails is a result; throws Interrupted only, when the signal came, after everything is
 * undone.
 */
export async function runDrill(plan: RunPlan, tools: DrillTools, signal: AbortSignal): Promise<DrillRun> {
  const { fault, against, run } = plan;
  const { report } = tools;
  const runId = randomBytes(4).toString("hex");
  const topic = `drill-${runId}`;
  const base = {
    fault: fault.name,
    title: fault.title,
    against,
    run,
    budgetMs: fault.budgetMs,
    partitions: tools.partitions,
    startedAt: Date.now(),
    nodes: [] as readonly string[],
  };
  let injected: Injected | undefined;
  let load: Load | undefined;
  let result: LoadReport | undefined;
  let watch: HealthWatch | undefined;
  let done: DrillRun = base;
  try {
    await tools.prepare(fault);
    const isWatched = against === "ours" && (await tools.alertsSince(Date.now())) !== undefined;
    const { lastsSeconds, recoverSeconds } = fault;
    load = tools.startLoad({ fault: fault.name, against, runId, topic, lastsSeconds, recoverSeconds });
    const { steady } = load;
    const ended = load.result;
    // A load that fails while nobody waits for it is found out by whoever waits next.
    steady.catch(() => undefined);
    ended.catch(() => undefined);
    await unlessInterrupted(steady, signal);
    report(`the load is steady: making the ${isChange(fault) ? "change" : "fault"}`);

    injected = await tools.inject(fault, topic);
    done = { ...done, what: injected.what, nodes: injected.nodes };
    report(injected.what);
    watch = new HealthWatch(() => tools.health(), tools.observeEveryMs);
    await load.tell("fault", injected.at);

    const lasts = injected.lasted !== undefined || fault.lastsSeconds > 0;
    if (injected.lasted !== undefined) {
      done = { ...done, ...(await outcomeOf(injected.lasted, ended, fault.lastsSeconds, signal)) };
    } else if (fault.lastsSeconds > 0) {
      report(`the fault lasts ${fault.lastsSeconds} s`);
      // A load that has died makes the rest pointless.
      await Promise.race([pause(fault.lastsSeconds * 1000, signal), ended.then(() => undefined)]);
    }
    await injected.undo();
    const undoneAt = lasts ? Date.now() : injected.at;
    if (lasts) report(isChange(fault) ? "the change is done" : "the fault is undone");
    await load.tell("undone", undoneAt);

    result = await unlessInterrupted(ended, signal);
    done = { ...done, load: result };
    report(gapsLine(result));
    const deadline = Math.max(Date.now() + 10 * tools.observeEveryMs, undoneAt + fault.recoverSeconds * 1000);
    const healthySince = await watch.repaired(deadline, signal);
    if (healthySince === undefined) report(`not healthy ${fault.recoverSeconds} s afterwards: ${watch.lastMissing}`);
    else done = { ...done, repairedSeconds: Math.max(0, healthySince - undoneAt) / 1000 };
    done = { ...done, course: await courseOnceOver(result, topic, tools, signal) };
    if (!isWatched) return done;
    const { at } = injected;
    await pause(Math.max(0, at + tools.alarmMs - Date.now()), signal);
    const alerts = await alertsOnceThere(() => tools.alertsSince(at), signal);
    report(`alerts: ${alertsText(alerts)}`);
    return { ...done, alerts, unmet: [...(done.unmet ?? []), ...judgeAlerts(fault, alerts)] };
  } catch (error) {
    if (error instanceof Interrupted || signal.aborted) throw new Interrupted();
    return { ...done, failure: explain(error) };
  } finally {
    await watch?.stop();
    await carefully("the fault could not be undone", () => injected?.undo(), report);
    if (result === undefined) await carefully("the load could not be stopped", () => load?.stop(), report);
    await carefully("the machines could not be cleaned up", () => tools.cleanUp(), report);
  }
}

/**
 * The outcome of the change. Rejects when it does not end in time, when the load ends before it, and when interrupted.
 */
async function outcomeOf(
  lasted: Promise<ChangeOutcome>,
  loadEnded: Promise<unknown>,
  seconds: number,
  signal: AbortSignal,
): Promise<ChangeOutcome> {
  const without = loadEnded.then((): never => {
    throw new Error("the load ended before the change did");
  });
  const outcome = await unlessInterrupted(within(seconds * 1000, Promise.race([lasted, without])), signal);
  if (outcome === undefined) throw new Error(`the change did not come to its end within ${seconds} s`);
  return outcome;
}

/** The course of the longest gap, from the machines' journals; undefined, and said, when these can't be had. */
async function courseOnceOver(
  load: LoadReport,
  topic: string,
  { journals, report }: Pick<DrillTools, "journals" | "report">,
  signal: AbortSignal,
): Promise<readonly Moment[] | undefined> {
  const stretch = stretchOf(load);
  if (stretch === undefined) return undefined;
  try {
    const course = courseOf(load, await unlessInterrupted(journals(stretch.from, stretch.to), signal), topic);
    for (const { seconds, text } of timed(course)) report(`${seconds.toFixed(2).padStart(8)} s  ${text}`);
    return course;
  } catch (error) {
    if (error instanceof Interrupted) throw error;
    report(`where the longest gap went is not known: ${(error as Error).message}`);
    return undefined;
  }
}

/** Tidies up: what fails meanwhile is said, and hides nothing else. */
export async function carefully(
  what: string,
  action: () => Promise<void> | undefined,
  report: (line: string) => void,
): Promise<void> {
  try {
    await action();
  } catch (error) {
    report(`${what}: ${explain(error)}`);
  }
}

function gapsLine({ clients }: LoadReport): string {
  const parts = clients.map((client) => {
    const gap = longestGap(client);
    const where = gap === undefined ? "" : ` (partition ${gap.partition} from ${clockTime(gap.from)})`;
    return (
      `${client.client} ${duration(client.longestGapMs)}${where}, ${client.lost} of ` +
      `${client.acknowledged.toLocaleString("en-US")} lost`
    );
  });
  return `longest gap: ${parts.join("; ")}`;
}
