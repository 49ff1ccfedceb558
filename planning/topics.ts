import type { CleanupPolicy, Settings, TopicSettings } from "../settings/settings";
import { planNodes } from "./nodes";
import { placeTopic } from "./topicPlacement";

/** A topic with its placement and its whole topic-level configuration. */
export interface PlannedTopic {
  readonly name: string;
  readonly partitions: number;
  readonly retentionHours: number;
  readonly retentionGiB?: number;
  /** Broker ids of each partition's copies, the preferred leader first. */
  readonly replicaAssignment: readonly (readonly number[])[];
  /** Topic-level Kafka settings (`retention.ms`, `min.insync.replicas` …). */
  readonly config: Readonly<Record<string, string>>;
}

const gibibyte = 1024 ** 3;
const mebibyte = 1024 ** 2;
const hourMs = 3_600_000;

/** Every topic of the settings, in their order. */
export function planTopics(settings: Settings): PlannedTopic[] {
  const { brokers } = planNodes(settings);
  return settings.topics.map((topic, topicIndex) => ({
    name: topic.name,
    partitions: topic.partitions,
    retentionHours: topic.retentionHours,
    ...(topic.retentionGiB === undefined ? {} : { retentionGiB: topic.retentionGiB }),
    replicaAssignment: placeTopic({
      partitions: topic.partitions,
      replicationFactor: settings.brokers.replicationFactor,
      minInsyncReplicas: settings.brokers.minInsyncReplicas,
      brokers,
      topicIndex,
    }),
    config: topicConfig(topic, settings),
  }));
}

/**
 * The topic-level Kafka settings. Kafka deletes whole segments, and only those that are closed: they are sized so that
 * a topic keeps at most about a tenth more than it is asked to.
 */
export function topicConfig(topic: TopicSettings, settings: Settings): Record<string, string> {
  const retentionMs = topic.retentionHours * hourMs;
  const retentionBytes =
    topic.retentionGiB === undefined ? -1 : Math.floor((topic.retentionGiB * gibibyte) / topic.partitions);
  return {
    "cleanup.policy": topic.cleanupPolicy,
    "retention.ms": String(retentionMs),
    "retention.bytes": String(retentionBytes),
    ...compactionLag(topic.cleanupPolicy, retentionMs),
    "segment.ms": String(Math.max(hourMs, Math.min(24 * hourMs, Math.floor(retentionMs / 10)))),
    "segment.bytes": String(segmentBytes(retentionBytes)),
    // Said again at the topic, where it holds even when the brokers' default is changed later.
    "min.insync.replicas": String(settings.brokers.minInsyncReplicas),
    ...topic.config,
  };
}

/**
 * Until when an event stays although a later one of its key is there. `compact` alone has no other use for `retentionHours`; with
 * `compact,delete` such a lag would leave nothing to compact.
 */
function compactionLag(policy: CleanupPolicy, retentionMs: number): Record<string, string> {
  if (policy === "delete") return {};
  return { "min.compaction.lag.ms": policy === "compact" ? String(retentionMs) : "0" };
}

function segmentBytes(retentionBytes: number): number {
  // Kafka's default; below 16 MiB the number of open files would hurt more than the surplus.
  const largest = gibibyte;
  const smallest = 16 * mebibyte;
  if (retentionBytes < 0) return largest;
  return Math.min(largest, Math.max(smallest, Math.floor(retentionBytes / 10)));
}
