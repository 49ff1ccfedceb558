import type { Settings } from "../../settings/settings";
import { busiestShare } from "../capacity/partitionShares";
import { partitionBytesPerHour, shares, volumeGiBFor } from "../capacity/retention";
import { wireBytesPerSecond } from "../capacity/capacity";
import { billOf, cents, totalOf, trafficItems } from "./bill";

/** What makes the bill smaller, or would. */
export interface Saving {
  /** `compression`. */
  readonly by: string;
  /** USD a month by which the bill is smaller with it. */
  readonly usd: number;
  readonly isTaken: boolean;
  /** What it asks of applications or settings. */
  readonly asks: string;
}

/** Every saving that there is for these settings, whether it is taken or not. */
export function savingsOf(settings: Settings): Saving[] {
  const { workload } = settings;
  const traffic = (changed: Partial<Settings["workload"]>) =>
    totalOf(trafficItems({ ...settings, workload: { ...workload, ...changed } }));
  const isPacked = workload.compressionRatio > 1;
  /** What one change of the workload takes off the bill for traffic. */
  const by = (isTaken: boolean, taken: Partial<Settings["workload"]>, not: Partial<Settings["workload"]>) => ({
    usd: isTaken ? traffic(not) - traffic({}) : traffic({}) - traffic(taken),
    isTaken,
  });
  const always: Saving[] = [
    {
      by: "compression",
      ...by(isPacked, { compressionRatio: 4 }, { compressionRatio: 1 }),
      asks:
        `of producers the settings of clientProperties, and batches that get ${isPacked ? workload.compressionRatio : 4} ` +
        "times smaller (workloadCompressionRatio)",
    },
    {
      by: "nearest copy",
      ...by(workload.readNearestCopy, { readNearestCopy: true }, { readNearestCopy: false }),
      asks: "of every consumer that it gives its zone, client.rack or rackId (workloadReadNearestCopy)",
    },
    {
      by: "partitions near by",
      ...by(workload.produceInZone, { produceInZone: true }, { produceInZone: false }),
      asks:
        "of producers events without a key, and a partitioner that knows its zone (workloadProduceInZone)" +
        fuller(settings),
    },
  ];
  return [...always, ...inSettings(settings)].map((saving) => ({ ...saving, usd: cents(saving.usd) }));
}

/** What producing in the own zone does to partitions of a zone with fewer brokers; nothing where zones are alike. */
function fuller(settings: Settings): string {
  const shareWith = (produceInZone: boolean) =>
    busiestShare({ ...settings, workload: { ...settings.workload, produceInZone } });
  const times = shareWith(true) / shareWith(false);
  return settings.topics.length > 0 && times > 1.05
    ? `; some partitions then fill ${Math.round(times * 10) / 10} times as fast, which wants as much larger volumes`
    : "";
}

/** Those that a setting alone would bring. */
function inSettings(settings: Settings): Saving[] {
  const { brokers, network, workload, topics } = settings;
  const now = totalOf(billOf(settings));
  const withBrokers = (changed: Partial<Settings["brokers"]>) => {
    const cheaper = { ...settings, brokers: { ...brokers, ...changed } };
    return { cheaper, usd: now - totalOf(billOf(cheaper)) };
  };
  const found: Saving[] = [];
  const zones = network.zones.length;
  const count = Math.ceil(brokers.count / zones) * zones;
  if (count !== brokers.count) {
    // The same copies, with one broker gone for good.
    const volumeGiB = Math.ceil((brokers.volumeGiB * (brokers.count - 1)) / (count - 1) / 10) * 10;
    const { usd } = withBrokers({ count, volumeGiB });
    if (usd > 0)
      found.push({
        by: "even zones",
        usd,
        isTaken: false,
        asks: `brokerCount ${count}, brokerVolumeGiB ${volumeGiB}: a leader always has a copy in its own zone`,
      });
  }
  if (topics.some(shares)) {
    const bytes = workload.databaseDownHours * partitionBytesPerHour(settings, wireBytesPerSecond(settings));
    const volumeGiB = Math.max(
      30,
      volumeGiBFor(settings, () => bytes),
    );
    const { usd } = withBrokers({ volumeGiB: Math.min(volumeGiB, brokers.volumeGiB) });
    if (usd > now / 100)
      found.push({
        by: "smaller volumes",
        usd,
        isTaken: false,
        asks:
          `brokerVolumeGiB ${volumeGiB}, which keeps the ${workload.databaseDownHours} h of ` +
          "workloadDatabaseDownHours; a volume can grow later, and never shrinks",
      });
  }
  return found;
}
