import type { ClusterDescription } from "../planning/cluster/clusterDescription";
import { placeTopic } from "../planning/placement/topicPlacement";
import { throwFaults, type Fault } from "../settings/faults";
import type { ConfigChange } from "./kafka/admin";
import type { MorePartitions } from "./kafka/topics";
import type { ClusterView } from "./kafkaGate";
import { counted, type Verdict } from "./gateVerdict";
import { replicaKeys } from "./balance/throttles";

/** A topic as the settings want it. */
export type WantedTopic = ClusterDescription["topics"][number];

/** A topic as it is in the cluster. */
export interface ExistingTopic {
  readonly name: string;
  /** Broker ids of each partition's copies, the preferred leader first. */
  readonly replicas: readonly (readonly number[])[];
  /** The settings of the topic itself; what it takes from the brokers can change with them. */
  readonly config: Readonly<Record<string, string>>;
}

/** A difference between an existing topic and the settings. */
export interface TopicDifference {
  readonly topic: string;
  /** The setting that differs: `partitions`, or a topic-level Kafka setting. */
  readonly setting: string;
  readonly before: string;
  readonly after: string;
}

/** The changes that make the cluster's topics those of the settings. */
export interface TopicChanges {
  readonly create: readonly WantedTopic[];
  readonly addPartitions: readonly MorePartitions[];
  readonly setConfigs: readonly ConfigChange[];
}

/** What a setting is that the topic does not have: it goes by the brokers' own. */
const notSet = "(not set)";
/** The settings of a topic that are set while its copies move, and removed then. */
const throttles: readonly string[] = Object.values(replicaKeys);

/**
 * The differences of the topics that are there. Topics that the settings don't name are somebody else's. A config that
 * the settings don't name is a difference, unless it is a throttle: it was taken out of them, or set by hand.
 */
export function topicDrift(wanted: readonly WantedTopic[], existing: readonly ExistingTopic[]): TopicDifference[] {
  return matched(wanted, existing).flatMap(({ topic, found }) => {
    const { name, partitions, config } = topic;
    const count = found.replicas.length;
    const differences: TopicDifference[] = [];
    if (count !== partitions) {
      differences.push({ topic: name, setting: "partitions", before: String(count), after: String(partitions) });
    }
    for (const [setting, after] of Object.entries(config)) {
      const before = found.config[setting];
      if (before === undefined || !sameValue(before, after)) {
        differences.push({ topic: name, setting, before: before ?? notSet, after });
      }
    }
    for (const [setting, before] of Object.entries(found.config)) {
      if (config[setting] === undefined && !throttles.includes(setting))
        differences.push({ topic: name, setting, before, after: notSet });
    }
    return differences;
  });
}

/** A difference in words: `user-activity: partitions 15 -> 30`. */
export function differenceText({ topic, setting, before, after }: TopicDifference): string {
  return `${topic}: ${setting} ${before} -> ${after}`;
}

/**
 * Plans the changes that make the cluster's topics those of the settings. No topic is ever deleted: those that the
 * settings don't name (any more) stay as they are. A config of a topic that they don't name goes back to the brokers'
 * own. The number of copies is not changed here; added partitions get as many as the topic has.
 *
 * Throws one SettingsError that names every topic with more partitions than the settings say.
 */
export function planTopicChanges(
  { brokers, minInsyncReplicas, topics }: Pick<ClusterDescription, "brokers" | "minInsyncReplicas" | "topics">,
  existing: readonly ExistingTopic[],
): TopicChanges {
  const present = matched(topics, existing);
  throwFaults(present.flatMap(({ topic, found, index }) => shrinkingFault(topic, found, index)));
  const drift = topicDrift(topics, existing);
  return {
    create: topics.filter(({ name }) => !present.some(({ topic }) => topic.name === name)),
    addPartitions: present
      .filter(({ topic, found }) => topic.partitions > found.replicas.length)
      .map(({ topic, found, index }) => ({
        topic: topic.name,
        count: topic.partitions,
        assignments: placeTopic({
          partitions: topic.partitions - found.replicas.length,
          // Kafka refuses another number than the first partition has.
          replicationFactor: found.replicas[0]?.length ?? 0,
          minInsyncReplicas,
          brokers,
          topicIndex: index,
          existing: found.replicas,
        }),
      })),
    setConfigs: present.flatMap(({ topic: { name } }) => {
      const ours = drift.filter(({ topic, setting }) => topic === name && setting !== "partitions");
      if (ours.length === 0) return [];
      const kept = ours.filter(({ after }) => after !== notSet);
      const gone = ours.filter(({ after }) => after === notSet);
      return [
        {
          type: "topic",
          name,
          set: Object.fromEntries(kept.map(({ setting, after }) => [setting, after])),
          remove: gone.map(({ setting }) => setting),
        },
      ];
    }),
  };
}

/** The topics of the settings that are there, with their position in the settings. */
function matched(wanted: readonly WantedTopic[], existing: readonly ExistingTopic[]) {
  const byName = new Map(existing.map((topic) => [topic.name, topic]));
  return wanted.flatMap((topic, index) => {
    const found = byName.get(topic.name);
    return found === undefined ? [] : [{ topic, found, index }];
  });
}

function shrinkingFault({ name, partitions }: WantedTopic, { replicas }: ExistingTopic, index: number): Fault[] {
  if (partitions >= replicas.length) return [];
  return [
    {
      path: `topics[${index}].partitions`,
      message:
        `${partitions} is below the ${replicas.length} partitions that ${name} has, and Kafka can't remove any; ` +
        `give ${replicas.length} or more, or a topic of another name`,
    },
  ];
}

/** Whether Kafka means the same by both: it tells numbers in Java's spelling, `1.0` for 1. */
function sameValue(a: string, b: string): boolean {
  return a === b || Number(a) === Number(b);
}

/** The gate for topics. It is satisfied when each of them is known, with a leader and a full ISR in every partition. */
export function topicsVerdict(names: readonly string[], topics: ClusterView["topics"]): Verdict {
  const byName = new Map(topics.map((topic) => [topic.name, topic]));
  let ready = 0;
  const missing = names.flatMap((name) => {
    const topic = byName.get(name);
    if (topic === undefined) return [{ what: `topic ${name} is not known yet` }];
    const behind = topic.partitions.filter(({ leader, replicas, isr }) => leader < 0 || isr.length < replicas.length);
    if (behind.length === 0) {
      ready++;
      return [];
    }
    const numbers = behind.map(({ partition }) => partition).sort((a, b) => a - b);
    const shown = numbers.length > 10 ? `${numbers.slice(0, 10).join(", ")} …` : numbers.join(", ");
    return [{ what: `topic ${name} has no full ISR in ${counted(numbers.length, "partition")} (${shown})` }];
  });
  return { satisfied: missing.length === 0, summary: `${ready} of ${names.length} topics in sync`, missing };
}
