import type { ClusterDescription } from "../../planning/cluster";
import type { ClusterView } from "./kafkaGate";
import type { Verdict } from "./gateVerdict";

export type WantedTopic = ClusterDescription["topics"][number];

/** A topic as it is in the cluster; `config` has at least the keys that the settings name. */
export interface ExistingTopic {
  readonly name: string;
  readonly partitions: number;
  readonly config: Readonly<Record<string, string>>;
}

export interface TopicChanges {
  readonly create: readonly WantedTopic[];
  /** Where an existing topic differs from the settings, one sentence each. */
  readonly drift: readonly string[];
}

/** What to create, and what differs. Topics that the settings don't name are somebody else's and are left alone. */
export function compareTopics(wanted: readonly WantedTopic[], existing: readonly ExistingTopic[]): TopicChanges {
  const byName = new Map(existing.map((topic) => [topic.name, topic]));
  const create: WantedTopic[] = [];
  const drift: string[] = [];
  for (const topic of wanted) {
    const found = byName.get(topic.name);
    if (found === undefined) {
      create.push(topic);
      continue;
    }
    if (found.partitions !== topic.partitions) {
      drift.push(`topic ${topic.name} has ${found.partitions} partitions, the settings say ${topic.partitions}`);
    }
    for (const [key, value] of Object.entries(topic.config)) {
      const actual = found.config[key];
      if (actual !== value) {
        drift.push(`topic ${topic.name} has ${key}=${actual ?? "(unset)"}, the settings say ${value}`);
      }
    }
  }
  return { create, drift };
}

/** Satisfied when each of the topics is known, with a leader and a full ISR in every partition. */
export function decideTopicsReady(names: readonly string[], topics: ClusterView["topics"]): Verdict {
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
    return [{ what: `topic ${name} has no full ISR in ${numbers.length} partitions (${shown})` }];
  });
  return { satisfied: missing.length === 0, summary: `${ready} of ${names.length} topics in sync`, missing };
}
