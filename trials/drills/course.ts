/** The course of a failover by the machines' journals: where the longest time without an acknowledgement went. Pure. */
import type { Entry } from "../../ops/logs/entry";
import { longestGap, type ClientName, type Gap, type LoadReport } from "./loadReport";

/** A moment in the course of a gap. */
export interface Moment {
  /** ms since 1970, by the clock of the machine that says so. */
  readonly at: number;
  /** The node's name; `fault`; or the client that waited. */
  readonly who: string;
  readonly what: string;
}

/** The longest gap of a run. */
export interface WorstGap extends Gap {
  readonly client: ClientName;
}

/** The time in ms before a gap from which journals are read: a broker may have begun to stop before it. */
const beforeMs = 5000;
/** The time in ms around a gap whose moments are told. */
const marginMs = 500;
/** The longest gap, in ms, whose course is read. */
const mostMs = 60_000;
/** A broker that gives up to follow, and does not follow another one within so many ms, leads. */
const followsMs = 1000;

/** The longest gap of any client and partition; undefined where nothing was written. */
export function worstGap({ clients }: LoadReport): WorstGap | undefined {
  const gaps = clients.flatMap((client) => {
    const gap = longestGap(client);
    return gap === undefined ? [] : [{ ...gap, client: client.client }];
  });
  return gaps.sort((one, other) => other.ms - one.ms)[0];
}

/** The time of which journals are wanted, ms since 1970; undefined where there is no gap, or one that is too long. */
export function stretchOf(load: LoadReport): { readonly from: number; readonly to: number } | undefined {
  const gap = worstGap(load);
  if (gap === undefined || gap.ms > mostMs) return undefined;
  return { from: beginOf(gap, load) - beforeMs, to: gap.to + marginMs };
}

/** The fault, where it came shortly before the gap, else the gap's beginning. */
function beginOf({ from, to }: WorstGap, { faultAt }: LoadReport): number {
  return faultAt !== null && faultAt < to && from - faultAt < beforeMs ? Math.min(faultAt, from) : from;
}

/**
 * The moments from the fault until the longest gap ended, in their order.
 * @param entries the machines' journals in the order of time
 * @param topic the one that was written to
 */
export function courseOf(load: LoadReport, entries: readonly Entry[], topic: string): Moment[] {
  const gap = worstGap(load);
  if (gap === undefined) return [];
  const { client, partition } = gap;
  const begin = beginOf(gap, load);
  const told = [...saidBy(entries, [...signs, isrSign(topic, partition)]), ...movesOf(entries, topic, partition)];
  const fault = load.faultAt !== null && load.faultAt >= begin ? [{ at: load.faultAt, who: "fault", what: "" }] : [];
  return [
    ...fault,
    { at: gap.from, who: client, what: `last acknowledgement of partition ${partition}` },
    ...told.filter(({ at }) => at >= begin - marginMs && at <= gap.to + marginMs),
    { at: gap.to, who: client, what: `first acknowledgement of partition ${partition}` },
  ].sort((one, other) => one.at - other.at);
}

/** What a line means; undefined where it means nothing. */
type Meaning = (words: readonly string[]) => string | undefined;

const names = (ids: string | undefined) =>
  (ids ?? "")
    .split(",")
    .map((id) => `kafka-${id}`)
    .join(", ");

type Sign = readonly [RegExp, Meaning];

const beginsToStop = / Starting controlled shutdown /;
const hasStarted = / \[KafkaServer id=\d+\] started /;

/** The lines of Kafka 3.9, ZooKeeper 3.8, systemd and our own programs, and what they mean. */
const signs: readonly Sign[] = [
  [/^kafka\.service: Main process exited, (.*)$/, ([, how]) => `Kafka ends: ${how}`],
  [/^zookeeper\.service: Main process exited, (.*)$/, ([, how]) => `ZooKeeper ends: ${how}`],
  [beginsToStop, () => "Kafka begins a controlled shutdown"],
  [/ Controlled shutdown request returned successfully /, () => "Kafka may stop: it leads nothing any more"],
  [/^Kafka died .*: deleted \/brokers\/ids\/(\d+).* \(\d+ ms\)$/, () => "expel-broker takes it out"],
  [/^EXPELLED broker (\d+),/, ([, id]) => `self-fence takes ${names(id)} out, which answers nobody`],
  [/^FENCED: (.*?); Kafka's processes/, ([, why]) => `self-fence fences it: ${why}`],
  [/^killed Kafka, deleted (.*)$/, ([, paths]) => `self-fence has killed Kafka, and deleted ${paths}`],
  [/^RESTARTED: (.*?); killed it/, ([, why]) => `self-fence restarts Kafka: ${why}`],
  [/ successfully elected as the controller\b/, () => "is the controller"],
  [/\[Controller id=\d+\] Currently active brokers in the cluster: /, () => "has read what the cluster has"],
  [/\[Controller id=\d+\] Ready to serve as the new controller /, () => "has elected all leaders"],
  [
    / Newly added brokers: ([\d,]*), deleted brokers: ([\d,]*), bounced brokers: ([\d,]*),/,
    ([, added, deleted, bounced]) => {
      const said = [
        ...(deleted ? [`${names(deleted)} gone`] : []),
        ...(bounced ? [`${names(bounced)} started anew`] : []),
        ...(added ? [`${names(added)} there`] : []),
      ];
      return said.length === 0 ? undefined : `as controller sees ${said.join(", ")}`;
    },
  ],
  [/ LEADING - LEADER ELECTION TOOK /, () => "leads ZooKeeper"],
  [/ FOLLOWING - LEADER ELECTION TOOK /, () => "follows in ZooKeeper"],
  [hasStarted, () => "Kafka has started"],
];

/** A leader's word on who is in sync. */
const isrSign = (topic: string, partition: number): Sign => [
  new RegExp(`\\[Partition ${topic}-${partition} .*\\b(?:Shrinking|Expanding) ISR from ([\\d,]+) to ([\\d,]+)`),
  ([, from, to]) => `changes the ISR of partition ${partition} from ${from} to ${to}`,
];

const saidBy = (entries: readonly Entry[], all: readonly Sign[]): Moment[] =>
  entries.flatMap(({ node, micros, message }) => {
    for (const [pattern, meaning] of all) {
      const words = pattern.exec(message);
      const what = words === null ? undefined : meaning(words);
      if (what !== undefined) return [{ at: micros / 1000, who: node, what }];
    }
    return [];
  });

/** A broker's word on whom it follows: nobody any more, or a broker. */
interface Fetching {
  readonly at: number;
  readonly node: string;
  /** The id of the broker that it follows from now on; absent: none. */
  readonly follows?: string;
  readonly partitions: readonly number[];
}

/** Who leads the topic's partitions, and from when on; for the partition of the gap also who follows. */
function movesOf(entries: readonly Entry[], topic: string, gapPartition: number): Moment[] {
  const fetching = fetchingOf(entries, topic);
  return fetching.flatMap(({ at, node, follows, partitions }) => {
    if (follows !== undefined) {
      const what = `follows ${names(follows)} in partition ${gapPartition}`;
      return partitions.includes(gapPartition) ? [{ at, who: node, what }] : [];
    }
    const led = partitions.filter(
      (partition) =>
        !fetching.some(
          (next) =>
            next.node === node &&
            next.follows !== undefined &&
            next.at >= at &&
            next.at < at + followsMs &&
            next.partitions.includes(partition),
        ),
    );
    const what = `leads partition${led.length > 1 ? "s" : ""} ${led.sort((a, b) => a - b).join(", ")}`;
    return led.length === 0 ? [] : [{ at, who: node, what }];
  });
}

/** The words of brokers on the topic's partitions; of one that stops none, as it follows nobody and does not lead. */
function fetchingOf(entries: readonly Entry[], topic: string): Fetching[] {
  const stopping = new Set<string>();
  return entries.flatMap(({ node, micros, message }) => {
    if (beginsToStop.test(message)) stopping.add(node);
    if (hasStarted.test(message)) stopping.delete(node);
    const words = / (?:Removed fetcher|Added fetcher to broker (?<follows>\d+)) for partitions (?<list>.*)$/.exec(
      message,
    );
    if (words === null || stopping.has(node)) return [];
    const { follows, list = "" } = words.groups ?? {};
    const partitions = [...list.matchAll(new RegExp(`[ (]${topic}-(\\d+)(?=[,) ])`, "g"))].map(([, id]) => Number(id));
    return [{ at: micros / 1000, node, follows, partitions }];
  });
}

/** The moments with their seconds, from the fault, or from the first of them. */
export function timed(moments: readonly Moment[]): readonly { readonly seconds: number; readonly text: string }[] {
  const zero = moments.find(({ who }) => who === "fault")?.at ?? moments[0]?.at ?? 0;
  return moments.map(({ at, who, what }) => ({ seconds: (at - zero) / 1000, text: `${who} ${what}`.trim() }));
}
