import type { Settings } from "../../settings/settings";
import { gp3 } from "../../settings/volumes";
import { wireFactor } from "../capacity/capacity";
import { instanceFacts, tabledType } from "../node/instanceTypes";
import { planNodes } from "../node/nodes";
import { hoursPerMonth, prices } from "./prices";
import { placementOf } from "../placement/placement";

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

/** A month's cost, USD: 730 hours, on demand, the declared mean load. */
export interface Cost {
  readonly items: readonly CostItem[];
  readonly total: number;
  /** The sums by which the bill would be higher without them; 0 where the setting is not used. */
  readonly saved: { readonly byCompression: number; readonly byNearestCopy: number };
  /** The sum that reading the nearest copy would save, if it is not done. */
  readonly nearestCopyWouldSave: number;
  /** The same load on Amazon MSK: as many or more brokers of its kafka.m7g types, as many copies on as much storage. */
  readonly msk: {
    readonly of: string;
    readonly brokers: number;
    readonly storage: number;
    readonly traffic: number;
    readonly total: number;
  };
  /** The region of the prices, their date, and where they are from. */
  readonly prices: { readonly region: string; readonly date: string; readonly source: string };
}

/** The bill of a month. Types whose price is not known cost nothing here, and `of` says so. */
export function planCost(settings: Settings): Cost {
  const crossed = crossings(settings);
  const items = [...machines(settings), ...network(settings), ...traffic(settings, crossed)].map((item) => ({
    ...item,
    usd: cents(item.usd),
  }));
  const { workload } = settings;
  const trafficOf = (changed: Partial<Settings["workload"]>) =>
    total(traffic({ ...settings, workload: { ...workload, ...changed } }, crossed));
  const now = trafficOf({});
  return {
    items,
    total: cents(total(items)),
    saved: {
      byCompression: cents(trafficOf({ compressionRatio: 1 }) - now),
      byNearestCopy: workload.readNearestCopy ? cents(trafficOf({ readNearestCopy: false }) - now) : 0,
    },
    nearestCopyWouldSave: workload.readNearestCopy ? 0 : cents(now - trafficOf({ readNearestCopy: true })),
    msk: onMsk(settings, crossed),
    prices: { region: prices.region, date: prices.date, source: prices.source },
  };
}

/** USD a month of instances and of volumes alone. */
export function machineCost(settings: Settings): { instances: number; volumes: number; total: number } {
  const items = machines(settings);
  const instances = total(items.filter(({ item }) => item.endsWith("instances") || item === "ops host"));
  return { instances: cents(instances), volumes: cents(total(items) - instances), total: cents(total(items)) };
}

/** USD for standing there, without traffic: by the hour, and what is billed for each month that has begun. */
export function standingCost(settings: Settings): { readonly hourly: number; readonly monthly: number } {
  const monthly = prices.hostedZoneMonth;
  const month = total([...machines(settings), ...network(settings)]);
  return { hourly: (month - monthly) / hoursPerMonth, monthly };
}

/** USD a month of one gp3 volume. */
export function volumeUsd(volume: {
  readonly sizeGiB: number;
  readonly iops: number;
  readonly throughputMiBps: number;
}) {
  const moreIops = Math.max(0, volume.iops - gp3.includedIops);
  const moreMiBps = Math.max(0, volume.throughputMiBps - gp3.includedMiBps);
  return volume.sizeGiB * gp3.usdPerGiB + moreMiBps * gp3.usdPerMiBps + moreIops * gp3.usdPerIops;
}

function machines(settings: Settings): CostItem[] {
  const { brokers, zookeeper, opsHost } = settings;
  const instances = (item: string, count: number, type: string): CostItem => {
    const { usdPerHour } = instanceFacts(type, settings);
    return {
      item,
      of: `${count} × ${type}${usdPerHour === 0 ? ", whose price is not known" : ""}`,
      usd: count * usdPerHour * hoursPerMonth,
    };
  };
  const nodes = brokers.count + zookeeper.count + 1;
  const moreMiBps = brokers.volumeThroughputMiBps - gp3.includedMiBps;
  const moreIops = brokers.volumeIops - gp3.includedIops;
  return [
    instances("broker instances", brokers.count, brokers.instanceType),
    instances("ZooKeeper instances", zookeeper.count, zookeeper.instanceType),
    instances("ops host", 1, opsHost.instanceType),
    {
      item: "broker volumes",
      of: `${brokers.count} × ${brokers.volumeGiB} GiB`,
      usd: brokers.count * brokers.volumeGiB * gp3.usdPerGiB,
    },
    {
      item: "volume throughput and IOPS",
      of: `${brokers.count} × (${moreMiBps} MiB/s and ${moreIops} IOPS over what is included)`,
      usd: brokers.count * (moreMiBps * gp3.usdPerMiBps + moreIops * gp3.usdPerIops),
    },
    {
      item: "ZooKeeper volumes",
      of: `${zookeeper.count} × ${zookeeper.volumeGiB} GiB`,
      usd: zookeeper.count * zookeeper.volumeGiB * gp3.usdPerGiB,
    },
    { item: "root volumes", of: `${nodes} × ${rootVolumeGiB} GiB`, usd: nodes * rootVolumeGiB * gp3.usdPerGiB },
  ];
}

function network({ network: { zones } }: Settings): CostItem[] {
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

/** The cost of what crosses from one zone into another. Clients are in all zones alike. */
function traffic(settings: Settings, { copies, nearMisses }: Crossings): CostItem[] {
  const {
    workload,
    network: { zones },
  } = settings;
  const gigabytes = (workload.ingestMBps * wireFactor(settings) * 3600 * hoursPerMonth) / 1000;
  const away = (zones.length - 1) / zones.length;
  const reading = workload.readNearestCopy ? nearMisses : away;
  const item = (name: string, factor: number): CostItem => ({
    item: name,
    of: `${Math.round(gigabytes * factor).toLocaleString("en-US")} GB`,
    usd: gigabytes * factor * prices.betweenZonesGB,
  });
  return [
    item("copies between zones", copies),
    item("producers between zones", away),
    item("consumers between zones", workload.consumerGroups * reading),
  ];
}

interface Crossings {
  /** How many copies of each event go into another zone. */
  readonly copies: number;
  /** The share of zones that have no copy of an event. */
  readonly nearMisses: number;
}

function crossings(settings: Settings): Crossings {
  const partitions = placementOf(settings);
  const { brokers } = planNodes(settings);
  const zoneOf = new Map(brokers.map(({ id, zone }) => [id, zone]));
  const zones = settings.network.zones.length;
  let copies = 0;
  let nearMisses = 0;
  for (const [leader = 0, ...followers] of partitions) {
    copies += followers.filter((id) => zoneOf.get(id) !== zoneOf.get(leader)).length;
    nearMisses += 1 - new Set([leader, ...followers].map((id) => zoneOf.get(id))).size / zones;
  }
  return { copies: copies / partitions.length, nearMisses: Math.max(0, nearMisses) / partitions.length };
}

/**
 * The bill on MSK, which wants as many brokers in every zone, and bills no copying; its smallest type that is no
 * smaller is taken.
 */
function onMsk(settings: Settings, crossed: Crossings): Cost["msk"] {
  const {
    brokers,
    network: { zones },
  } = settings;
  const count = Math.ceil(brokers.count / zones.length) * zones.length;
  const { vcpus, memoryMiB } = instanceFacts(brokers.instanceType, settings);
  const types = Object.entries(prices.msk.brokerHour);
  const enough = types.find(([type]) => {
    const facts = tabledType(type);
    return facts !== undefined && facts.vcpus >= vcpus && facts.memoryMiB >= memoryMiB;
  });
  const [type, hour] = enough ?? types.reduce((_, largest) => largest);
  const gigabytes = brokers.count * brokers.volumeGiB * 1.073741824;
  const brokersUsd = count * hour * hoursPerMonth;
  const storage = gigabytes * prices.msk.storageGB;
  const clients = total(traffic(settings, crossed).filter(({ item }) => item !== "copies between zones"));
  return {
    of: `${count} × kafka.${type}`,
    brokers: cents(brokersUsd),
    storage: cents(storage),
    traffic: cents(clients),
    total: cents(brokersUsd + storage + clients),
  };
}

function total(items: readonly CostItem[]): number {
  return items.reduce((sum, { usd }) => sum + usd, 0);
}

function cents(value: number): number {
  return Math.round(value * 100) / 100;
}
