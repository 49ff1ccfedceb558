import { sum } from "../../planning/sum";
import type { CommittedOffset } from "../kafka/groups";
import { groupBy } from "../kafka/partitions";
import type { Timeline } from "./timeline";

/** What is known of a partition. */
export interface PartitionFacts {
  /** The number of its first event that is not deleted, and of the one to come. */
  readonly beginning: number;
  readonly end: number;
  /** Bytes of one copy; undefined when they are not known. */
  readonly bytes?: number;
  readonly timeline: Timeline;
}

/** For how long a topic keeps events; what is absent is no limit. */
export interface Retention {
  readonly ms?: number;
  /** Bytes of each partition. */
  readonly bytes?: number;
}

/** How far a group is behind in a topic. */
export interface Lag {
  readonly group: string;
  readonly topic: string;
  /** Events that it has not read and that are still there. */
  readonly messages: number;
  /** The age in seconds of the oldest of them; 0 for none. */
  readonly seconds: number;
  /** Until the first of them may be deleted; Infinity for none, or never. */
  readonly secondsUntilDeleted: number;
  /** Events that were deleted and that it had not read. */
  readonly deletedUnread: number;
}

/** The time in ms over which the rate is taken at which a partition grows. */
const rateMs = 10 * 60_000;

/** The places of a group, by topic, as how far it is behind. Pure. */
export function lagOf(
  group: string,
  committed: readonly CommittedOffset[],
  factsOf: (committed: CommittedOffset) => PartitionFacts | undefined,
  retentionOf: (topic: string) => Retention,
  now: number,
): Lag[] {
  return [...groupBy(committed, ({ topic }) => topic)].flatMap(([topic, places]) => {
    const parts = places.flatMap((place) => {
      const facts = factsOf(place);
      return facts === undefined ? [] : [partLag(place.offset, facts, retentionOf(topic), now)];
    });
    if (parts.length === 0) return [];
    const total = (value: (part: PartLag) => number) => sum(parts.map(value));
    return [
      {
        group,
        topic,
        messages: total(({ messages }) => messages),
        seconds: Math.max(...parts.map(({ seconds }) => seconds)),
        secondsUntilDeleted: Math.min(...parts.map(({ secondsUntilDeleted }) => secondsUntilDeleted)),
        deletedUnread: total(({ deletedUnread }) => deletedUnread),
      },
    ];
  });
}

type PartLag = Omit<Lag, "group" | "topic">;

function partLag(offset: number, facts: PartitionFacts, retention: Retention, now: number): PartLag {
  const { beginning, end, timeline } = facts;
  const oldest = Math.max(offset, beginning);
  const deletedUnread = Math.max(0, Math.min(beginning, end) - offset);
  if (oldest >= end) return { messages: 0, seconds: 0, secondsUntilDeleted: Infinity, deletedUnread };
  const time = Math.min(now, timeline.timeOf(oldest) ?? now);
  const byTime = retention.ms === undefined ? Infinity : (time + retention.ms - now) / 1000;
  return {
    messages: end - oldest,
    seconds: (now - time) / 1000,
    secondsUntilDeleted: Math.max(0, Math.min(byTime, secondsBySize(oldest, facts, retention, now))),
    deletedUnread,
  };
}

/** The seconds until a partition that grows as it does has so many more bytes that the event is beyond its limit. */
function secondsBySize(
  offset: number,
  { beginning, end, bytes, timeline }: PartitionFacts,
  retention: Retention,
  now: number,
): number {
  const rate = timeline.rate(now, rateMs);
  if (retention.bytes === undefined || bytes === undefined || rate === undefined || rate <= 0) return Infinity;
  const kept = (retention.bytes * (end - beginning)) / Math.max(1, bytes);
  return (offset + kept - end) / rate;
}
