import type { Settings } from "../../settings/settings";
import { usableShareOfVolume } from "../../settings/volumes";
import type { Measurements } from "./measurements";
import { percent, tenths } from "../cluster/figures";
import { gibibyte } from "../capacity/diskLimits";
import { hoursKept, mostUsed, shares } from "../capacity/retention";
import { acts, type Pressure } from "./pressure";

/** The share of a volume that the file system itself and Kafka's own topics take. */
const elsewhere = 0.05;
const used = { actAt: 0.7, growTo: 0.5 };
/** Events that share the disks are to be kept for as long as the database may be down; a tenth less is a busy day. */
const kept = { actAt: 1.1, growTo: 1 };
/** A volume that would be full in fewer days grows to be full in no fewer than these. */
const days = { act: 7, grow: 30 };

/**
 * The fullest broker's and ZooKeeper node's disk. Growth that retention ends in time is no pressure; then a note says
 * so.
 * @param deployed the settings of the cluster that was measured; `settings` may be larger ones that are considered
 */
export function diskPressures(
  settings: Settings,
  measured: Measurements,
  deployed: Settings,
): { readonly pressures: Pressure[]; readonly note?: string } {
  const { brokers, zookeeper } = settings;
  const [broker] = [...measured.brokers].sort((a, b) => b.usedBytes - a.usedBytes);
  const [server] = [...measured.zookeeper].sort((a, b) => b.usedBytes - a.usedBytes);
  const ensemble =
    server === undefined
      ? []
      : [usedPressure(server.node, "zookeeper disk", server.usedBytes, zookeeper.volumeGiB, ["zookeeperVolumeGiB"])];
  if (broker === undefined) return { pressures: ensemble };

  const each = deployed.brokers.count / brokers.count;
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

  // Exact, and known without measuring. It fails to hold where more is on the disk than the settings' topics explain.
  const whole = deployed.brokers.volumeGiB * gibibyte;
  const explained = mostUsed(deployed).allBrokers;
  if (explained <= usableShareOfVolume * whole && broker.usedBytes <= explained + elsewhere * whole) {
    const bound = mostUsed(settings).allBrokers;
    const note =
      `brokerVolumeGiB: retention ends the growth at ${tenths(bound / gibibyte)} of ${brokers.volumeGiB} GiB ` +
      `(${percent(bound / capacity)})`;
    return {
      // Shown, and never acted upon.
      pressures: [{ ...full, actAt: Infinity }, ...keptPressures(settings, measured), ...ensemble],
      note: acts(full) || acts(filling) ? note : undefined,
    };
  }
  return { pressures: [full, ...(perDay > 0 ? [filling] : []), ...ensemble] };
}

/**
 * The pressures of topics whose growth retention by size ends: there more load shortens the time for which events are
 * kept.
 */
function keptPressures(settings: Settings, { brokers }: Measurements): Pressure[] {
  const { replicationFactor, volumeGiB } = settings.brokers;
  const down = settings.workload.databaseDownHours;
  const bytesPerDay = brokers.reduce((sum, { writtenBytesPerDay }) => sum + writtenBytesPerDay, 0) / replicationFactor;
  const sharing = settings.topics.filter(shares);
  if (sharing.length === 0 || bytesPerDay === 0 || down === 0) return [];
  const hours = Math.min(...sharing.map((topic) => hoursKept(topic, settings, bytesPerDay / 86_400)));
  return [
    {
      resource: "hours kept",
      // A topic whose own time is shorter gains nothing by more room.
      share: Math.min(...sharing.map(({ retentionHours }) => retentionHours)) <= hours ? 0 : down / hours,
      ...kept,
      relief: ["brokerVolumeGiB", "brokerCount"],
      text:
        `events are kept for ${tenths(hours)} of ${tenths(down)} hours (workloadDatabaseDownHours) at ` +
        `${tenths(bytesPerDay / gibibyte)} GiB a day on ${volumeGiB} GiB`,
    },
  ];
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
