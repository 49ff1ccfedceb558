/** What watches the cluster, on every machine: what it costs, and whether it has done anything. */
import type { Machines } from "./machines";

/** The watchers' units, by where they run. */
const watcherUnits = {
  broker: ["self-fence.service", "ship-logs.service"],
  zookeeper: ["ship-logs.service"],
  ops: ["kafka-guardian.service", "kafka-canary.service", "ship-logs.service"],
} as const;

/** The reading of one machine at one moment, as `node/watchers.sh` prints it. */
export interface WatcherReading {
  readonly node: string;
  /** The start of the machine's first process, in the kernel's ticks: another start is another machine. */
  readonly machine: string;
  /** The process of Kafka or ZooKeeper. */
  readonly services: readonly { readonly unit: string; readonly pid: number; readonly started: string }[];
  readonly watchers: readonly {
    readonly unit: string;
    /** The process id; 0: it does not run. */
    readonly pid: number;
    readonly cpuMs: number;
    readonly memoryKiB: number;
  }[];
  /** The watchers' lines since the moment asked for. */
  readonly lines: readonly { readonly unit: string; readonly text: string }[];
  /** The pauses of the JVM since the moment asked for. */
  readonly gc: { readonly count: number; readonly sumMs: number; readonly maxMs: number };
}

/**
 * Reads one machine after another: all at once they would be felt by the clients.
 * @param since seconds since 1970
 */
export async function readWatchers(machines: Machines, since: number): Promise<WatcherReading[]> {
  const { brokers, zookeeper } = machines.cluster;
  const args = (units: readonly string[]) => [String(since), ...units];
  const readings: WatcherReading[] = [];
  for (const { name } of [...brokers, ...zookeeper]) {
    const units = brokers.some((broker) => broker.name === name) ? watcherUnits.broker : watcherUnits.zookeeper;
    readings.push(parseReading(name, await machines.runOnNode(name, "watchers", args(units))));
  }
  return [...readings, parseReading("ops", await machines.runOnOpsHost("watchers", args(watcherUnits.ops)))];
}

/** The reading in the text that a machine has printed. */
export function parseReading(node: string, text: string): WatcherReading {
  const rows = text
    .trimEnd()
    .split("\n")
    .map((line) => line.split("\t"));
  const of = (kind: string) => rows.filter(([first]) => first === kind).map(([, ...fields]) => fields);
  const [count, sumMs, maxMs] = (of("gc")[0] ?? []).map(Number);
  return {
    node,
    machine: of("machine")[0]?.[0] ?? "",
    services: of("service").map(([unit = "", pid = "0", started = ""]) => ({ unit, pid: Number(pid), started })),
    watchers: of("watcher").map(([unit = "", ...figures]) => {
      const [pid = 0, cpuMs = 0, memoryKiB = 0] = figures.map(Number);
      return { unit, pid, cpuMs, memoryKiB };
    }),
    lines: of("line").map(([unit = "", ...words]) => ({ unit, text: words.join("\t") })),
    gc: { count: count ?? 0, sumMs: sumMs ?? 0, maxMs: maxMs ?? 0 },
  };
}

/** The words by which a watcher says that it has taken something out of the cluster. */
const acted = /^(FENCED|RESTARTED|EXPELLED)\b|its connections are closed$|: marking /;
/** The guardian's periodic line, and what a watcher says when it begins. */
const routine = /\bnodes well\b|\bwatching\b/;

/** The watchers' lines about what they did nothing against: a suspicion, or a measurement that they did not trust. */
export function notices(after: readonly WatcherReading[]): string[] {
  return after.flatMap(({ node, lines }) =>
    lines
      .filter(({ text }) => !acted.test(text) && !routine.test(text))
      .map(({ unit, text }) => `${node}: ${unit} said: ${text}`),
  );
}

/** The actions of the watchers though nothing was wrong, one sentence each; empty when there were none. */
export function falseAlarms(before: readonly WatcherReading[], after: readonly WatcherReading[]): string[] {
  return after.flatMap((now) => {
    const { node } = now;
    const then = before.find((reading) => reading.node === node);
    if (then === undefined) return [`${node} was not there before`];
    if (then.machine !== now.machine) return [`${node} is another machine than before`];
    const ended = now.services.filter(({ unit, pid, started }) => {
      const earlier = then.services.find((service) => service.unit === unit);
      return pid === 0 || earlier?.pid !== pid || earlier.started !== started;
    });
    const silent = now.watchers.filter(({ pid }) => pid === 0);
    const restarted = now.watchers.filter(
      ({ unit, pid }) => pid > 0 && then.watchers.some((watcher) => watcher.unit === unit && watcher.pid !== pid),
    );
    return [
      ...ended.map(({ unit }) => `${node}: ${unit} was ended or restarted`),
      ...silent.map(({ unit }) => `${node}: ${unit} does not run`),
      ...restarted.map(({ unit }) => `${node}: ${unit} was restarted`),
      ...now.lines.filter(({ text }) => acted.test(text)).map(({ unit, text }) => `${node}: ${unit} said: ${text}`),
    ];
  });
}

/** The cost of one watcher over the time between two readings. */
export interface WatcherCost {
  readonly node: string;
  readonly unit: string;
  /** Percent of one core. */
  readonly cpuPercent: number;
  readonly memoryMiB: number;
}

/** The costs of the watchers between two readings. */
export function watcherCosts(
  before: readonly WatcherReading[],
  after: readonly WatcherReading[],
  seconds: number,
): WatcherCost[] {
  return after.flatMap(({ node, watchers }) =>
    watchers.map(({ unit, pid, cpuMs, memoryKiB }) => {
      const earlier = before
        .find((reading) => reading.node === node)
        ?.watchers.find((watcher) => watcher.unit === unit && watcher.pid === pid);
      const spentMs = Math.max(0, cpuMs - (earlier?.cpuMs ?? 0));
      return { node, unit, cpuPercent: spentMs / seconds / 10, memoryMiB: memoryKiB / 1024 };
    }),
  );
}
