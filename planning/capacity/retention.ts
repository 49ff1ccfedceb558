import type { Settings, TopicSettings } from "../../settings/settings";

/*
 * How much each topic may keep. A topic with `retentionGiB` has that; the others share what is left of the disks, by
 * partitions, so that a disk never fills by load alone.
 */

export const gibibyte = 1024 ** 3;
/** Of a data volume, with one broker away for good and its copies on the others. */
export const usableShare = 0.85;
/** Kafka deletes whole segments, a tenth of a partition each (planning/placement/topics.ts): so much more is kept than asked for. */
export const segmentSlack = 1.1;

/** Bytes of one copy of all topics that the disks hold at 85 % with one broker away, before any segment's surplus. */
export function storableBytes({ brokers }: Settings): number {
  return ((brokers.count - 1) * brokers.volumeGiB * gibibyte * usableShare) / brokers.replicationFactor / segmentSlack;
}

/** GiB of a data volume, in steps of 10, with which the brokers hold so many bytes of one copy of all topics. */
export function volumeGiBFor(bytes: number, settings: Settings): number {
  const perGiB = storableBytes({ ...settings, brokers: { ...settings.brokers, volumeGiB: 1 } });
  return Math.ceil(bytes / perGiB / 10) * 10;
}

/**
 * `retention.bytes` of each partition of the topic; -1 where Kafka knows none (`compact` keeps the last event of each key,
 * however many there are).
 */
export function retentionBytes(topic: TopicSettings, settings: Settings): number {
  if (topic.cleanupPolicy === "compact") return -1;
  if (topic.retentionGiB !== undefined) return Math.floor((topic.retentionGiB * gibibyte) / topic.partitions);
  return sharedBytes(settings);
}

/** Of one partition of the topics without a size of their own; 0 when the others leave them nothing. */
export function sharedBytes(settings: Settings): number {
  const given = settings.topics.reduce((sum, { retentionGiB = 0 }) => sum + retentionGiB * gibibyte, 0);
  const partitions = settings.topics.reduce(
    (sum, topic) => sum + (topic.retentionGiB === undefined ? topic.partitions : 0),
    0,
  );
  return partitions === 0 ? 0 : Math.max(0, Math.floor((storableBytes(settings) - given) / partitions));
}

/** What a partition gets in an hour, at so many bytes a second of all topics together (load is by partitions). */
export function partitionBytesPerHour({ topics }: Settings, bytesPerSecond: number): number {
  return (bytesPerSecond * 3600) / topics.reduce((sum, { partitions }) => sum + partitions, 0);
}

/** Hours of the topic's events, at so many bytes a second of all topics together. */
export function hoursKept(topic: TopicSettings, settings: Settings, bytesPerSecond: number): number {
  const bytes = retentionBytes(topic, settings);
  if (bytes < 0) return topic.retentionHours;
  return Math.min(topic.retentionHours, bytes / partitionBytesPerHour(settings, bytesPerSecond));
}
