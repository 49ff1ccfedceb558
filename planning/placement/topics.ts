import type { CleanupPolicy, Settings, TopicSettings } from "../../settings/settings";
import { retentionBytes } from "../capacity/retention";
import { segmentBytes, segmentMs } from "../capacity/segments";
import { topicPlacements } from "./placement";

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

const hourMs = 3_600_000;

/** Every topic of the settings, in their order. */
export function planTopics(settings: Settings): PlannedTopic[] {
  const placements = topicPlacements(settings);
  return settings.topics.map((topic, index) => ({
    name: topic.name,
    partitions: topic.partitions,
    retentionHours: topic.retentionHours,
    ...(topic.retentionGiB === undefined ? {} : { retentionGiB: topic.retentionGiB }),
    replicaAssignment: placements[index] ?? [],
    config: topicConfig(topic, settings),
  }));
}

/** The topic-level Kafka settings. */
export function topicConfig(topic: TopicSettings, settings: Settings): Record<string, string> {
  const retentionMs = topic.retentionHours * hourMs;
  const bytes = retentionBytes(topic, settings);
  return {
    "cleanup.policy": topic.cleanupPolicy,
    "retention.ms": String(retentionMs),
    "retention.bytes": String(bytes),
    ...compactionLag(topic.cleanupPolicy, retentionMs),
    ...timestamps(topic),
    "segment.ms": String(segmentMs(topic)),
    "segment.bytes": String(segmentBytes(topic, bytes)),
    // Said again at the topic, where it holds even when the brokers' default is changed later.
    "min.insync.replicas": String(settings.brokers.minInsyncReplicas),
    ...topic.config,
  };
}

/**
 * The setting by which an event stays for a while although a later one of its key is there. `compact` alone has no
 * other use for `retentionHours`; with `compact,delete` such a lag would leave nothing to compact.
 */
function compactionLag(policy: CleanupPolicy, retentionMs: number): Record<string, string> {
  if (policy === "delete") return {};
  return { "min.compaction.lag.ms": policy === "compact" ? String(retentionMs) : "0" };
}

/**
 * The settings by which retention counts from when an event came. A topic whose `config` has events keep the time that
 * their producer gives (`CreateTime`) takes only those that are at most an hour off, so that none is deleted early, and
 * none keeps its segment for ever (docs/decisions/0017).
 */
function timestamps({ config }: TopicSettings): Record<string, string> {
  const type = config["message.timestamp.type"] ?? "LogAppendTime";
  return {
    "message.timestamp.type": type,
    ...(type === "LogAppendTime"
      ? {}
      : { "message.timestamp.before.max.ms": String(hourMs), "message.timestamp.after.max.ms": String(hourMs) }),
  };
}
