import type { Settings } from "../../settings/settings";
import { brokerConfigMap } from "../node/brokerConfigMap";
import { gibibyte } from "./diskLimits";
import { limitedSegmentBytes } from "./segments";

/** The share of the volumes that one topic which the settings don't name takes at most, and its usual partitions. */
const share = 0.04;
const usualPartitions = 15;

/**
 * The brokers' settings that give a limit by size to topics without one of their own: those made by hand. They are
 * given while brokers run, as they grow with the volumes, for which nothing restarts. Those of `brokerConfig` stay.
 */
export function handMadeLimits(settings: Settings): Record<string, string> {
  const { volumeGiB, count, replicationFactor } = settings.brokers;
  const given = brokerConfigMap(settings);
  const copies = usualPartitions * replicationFactor;
  const bytes = Number(given["log.retention.bytes"] ?? Math.floor((volumeGiB * gibibyte * share * count) / copies));
  const limits = { "log.retention.bytes": String(bytes), "log.segment.bytes": String(limitedSegmentBytes(bytes)) };
  return Object.fromEntries(Object.entries(limits).filter(([key]) => given[key] === undefined));
}
