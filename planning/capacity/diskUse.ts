import type { Settings, TopicSettings } from "../../settings/settings";
import { topicPlacements } from "../placement/placement";
import { wireBytesPerSecond } from "./capacity";
import { gibibyte, segmentSlack } from "./diskLimits";
import { segmentBytes, segmentMs } from "./segments";

/*
 * What the topics can take of a broker's disk, by the real placement: what each partition keeps, the segment that Kafka
 * can't delete yet, index files, and what comes in before Kafka looks again. It holds for every spread of the declared
 * load over the partitions of topics that delete, as each has a limit by size; of those that are compacted, for an even
 * one.
 */

/** The bytes that one partition of a topic takes: what is kept, and the largest segment beyond. */
export interface PartitionUse {
  readonly kept: number;
  readonly segment: number;
}

/** The bytes on the fullest broker: with all brokers, and with one away for good and its copies on the others. */
export interface FullestBroker {
  readonly allBrokers: number;
  readonly oneBrokerLost: number;
}

/** Bytes of an entry of the offset index and one of the time index. */
const indexEntryBytes = 20;

/**
 * The bytes of a partition that deletes its oldest events beyond `kept` bytes; of a compacted topic what its keys
 * leave.
 */
export function partitionUse(topic: TopicSettings, settings: Settings, kept: number): PartitionUse {
  if (topic.cleanupPolicy !== "compact") return { kept, segment: segmentBytes(topic, kept) };
  const dirtyRatio = Number(
    topic.config["min.cleanable.dirty.ratio"] ?? brokerSetting(settings, "log.cleaner.min.cleanable.ratio") ?? 0.5,
  );
  const keys = ((topic.compactedGiB ?? 0) * gibibyte) / topic.partitions;
  const partitions = settings.topics.reduce((sum, one) => sum + one.partitions, 0);
  // Nothing younger is compacted.
  const young = (wireBytesPerSecond(settings) * 3600 * topic.retentionHours) / partitions;
  return { kept: keys / (1 - dirtyRatio) + young, segment: segmentBytes(topic, -1) };
}

/** How full the fullest broker gets. For callers that try many topics: the placement is counted once. */
export function diskUseOf(settings: Settings): (use: (topic: TopicSettings) => PartitionUse) => FullestBroker {
  const { topics, brokers, workload } = settings;
  const all = copiesByBroker(settings);
  const { count, replicationFactor } = brokers;
  // Where there is no broker too many a lost one's copies have nowhere to go.
  const fewer =
    count > replicationFactor ? copiesByBroker({ ...settings, brokers: { ...brokers, count: count - 1 } }) : all;
  const peakBytesPerSecond = wireBytesPerSecond(settings) * workload.peakFactor;
  const longest = (milliseconds: (topic: TopicSettings) => number) =>
    (Math.max(0, ...topics.map(milliseconds)) / 1000) * peakBytesPerSecond;
  const inOneSegment = longest(segmentMs);
  const untilDeleted = longest((topic) => deletionDelayMs(topic, settings));
  const indexShare = indexEntryBytes / Math.min(4096, ...topics.map((topic) => indexInterval(topic, settings)));

  return (use) => {
    const uses = topics.map((topic) => ({ compacted: topic.cleanupPolicy === "compact", ...use(topic) }));
    const broker = (copies: readonly number[]) => {
      const sum = (bytes: (one: (typeof uses)[number]) => number) =>
        uses.reduce((total, one, index) => total + bytes(one) * (copies[index] ?? 0), 0);
      const segments = Math.min(
        sum(({ segment }) => segment),
        inOneSegment,
      );
      // The cleaner writes a partition anew, and what that was made from stays for a minute. Partitions that fill alike
      // are cleaned one right after the other.
      const cleaning = sum(({ compacted, kept }) => (compacted ? kept : 0));
      const exact = (sum(({ kept }) => kept) + segments) * (1 + indexShare) + untilDeleted;
      return (
        Math.max(
          sum(({ kept, compacted }) => kept * (compacted ? 1 : segmentSlack)),
          exact,
        ) + cleaning
      );
    };
    const fullest = (layout: readonly (readonly number[])[]) =>
      topics.length === 0 ? 0 : Math.max(...layout.map(broker));
    return { allBrokers: fullest(all), oneBrokerLost: fullest(fewer) };
  };
}

/** For each broker, how many copies it has of each topic's partitions. */
function copiesByBroker(settings: Settings): number[][] {
  const byBroker = Array.from({ length: settings.brokers.count }, () => settings.topics.map(() => 0));
  for (const [index, placement] of topicPlacements(settings).entries()) {
    for (const id of placement.flat()) {
      const copies = byBroker[id - 1];
      if (copies !== undefined) copies[index] = (copies[index] ?? 0) + 1;
    }
  }
  return byBroker;
}

/** Milliseconds until Kafka has looked for what is to be deleted, and has deleted it. */
function deletionDelayMs(topic: TopicSettings, settings: Settings): number {
  const interval = brokerSetting(settings, "log.retention.check.interval.ms") ?? 60_000;
  const delay =
    topic.config["file.delete.delay.ms"] ?? brokerSetting(settings, "log.segment.delete.delay.ms") ?? 60_000;
  return Number(interval) + Number(delay);
}

function indexInterval(topic: TopicSettings, settings: Settings): number {
  return Number(topic.config["index.interval.bytes"] ?? brokerSetting(settings, "log.index.interval.bytes") ?? 4096);
}

function brokerSetting({ brokers }: Settings, key: string): string | undefined {
  return brokers.config.find((entry) => entry.startsWith(`${key}=`))?.slice(key.length + 1);
}
