import type { CleanupPolicy, Settings, TopicSettings } from "../../settings/settings";
import { planNodes } from "../node/nodes";
import { gibibyte, retentionBytes } from "../capacity/retention";
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
 * The brokers of every partition of all topics, the preferred leader first; of a cluster without topics those that an evenly
 * placed one would have. For what is reckoned over all of them.
 */
export function placementOf(settings: Settings): readonly (readonly number[])[] {
  const { count, replicationFactor, minInsyncReplicas } = settings.brokers;
  const { zones } = settings.network;
  const partitions = settings.topics.map((topic) => topic.partitions);
  const key = JSON.stringify([count, replicationFactor, minInsyncReplicas, zones, partitions]);
  if (last?.key !== key) last = { key, placement: placed(settings) };
  return last.placement;
}

/** Who tries many sizes asks for the same placement again and again. */
let last: { readonly key: string; readonly placement: readonly (readonly number[])[] } | undefined;

function placed(settings: Settings): readonly (readonly number[])[] {
  if (settings.topics.length > 0) return planTopics(settings).flatMap(({ replicaAssignment }) => replicaAssignment);
  const { count, replicationFactor, minInsyncReplicas } = settings.brokers;
  const { brokers } = planNodes(settings);
  return placeTopic({ partitions: 3 * count, replicationFactor, minInsyncReplicas, brokers, topicIndex: 0 });
}

/**
 * The topic-level Kafka settings. Kafka deletes whole segments, and only those that are closed: they are sized so that
 * a topic keeps at most about a tenth more than it is asked to.
 */
export function topicConfig(topic: TopicSettings, settings: Settings): Record<string, string> {
  const retentionMs = topic.retentionHours * hourMs;
  const bytes = retentionBytes(topic, settings);
  return {
    "cleanup.policy": topic.cleanupPolicy,
    "retention.ms": String(retentionMs),
    "retention.bytes": String(bytes),
    ...compactionLag(topic.cleanupPolicy, retentionMs),
    "segment.ms": String(Math.max(hourMs, Math.min(24 * hourMs, Math.floor(retentionMs / 10)))),
    "segment.bytes": String(segmentBytes(bytes)),
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

function segmentBytes(kept: number): number {
  // Kafka's default; below 16 MiB the number of open files would hurt more than the surplus.
  const largest = gibibyte;
  const smallest = 16 * mebibyte;
  if (kept < 0) return largest;
  return Math.min(largest, Math.max(smallest, Math.floor(kept / 10)));
}
