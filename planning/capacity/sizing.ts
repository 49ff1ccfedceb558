import { maximumBrokers } from "../../settings/networkLayout";
import type { Settings } from "../../settings/settings";
import { gp3 } from "../../settings/volumes";
import { copiesLeftWithoutZone } from "../../settings/zoneSpread";
import { machineLimits, planCapacity, wireBytesPerSecond, type Demand } from "./capacity";
import { monthlyUsd } from "../cluster/cost";
import { tabledTypes, type InstanceFacts } from "../node/instanceTypes";
import { partitionBytesPerHour, volumeGiBFor } from "./retention";

/** The load for which a configuration is looked for. */
export interface Target {
  /** Mean MB/s of events; the peak factor of the settings comes on top. */
  readonly ingestMBps: number;
  /** How many brokers may be lost at once. */
  readonly survive: number;
  /** The number of brokers. Default: any from what the copies need up to `mostBrokers`. */
  readonly count?: number;
}

/** The cheapest configuration, with its whole bill. */
export interface Found {
  readonly settings: Settings;
  readonly usdPerMonth: number;
}

/** Why there is no such configuration, with the most that could be had. */
export interface NotFound {
  readonly reason: string;
}

/** The most brokers of a search: beyond, one would rather take larger machines. */
const mostBrokers = 15;
/** The least memory of a broker in a search: smaller machines are for trying out. */
const leastMemoryMiB = 2048;

/**
 * The volume throughput that so much reading and writing needs, MiB/s in steps of 25; undefined: no gp3 volume gives
 * it.
 */
export function throughputFor({ diskMBps }: Demand): number | undefined {
  const mibps = Math.max(gp3.includedMiBps, Math.ceil(diskMBps / 1.048576 / 25 - 1e-9) * 25);
  return mibps > gp3.largestMiBps ? undefined : mibps;
}

/** The IOPS that a volume must have for such a throughput. */
export function iopsFor(mibps: number): number {
  return Math.max(gp3.includedIops, Math.ceil(mibps / gp3.mibpsPerIops));
}

/**
 * The sizes of a type's family, the cheapest first. Bare metal is left out: it boots for longer than a repair may take.
 */
export function sizesOfFamily(type: string): InstanceFacts[] {
  const family = type.slice(0, type.indexOf(".") + 1);
  return tabledTypes
    .filter((one) => one.type.startsWith(family) && !one.type.includes("metal"))
    .sort((a, b) => a.usdPerHour - b.usdPerHour);
}

/** Whether the machine, with a large enough volume, carries the demand. */
export function carries(facts: InstanceFacts, { networkMBps, diskMBps, cpuMBps }: Demand): boolean {
  const limits = machineLimits(facts);
  return limits.network >= networkMBps && limits["instance EBS bandwidth"] >= diskMBps && limits.CPU >= cpuMBps;
}

/**
 * The configuration that carries the target at the lowest whole bill; everything but the brokers stays as in the
 * settings.
 */
export function findCheapest(base: Settings, target: Target): Found | NotFound {
  const copies = base.brokers.minInsyncReplicas + target.survive;
  const counts = countsFor(base, copies, target.count);
  if (typeof counts === "string") return { reason: counts };
  const types = tabledTypes.filter(
    ({ type, nitro, memoryMiB }) => nitro && memoryMiB >= leastMemoryMiB && !type.includes("metal"),
  );
  let best: Found | undefined;
  for (const count of counts) {
    // The load of a broker depends on its type by the size of the page cache alone.
    const demands = new Map<number, Demand>();
    for (const facts of types) {
      const sized = withBrokers(base, target, { count, copies, type: facts.type });
      const demand = demands.get(facts.memoryMiB) ?? planCapacity(sized).demand;
      demands.set(facts.memoryMiB, demand);
      const mibps = throughputFor(demand);
      if (mibps === undefined || !carries(facts, demand)) continue;
      const settings = withVolume(sized, mibps);
      if (settings === undefined) continue;
      const usdPerMonth = monthlyUsd(settings);
      if (best === undefined || usdPerMonth < best.usdPerMonth) best = { settings, usdPerMonth };
    }
  }
  return best ?? { reason: whyNone(base, target, copies, counts, types) };
}

function countsFor({ brokers, network }: Settings, copies: number, count: number | undefined): number[] | string {
  const { minInsyncReplicas, minimumRunning } = brokers;
  if (copies > 10)
    return (
      `to survive ${copies - minInsyncReplicas} brokers ${copies} copies are needed; this program ` + "keeps 10 at most"
    );
  const survives = (brokersAtAll: number) =>
    copiesLeftWithoutZone(network.zones, brokersAtAll, copies) >= minInsyncReplicas;
  const least = Math.max(copies, minimumRunning, 3);
  if (count !== undefined && count < copies) {
    return (
      `${count} brokers can't survive the loss of ${copies - minInsyncReplicas}: that needs ${copies} copies ` +
      `(minInsyncReplicas ${minInsyncReplicas} must be left), each on a broker of its own; the most that ${count} ` +
      `brokers survive is ${count - minInsyncReplicas}`
    );
  }
  const all =
    count !== undefined ? [count] : Array.from({ length: mostBrokers - least + 1 }, (_, index) => least + index);
  const fit = all.filter((one) => one <= maximumBrokers && survives(one));
  return fit.length > 0
    ? fit
    : `no number of brokers up to ${mostBrokers} survives the loss of a zone with ${copies} copies`;
}

function withBrokers(
  base: Settings,
  { ingestMBps }: Target,
  { count, copies, type }: { readonly count: number; readonly copies: number; readonly type: string },
): Settings {
  return {
    ...base,
    workload: { ...base.workload, ingestMBps },
    // Sizes are found here, so that topics share what the volumes hold.
    topics: base.topics.map(({ retentionGiB: _, ...topic }) => topic),
    brokers: { ...base.brokers, count, replicationFactor: copies, instanceType: type, heapMiB: 0 },
  };
}

/**
 * The settings with the volume that keeps the events for as long as the database may be down; undefined when none is
 * large enough.
 */
function withVolume(settings: Settings, volumeThroughputMiBps: number): Settings | undefined {
  const { brokers, workload } = settings;
  const bytes = workload.databaseDownHours * partitionBytesPerHour(settings, wireBytesPerSecond(settings));
  const volumeIops = iopsFor(volumeThroughputMiBps);
  const volumeGiB = Math.max(
    30,
    volumeGiBFor(settings, () => bytes),
    Math.ceil(volumeIops / gp3.iopsPerGiB),
  );
  if (volumeGiB > gp3.largestGiB) return undefined;
  return { ...settings, brokers: { ...brokers, volumeGiB, volumeThroughputMiBps, volumeIops } };
}

/** The most that the largest machine carries, as the reason for which there is no configuration. */
function whyNone(
  base: Settings,
  target: Target,
  copies: number,
  counts: readonly number[],
  types: readonly InstanceFacts[],
): string {
  const count = counts.at(-1) ?? 0;
  const most = types
    .map(({ type }) => {
      const settings = withBrokers(base, target, { count, copies, type });
      const { tightest } = planCapacity({
        ...settings,
        brokers: { ...settings.brokers, volumeThroughputMiBps: gp3.largestMiBps },
      });
      return { type, tightest, MBps: target.ingestMBps * (1 - tightest.headroom) ** -1 };
    })
    .reduce((best, one) => (one.MBps > best.MBps ? one : best));
  const carried =
    `no configuration of up to ${count} brokers holds ${target.ingestMBps} MB/s (${base.workload.peakFactor} times ` +
    `that at the peak) and the loss of ${target.survive}: the most is about ${Math.floor(most.MBps)} MB/s, with ` +
    `${count} × ${most.type}; the limit is ${most.tightest.limitedBy}, with ${most.tightest.name}`;
  return most.MBps < target.ingestMBps
    ? carried
    : `events of ${base.workload.databaseDownHours} hours at ${target.ingestMBps} MB/s do not fit on ${count} ` +
        `volumes of ${gp3.largestGiB} GiB; lower workloadDatabaseDownHours`;
}
