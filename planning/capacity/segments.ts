import type { TopicSettings } from "../../settings/settings";
import { gibibyte } from "./diskLimits";

const hourMs = 3_600_000;
/** The smallest segment, bytes: below it the number of open files would hurt more than the surplus. */
const smallestSegment = 16 * 1024 ** 2;

/**
 * The topic's `segment.bytes`, for so many bytes that a partition keeps (-1: no limit). Kafka deletes whole segments,
 * and only those that are closed: they are sized so that a topic keeps about a tenth more than it is asked to.
 */
export function segmentBytes(topic: TopicSettings, kept: number): number {
  const given = topic.config["segment.bytes"];
  return given === undefined ? limitedSegmentBytes(kept) : Number(given);
}

/** The bytes of a segment of a partition that keeps so many (-1: no limit). */
export function limitedSegmentBytes(kept: number): number {
  // Kafka's default.
  const largest = gibibyte;
  return kept < 0 ? largest : Math.min(largest, Math.max(smallestSegment, Math.floor(kept / 10)));
}

/** The topic's `segment.ms`: after so long a segment is closed, however small it is. */
export function segmentMs(topic: TopicSettings): number {
  const given = topic.config["segment.ms"];
  if (given !== undefined) return Number(given);
  return Math.max(hourMs, Math.min(24 * hourMs, Math.floor((topic.retentionHours * hourMs) / 10)));
}
