import type { Settings } from "../../settings/settings";
import { usableShareOfVolume } from "../../settings/volumes";
import type { Measurements } from "./measurements";
import { percent, tenths } from "../cluster/figures";
import { gibibyte, segmentSlack } from "../capacity/retention";
import { acts, type Pressure } from "./pressure";

const used = { actAt: 0.7, growTo: 0.5 };
/** A volume that would be full in fewer days grows to be full in no fewer than these. */
const days = { act: 7, grow: 30 };

/**
 * The fullest broker's and ZooKeeper node's disk. Growth that retention ends in time is no pressure; then a note says so.
 * @param each a broker's part of the load, against that of the cluster that was measured
 */
export function diskPressures(
  settings: Settings,
  measured: Measurements,
  each: number,
): { readonly pressures: Pressure[]; readonly note?: string } {
  const { brokers, zookeeper } = settings;
  const [broker] = [...measured.brokers].sort((a, b) => b.usedBytes - a.usedBytes);
  const [server] = [...measured.zookeeper].sort((a, b) => b.usedBytes - a.usedBytes);
  const ensemble =
    server === undefined
      ? []
      : [usedPressure(server.node, "zookeeper disk", server.usedBytes, zookeeper.volumeGiB, ["zookeeperVolumeGiB"])];
  if (broker === undefined) return { pressures: ensemble };

  const relief = ["brokerVolumeGiB", "brokerCount"] as const;
  const capacity = brokers.volumeGiB * gibibyte;
  const usedBytes = broker.usedBytes * each;
  const perDay = Math.max(...measured.brokers.map(({ writtenBytesPerDay }) => writtenBytesPerDay)) * each;
  const daysToFull = Math.max(0, capacity - usedBytes) / perDay;
  const full = usedPressure(broker.node, "disk", usedBytes, brokers.volumeGiB, relief);
  const filling: Pressure = {
    resource: "days to full",
    share: days.act / daysToFull,
    actAt: 1,
    growTo: days.act / days.grow,
    relief,
    text: `${broker.node}: disk full in ${tenths(daysToFull)} days at ${tenths(perDay / gibibyte)} GiB a day`,
  };

  const bySize = sizeBound(settings);
  const byTime = timeBound(settings, perDay);
  const bound = (bytes: number) =>
    `brokerVolumeGiB: retention ends the growth at ${tenths(bytes / gibibyte)} of ${brokers.volumeGiB} GiB (${percent(bytes / capacity)})`;
  // Exact, and known without measuring. It fails to hold where more is on the disk than the settings' topics explain.
  if (bySize <= usableShareOfVolume * capacity && usedBytes <= bySize) {
    return { pressures: ensemble, note: acts(full) || acts(filling) ? bound(bySize) : undefined };
  }
  if (byTime <= used.actAt * capacity) {
    return { pressures: [full, ...ensemble], note: acts(filling) ? bound(byTime) : undefined };
  }
  return { pressures: [full, ...(perDay > 0 ? [filling] : []), ...ensemble] };
}

function usedPressure(
  node: string,
  resource: string,
  usedBytes: number,
  volumeGiB: number,
  relief: Pressure["relief"],
): Pressure {
  const share = usedBytes / (volumeGiB * gibibyte);
  const text = `${node}: disk ${percent(share)} (${tenths(usedBytes / gibibyte)} of ${volumeGiB} GiB)`;
  return { resource, share, ...used, relief, text };
}

/** Bytes that the topics' limits by size let a broker hold; Infinity where a topic has none. */
function sizeBound({ topics, brokers }: Settings): number {
  const limits = topics.map(({ retentionGiB, cleanupPolicy }) =>
    cleanupPolicy === "compact" ? Infinity : (retentionGiB ?? Infinity),
  );
  const total = limits.reduce((sum, limit) => sum + limit, 0) * gibibyte;
  return (total * brokers.replicationFactor * segmentSlack) / brokers.count;
}

/** Bytes at which a broker stays when it goes on writing as much and deletes what is older than the longest retention. */
function timeBound({ topics }: Settings, perDay: number): number {
  if (topics.length === 0 || topics.some(({ cleanupPolicy }) => cleanupPolicy === "compact")) return Infinity;
  return (perDay * Math.max(...topics.map(({ retentionHours }) => retentionHours)) * segmentSlack) / 24;
}
