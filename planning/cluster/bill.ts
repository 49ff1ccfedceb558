import type { Settings } from "../../settings/settings";
import { gp3 } from "../../settings/volumes";
import { sum } from "../sum";
import { wireFactor } from "../capacity/capacity";
import { instanceFacts } from "../node/instanceTypes";
import { crossingsOf, type Crossings } from "./crossings";
import { hoursPerMonth, instanceHour, pricesOf, type Prices } from "./prices";

/** GiB of every instance's root volume: the system, the archives and the logs. */
const rootVolumeGiB = 10;

/** One line of the bill. */
export interface CostItem {
  /** The line's name: `broker instances`. */
  readonly item: string;
  /** What the sum is reckoned from: `5 × m7g.xlarge`. */
  readonly of: string;
  readonly usd: number;
}

/** Every line of a month's bill. */
export function billOf(settings: Settings): CostItem[] {
  return [...machineItems(settings), ...networkItems(settings), ...trafficItems(settings)].map((item) => ({
    ...item,
    usd: cents(item.usd),
  }));
}

/** Instances and volumes. */
export function machineItems(settings: Settings): CostItem[] {
  const { brokers, zookeeper, opsHost, monitoring, region } = settings;
  const prices = pricesOf(region);
  const instances = (item: string, count: number, type: string): CostItem => {
    const { usd, isKnown } = instanceHour(instanceFacts(type, settings), region);
    const doubt = isKnown ? "" : usd === 0 ? ", whose price is not known" : `, at the price of us-east-1`;
    return { item, of: `${count} × ${type}${doubt}`, usd: count * usd * hoursPerMonth };
  };
  const nodes = brokers.count + zookeeper.count + 1;
  const moreMiBps = brokers.volumeThroughputMiBps - gp3.includedMiBps;
  const moreIops = brokers.volumeIops - gp3.includedIops;
  const { usdPerGiB, usdPerMiBps, usdPerIops } = prices.gp3;
  const volumes = (item: string, count: number, sizeGiB: number): CostItem => ({
    item,
    of: `${count} × ${sizeGiB} GiB`,
    usd: count * sizeGiB * usdPerGiB,
  });
  return [
    instances("broker instances", brokers.count, brokers.instanceType),
    instances("ZooKeeper instances", zookeeper.count, zookeeper.instanceType),
    instances("ops host", 1, opsHost.instanceType),
    volumes("broker volumes", brokers.count, brokers.volumeGiB),
    {
      item: "volume throughput and IOPS",
      of: `${brokers.count} × (${moreMiBps} MiB/s and ${moreIops} IOPS over what is included)`,
      usd: brokers.count * (moreMiBps * usdPerMiBps + moreIops * usdPerIops),
    },
    volumes("ZooKeeper volumes", zookeeper.count, zookeeper.volumeGiB),
    volumes("root volumes", nodes, rootVolumeGiB),
    ...(monitoring.enabled ? [volumes("volume for metrics", 1, monitoring.volumeGiB)] : []),
  ];
}

/** What the network costs without any traffic. */
export function networkItems({ network: { zones }, region }: Settings): CostItem[] {
  const prices = pricesOf(region);
  return [
    {
      item: "EC2 endpoint",
      of: `in ${zones.length} zones`,
      usd: zones.length * prices.endpointHour * hoursPerMonth,
    },
    { item: "public address", of: "of the ops host", usd: prices.publicAddressHour * hoursPerMonth },
    { item: "private DNS zone", of: "1", usd: prices.hostedZoneMonth },
  ];
}

/** What crosses from one zone into another. */
export function trafficItems(settings: Settings, crossed: Crossings = crossingsOf(settings)): CostItem[] {
  const gigabytes = gigabytesSent(settings);
  const item = (name: string, factor: number): CostItem => ({
    item: name,
    of: `${Math.round(gigabytes * factor).toLocaleString("en-US")} GB`,
    usd: gigabytes * factor * pricesOf(settings.region).betweenZonesGB,
  });
  return [
    item("copies between zones", crossed.copies),
    item("producers between zones", crossed.producers),
    item("consumers between zones", settings.workload.consumerGroups * crossed.consumers),
  ];
}

/** GB that producers send over the network in a month. */
export function gigabytesSent(settings: Settings): number {
  return (settings.workload.ingestMBps * wireFactor(settings) * 3600 * hoursPerMonth) / 1000;
}

/** USD a month of one gp3 volume. */
export function volumeUsd(
  volume: { readonly sizeGiB: number; readonly iops: number; readonly throughputMiBps: number },
  { usdPerGiB, usdPerMiBps, usdPerIops }: Prices["gp3"],
): number {
  const moreIops = Math.max(0, volume.iops - gp3.includedIops);
  const moreMiBps = Math.max(0, volume.throughputMiBps - gp3.includedMiBps);
  return volume.sizeGiB * usdPerGiB + moreMiBps * usdPerMiBps + moreIops * usdPerIops;
}

/** The sum of some lines. */
export function totalOf(items: readonly CostItem[]): number {
  return sum(items.map(({ usd }) => usd));
}

/** A sum in whole cents. */
export function cents(value: number): number {
  return Math.round(value * 100) / 100;
}
