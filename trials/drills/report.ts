/** The findings of drills as data, and what is to be thought of them: pure functions. */
import type { FiredAlert } from "./alerts";
import type { DrillName } from "./catalog";
import { isChangeName } from "./changeCatalog";
import type { Moment } from "./course";
import { longestGap, type ClientReport, type LoadReport, type Observation } from "./loadReport";

/** The settings of a run. `stock`: Kafka's, ZooKeeper's and the clients' shipped settings. */
export type Against = "ours" | "stock";

/** Figures of a change by what they are, with the unit where the value has none: `{"update, seconds": 132}`. */
export type Facts = Readonly<Record<string, number | string>>;

/** The outcome of a change. */
export interface ChangeOutcome {
  readonly facts: Facts;
  /** The promises that were not kept, one sentence each; empty when all were. */
  readonly unmet: readonly string[];
}

/** One run of one fault or change. */
export interface DrillRun extends Partial<ChangeOutcome> {
  readonly fault: DrillName;
  readonly title: string;
  readonly against: Against;
  /** The number of the run, from 1. */
  readonly run: number;
  readonly budgetMs: number;
  /** The number of partitions of the topic that was written to. */
  readonly partitions: number;
  /** When it began, ms since 1970. */
  readonly startedAt: number;
  /** What was done to which nodes; absent when it did not come to it. */
  readonly what?: string;
  readonly nodes: readonly string[];
  /** The load's report; absent when it gave no result. */
  readonly load?: LoadReport;
  /**
   * Seconds from the end of the fault (when it was undone; the fault itself when there is nothing to undo) or change
   * until the cluster's status was healthy for good: every node in service under its id and address, every ISR full.
   * Absent: not within the time given.
   */
  readonly repairedSeconds?: number;
  /** The course of the longest gap; absent: there was none, it took minutes, or no journals could be had. */
  readonly course?: readonly Moment[];
  /** The alerts that fired since the fault; absent: the stack has no monitoring, or nobody asked. */
  readonly alerts?: readonly FiredAlert[];
  /** The reason for which the drill itself could not be done or finished. */
  readonly failure?: string;
}

/** Seconds from the end of the fault until every ISR of the topic was full; absent: not within the time given. */
export function fullIsrSeconds({ faultAt, undoneAt, fullIsrAt }: LoadReport): number | undefined {
  const end = undoneAt ?? faultAt;
  return fullIsrAt === null || end === null ? undefined : Math.max(0, fullIsrAt - end) / 1000;
}

/** The number of times that another controller took over, from the fault on. */
export function controllerChanges(load: LoadReport): number {
  const ids = fromFaultOn(load)
    .map(({ controllerId }) => controllerId)
    .filter((id) => id >= 0);
  return ids.filter((id, index) => index > 0 && id !== ids[index - 1]).length;
}

/**
 * The number of times that a partition of the drill's topic lost a member of its ISR, from the fault on; else how often
 * any fell out of a full one.
 */
export function isrShrinks(load: LoadReport): number {
  if (load.isrShrinks !== undefined) return load.isrShrinks;
  const counts = fromFaultOn(load).map(({ underReplicated }) => underReplicated);
  return counts.reduce((sum, count, index) => sum + Math.max(0, count - (counts[index - 1] ?? count)), 0);
}

/** The observations after the fault, and the last one before it. */
function fromFaultOn({ faultAt, observations }: LoadReport): readonly Observation[] {
  const first = observations.findIndex(({ at }) => at >= (faultAt ?? 0));
  return first < 0 ? observations.slice(-1) : observations.slice(Math.max(0, first - 1));
}

/**
 * Whether the verdict goes by ISR shrinks: packet loss slows everything down, and what counts is that the ISRs don't
 * flap.
 */
export const measuredByShrinks = (fault: DrillName): boolean => fault === "packet-loss";

/**
 * Whether the fault stops all writing by design, with errors that applications see: then only what comes after its end
 * is an interruption.
 */
export const stopsWriting = (fault: DrillName): boolean => fault === "disks-full";

function withinBudget(run: DrillRun, client: ClientReport): boolean {
  if (measuredByShrinks(run.fault)) return run.load !== undefined && isrShrinks(run.load) <= run.partitions;
  return client.longestGapMs <= run.budgetMs;
}

/**
 * The faults for which a run fails, one sentence each; empty when it passed.
 * @param only the client whose faults count; what concerns the cluster counts in any case. Default: both
 */
export function judge(run: DrillRun, only?: ClientReport["client"]): string[] {
  if (run.failure !== undefined || run.load === undefined) return [run.failure ?? "the load gave no result"];
  const { load } = run;
  const clients = load.clients.filter(({ client }) => only === undefined || client === only);
  const faults = clients.flatMap((client) => judgeClient(run, client));
  if (measuredByShrinks(run.fault) && isrShrinks(load) > run.partitions)
    faults.push(`ISRs shrank ${isrShrinks(load)} times: more than once for each of ${run.partitions} partitions`);
  faults.push(...(run.unmet ?? []));
  faults.push(...(load.copies?.faults ?? []));
  const { preloadLost = 0 } = load;
  if (preloadLost > 0) faults.push(`${preloadLost} of the events that were there before are lost`);
  if (fullIsrSeconds(load) === undefined) faults.push("not every ISR was full again in time");
  if (run.repairedSeconds === undefined) faults.push("the cluster was not healthy again in time");
  return faults;
}

function judgeClient(run: DrillRun, client: ClientReport): string[] {
  const faults: string[] = [];
  const { client: name, lost, errors } = client;
  if (client.acknowledged === 0) faults.push(`${name}: no event was acknowledged`);
  if (lost > 0)
    faults.push(`${name}: ${lost} acknowledged events are lost, among them ${client.lostExamples.join(", ")}`);
  if (stopsWriting(run.fault) && errors === 0) faults.push(`${name}: writing was to stop, and no error said so`);
  if (!stopsWriting(run.fault) && errors > 0)
    faults.push(`${name}: ${errors} errors reached the application (${client.errorExamples[0] ?? "unknown"})`);
  if (!measuredByShrinks(run.fault) && client.longestGapMs > run.budgetMs) {
    const gap = longestGap(client);
    const where = gap === undefined ? "" : ` on partition ${gap.partition} from ${clockTime(gap.from)}`;
    faults.push(
      `${name}: ${duration(client.longestGapMs)} without an acknowledgement${where}; ` +
        `${duration(run.budgetMs)} are allowed`,
    );
  }
  return faults;
}

/** Whether the runs with our own settings passed: what the stock ones lose is shown, and fails nothing. */
export function passed(runs: readonly DrillRun[]): boolean {
  return runs.every((run) => run.against === "stock" || judge(run).length === 0);
}

/** One element of the file that `--json` writes: a client in a run. Absent figures are null. */
export interface DrillRow {
  /** The name of the fault or change. */
  readonly fault: DrillName;
  readonly against: Against;
  readonly client: ClientReport["client"];
  readonly run: number;
  /** When the run began, ISO 8601. */
  readonly startedAt: string;
  readonly what: string | null;
  readonly nodes: readonly string[];
  readonly longestGapMs: number | null;
  /** When the longest gap began, ISO 8601. */
  readonly longestGapFrom: string | null;
  readonly budgetMs: number;
  readonly withinBudget: boolean;
  /** Partition -> its longest gap in ms. */
  readonly gapMsByPartition: Readonly<Record<number, number>>;
  readonly consumerGapMs: number | null;
  readonly acknowledged: number | null;
  readonly lost: number | null;
  readonly duplicates: number | null;
  /** The number of errors that reached the application. */
  readonly errors: number | null;
  /** The 99th percentile in ms from the send of an event to its acknowledgement. */
  readonly ackP99Ms: number | null;
  /** Seconds from the end of the fault, see `DrillRun`. */
  readonly fullIsrSeconds: number | null;
  /** Seconds from the end of the fault, see `DrillRun`. */
  readonly repairedSeconds: number | null;
  readonly controllerChanges: number | null;
  readonly isrShrinks: number | null;
  /** The longest time in ms for which the load's own process stood still: no gap can be told from less. */
  readonly longestPauseMs: number | null;
  /** The number of copies that were each read from its own broker, and are the same. */
  readonly copiesRead: number | null;
  /** The alerts that fired since the fault; null: nobody asked. */
  readonly alerts: readonly FiredAlert[] | null;
  /** The course of the longest gap of both clients, times in ms since 1970; null: it is not known. */
  readonly course: readonly Moment[] | null;
  /** The facts of a change; null for a fault. */
  readonly facts: Facts | null;
  readonly passed: boolean;
  /** The faults for which it did not pass: this client's, and the cluster's. */
  readonly failures: readonly string[];
}

/** The elements of the file that `--json` writes. */
export function jsonRows(runs: readonly DrillRun[]): DrillRow[] {
  return runs.flatMap((run) => (["kafkajs", "java"] as const).map((name) => jsonRow(run, name)));
}

function jsonRow(run: DrillRun, name: ClientReport["client"]): DrillRow {
  const { load } = run;
  const client = load?.clients.find((one) => one.client === name);
  const failures = judge(run, name);
  const gap = client && longestGap(client);
  return {
    fault: run.fault,
    against: run.against,
    client: name,
    run: run.run,
    startedAt: new Date(run.startedAt).toISOString(),
    what: run.what ?? null,
    nodes: run.nodes,
    longestGapMs: client?.longestGapMs ?? null,
    longestGapFrom: gap === undefined ? null : new Date(gap.from).toISOString(),
    budgetMs: run.budgetMs,
    withinBudget: client !== undefined && withinBudget(run, client),
    gapMsByPartition: Object.fromEntries((client?.gaps ?? []).map(({ partition, ms }) => [partition, ms])),
    consumerGapMs: load?.consumer.longestGapMs ?? null,
    acknowledged: client?.acknowledged ?? null,
    lost: client?.lost ?? null,
    duplicates: client?.duplicates ?? null,
    errors: client?.errors ?? null,
    ackP99Ms: client?.ackP99Ms ?? null,
    fullIsrSeconds: (load && fullIsrSeconds(load)) ?? null,
    repairedSeconds: run.repairedSeconds ?? null,
    controllerChanges: load === undefined ? null : controllerChanges(load),
    isrShrinks: load === undefined ? null : isrShrinks(load),
    longestPauseMs: load?.longestPauseMs ?? null,
    copiesRead: load?.copies?.read ?? null,
    alerts: run.alerts ?? null,
    course: run.course ?? null,
    facts: run.facts ?? null,
    passed: failures.length === 0,
    failures,
  };
}

/** The word for what runs are of: `fault`, `change`, or, where there are both, `drill`. */
export function kindOf(runs: readonly Pick<DrillRun, "fault">[]): "fault" | "change" | "drill" {
  if (runs.every(({ fault }) => !isChangeName(fault))) return "fault";
  return runs.every(({ fault }) => isChangeName(fault)) ? "change" : "drill";
}

/** Facts in words: `update, seconds: 132; brokers in service, least: 4`. */
export const factsText = (facts: Facts): string =>
  Object.entries(facts)
    .map(([name, value]) => `${name}: ${value}`)
    .join("; ");

/** A time in words: `840 ms`, `2.31 s`, `48.2 s`, `302 s`. */
export function duration(ms: number): string {
  if (ms < 1000) return `${Math.round(ms)} ms`;
  const seconds = ms / 1000;
  return `${seconds.toFixed(seconds < 10 ? 2 : seconds < 100 ? 1 : 0)} s`;
}

/** A time of day as the machines' journals have it: `14:47:00 UTC`. */
export const clockTime = (ms: number): string => `${new Date(ms).toISOString().slice(11, 19)} UTC`;
