import type { Settings, TopicSettings } from "../../settings/settings";
import { gibibyte, usableShare } from "./diskLimits";
import { busiestShare } from "./partitionShares";
import { diskUseOf, partitionUse, type FullestBroker } from "./diskUse";

/*
 * How much each topic may keep. A topic with `retentionGiB` has that; the others share what is left of the disks, by
 * partitions, so that a disk never fills by load alone.
 */

/**
 * GiB of a data volume, in steps of 10, on which every topic has room for so many bytes a partition as `keeping` says.
 */
export function volumeGiBFor(settings: Settings, keeping: (topic: TopicSettings) => number): number {
  const used = fullest(diskUseOf(settings)((topic) => partitionUse(topic, settings, keeping(topic))));
  return Math.ceil(used / usableShare / gibibyte / 10) * 10;
}

/** The most that the topics can take of a disk, whatever part of the declared load each gets. */
export function mostUsed(settings: Settings): FullestBroker {
  return diskUseOf(settings)((topic) => partitionUse(topic, settings, retentionBytes(topic, settings)));
}

/** The bytes on the fullest broker, whichever state has more. */
export function fullest({ allBrokers, oneBrokerLost }: FullestBroker): number {
  return Math.max(allBrokers, oneBrokerLost);
}

/** Whether the topic shares with others what the disks have left. */
export function shares(topic: TopicSettings): boolean {
  return topic.cleanupPolicy !== "compact" && topic.retentionGiB === undefined;
}

/**
 * `retention.bytes` of each partition of the topic; -1 where Kafka knows none (`compact` keeps the last event of each
 * key, however many there are).
 */
export function retentionBytes(topic: TopicSettings, settings: Settings): number {
  if (topic.cleanupPolicy === "compact") return -1;
  return givenBytes(topic) ?? sharedBytes(settings);
}

const known = new WeakMap<Settings, number>();

/** Bytes for one partition of the topics without a size of their own; 0 when the others leave them nothing. */
export function sharedBytes(settings: Settings): number {
  const bytes = known.get(settings) ?? largestShare(settings);
  known.set(settings, bytes);
  return bytes;
}

/** The largest share with which no disk gets fuller than it may. */
function largestShare(settings: Settings): number {
  if (!settings.topics.some(shares)) return 0;
  const limit = settings.brokers.volumeGiB * gibibyte * usableShare;
  const use = diskUseOf(settings);
  let [fits, tooMuch] = [0, Math.ceil(limit)];
  while (tooMuch - fits > 1) {
    const middle = Math.floor((fits + tooMuch) / 2);
    const used = fullest(use((topic) => partitionUse(topic, settings, givenBytes(topic) ?? middle)));
    if (used <= limit) fits = middle;
    else tooMuch = middle;
  }
  return fits;
}

/** Bytes that each partition of the topic may keep by `retentionGiB`. */
function givenBytes({ retentionGiB, partitions }: TopicSettings): number | undefined {
  return retentionGiB === undefined ? undefined : Math.floor((retentionGiB * gibibyte) / partitions);
}

/** Bytes that the busiest partition gets in an hour, at so many bytes a second of all topics together. */
export function partitionBytesPerHour(settings: Settings, bytesPerSecond: number): number {
  return bytesPerSecond * 3600 * busiestShare(settings);
}

/** Hours of the topic's events in its busiest partition, at so many bytes a second of all topics together. */
export function hoursKept(topic: TopicSettings, settings: Settings, bytesPerSecond: number): number {
  const bytes = retentionBytes(topic, settings);
  if (bytes < 0) return topic.retentionHours;
  return Math.min(topic.retentionHours, bytes / partitionBytesPerHour(settings, bytesPerSecond));
}
