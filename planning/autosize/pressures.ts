import type { Settings } from "../../settings/settings";
import {
  brokerLimits,
  brokerMBpsPerVcpu,
  cachedSeconds,
  meanTraffic,
  planCapacity,
  systemMiB,
  wireBytesPerSecond,
  type BrokerTraffic,
  type Capacity,
} from "../capacity/capacity";
import { megabytes, percent, tenths } from "../cluster/figures";
import { instanceFacts } from "../node/instanceTypes";
import { planNodes } from "../node/nodes";
import { ingestLimits } from "../cluster/plan";
import { diskPressures } from "./diskGrowth";
import type { BrokerMeasurement, Measurements } from "./measurements";
import type { Pressure, SizeKey } from "./pressure";

/**
 * Shares of rates. Kafka's documentation wants the idle share of its request threads above 0.3 ("ideally > 0.3"); the
 * others get the same margin.
 */
const rates = { actAt: 0.7, growTo: 0.5 };
/** The factor up to which a measured load counts as the declared one: neither is exact. */
const asDeclared = 1.05;
/** Shares of what the plan computes with a whole zone lost, which has its reserve in that. */
const ingest = { actAt: 0.9, growTo: 0.7 };
const cache = { actAt: 1, growTo: 0.5 };
/** The share of what comes in below which reads from the disk don't count: they are the odd old segment. */
const diskReadShare = 0.1;
const mebibyte = 1024 ** 2;
const larger = ["brokerInstanceType", "brokerCount"] as const;
const faster = ["brokerVolumeThroughputMiBps", "brokerCount"] as const;
const disk = (broker: BrokerMeasurement) => broker.diskBytesPerSecond;
const operations = (broker: BrokerMeasurement) => broker.diskOperationsPerSecond;

/**
 * What was measured on the cluster of the settings `deployed`, held against `settings`: they may be the same, or larger
 * ones that are being considered. The load of all brokers together stays what it is.
 */
export function pressures(settings: Settings, measured: Measurements, deployed: Settings): Pressure[] {
  const { brokers } = settings;
  const facts = instanceFacts(brokers.instanceType, settings);
  const each = deployed.brokers.count / brokers.count;
  const perCpu = instanceFacts(deployed.brokers.instanceType, deployed).vcpus / facts.vcpus;
  const limits = brokerLimits(settings);
  const network = limits.network * 1e6;
  const ebs = limits["instance EBS bandwidth"] * 1e6;
  const volume = limits["volume throughput"] * 1e6;
  const plan = planCapacity(settings);
  const planned = plannedTraffic(settings, plan);
  /**
   * The pressure of the broker that comes nearest to the capacity. What was declared, and is carried by plan, is no
   * reason to grow.
   */
  const rate = (
    resource: string,
    load: (broker: BrokerMeasurement) => number,
    capacity: number,
    written: (amount: number) => string,
    relief: readonly SizeKey[] = larger,
    declared: (broker: BrokerTraffic) => number = () => 0,
  ): Pressure => {
    const loads = measured.brokers.map((broker) => ({ node: broker.node, load: load(broker) * each }));
    const most = loads.reduce((worst, one) => (one.load > worst.load ? one : worst));
    const share = most.load / capacity;
    const text = `${most.node}: ${resource} ${percent(share)} (${written(most.load)} of ${written(capacity)})`;
    const actAt = Math.max(rates.actAt, (Math.max(0, ...planned.map(declared)) / capacity) * asDeclared);
    return { resource, share, actAt, growTo: rates.growTo, relief, text };
  };
  const cpusPlanned = ({ networkInMBps, networkOutMBps }: BrokerTraffic) =>
    (networkInMBps + networkOutMBps) / brokerMBpsPerVcpu(facts.vcpus);
  const diskPlanned = ({ diskReadMBps, diskWriteMBps }: BrokerTraffic) => (diskReadMBps + diskWriteMBps) * 1e6;

  return [
    ...diskPressures(settings, measured, deployed).pressures,
    // A volume that can do more than its machine is not what limits.
    ...(volume < ebs ? [rate("volume throughput", disk, volume, megabytes, faster, diskPlanned)] : []),
    ...(brokers.volumeIops < facts.ebsIops
      ? [rate("volume IOPS", operations, brokers.volumeIops, perSecond, ["brokerVolumeIops", "brokerCount"])]
      : []),
    rate("EBS bandwidth", disk, ebs, megabytes, larger, diskPlanned),
    rate("EBS IOPS", operations, facts.ebsIops, perSecond),
    rate(
      "network in",
      (broker) => broker.receivedBytesPerSecond,
      network,
      megabytes,
      larger,
      (broker) => broker.networkInMBps * 1e6,
    ),
    rate(
      "network out",
      (broker) => broker.sentBytesPerSecond,
      network,
      megabytes,
      larger,
      (broker) => broker.networkOutMBps * 1e6,
    ),
    rate("CPU", (broker) => broker.busyCpus, facts.vcpus, cpus, larger, cpusPlanned),
    rate("busiest request thread", (broker) => broker.busiestThread * perCpu, 1, percent),
    ...cachePressure(settings, measured.brokers, each, planned),
    ingestPressure(settings, measured.brokers, plan),
  ];
}

/** The traffic of each broker at the declared load, where the plan says that the cluster carries that; else nothing. */
function plannedTraffic(settings: Settings, { tightest }: Capacity): readonly BrokerTraffic[] {
  return tightest.headroom < 0 ? [] : meanTraffic(settings);
}

/**
 * The pressure by producers with a zone lost, when the others must carry all: the plan's own rule, by its own numbers.
 */
function ingestPressure(settings: Settings, brokers: readonly BrokerMeasurement[], plan: Capacity): Pressure {
  const { oneZoneLost, limitedBy } = ingestLimits(settings, plan);
  const received = brokers.reduce((sum, { receivedBytesPerSecond }) => sum + receivedBytesPerSecond, 0);
  const capacity = oneZoneLost * 1e6;
  // Each copy is received once.
  const fromProducers = received / settings.brokers.replicationFactor;
  const share = fromProducers / capacity;
  const declared = plan.tightest.headroom < 0 ? 0 : wireBytesPerSecond(settings) / capacity;
  return {
    resource: "ingest with a zone lost",
    share,
    actAt: Math.max(ingest.actAt, declared * asDeclared),
    growTo: ingest.growTo,
    relief: limitedBy === "volume throughput" ? faster : larger,
    text:
      `producers send ${megabytes(fromProducers)}, ${percent(share)} of the ${megabytes(capacity)} that last with ` +
      `a zone lost (limit: ${limitedBy})`,
  };
}

/**
 * The pressure on the page cache, only where the disk is read at all: a small cache that has what consumers ask for is
 * large enough.
 */
function cachePressure(
  settings: Settings,
  brokers: readonly BrokerMeasurement[],
  each: number,
  planned: readonly BrokerTraffic[],
): Pressure[] {
  const declaredReads = Math.max(0, ...planned.map(({ diskReadMBps }) => diskReadMBps)) * 1e6 * asDeclared;
  const { heapMiB = 0, instanceType = "" } = planNodes(settings).brokers[0] ?? {};
  const cacheBytes = Math.max(64, instanceFacts(instanceType, settings).memoryMiB - heapMiB - systemMiB) * mebibyte;
  return brokers
    .filter((one) => one.diskReadBytesPerSecond > Math.max(declaredReads, diskReadShare * one.receivedBytesPerSecond))
    .map((one) => ({ one, share: (one.receivedBytesPerSecond * each * cachedSeconds) / cacheBytes }))
    .sort((a, b) => b.share - a.share)
    .slice(0, 1)
    .map(({ one, share }) => ({
      resource: "page cache",
      share,
      ...cache,
      relief: larger,
      text:
        `${one.node}: reads ${megabytes(one.diskReadBytesPerSecond)} from its disk; ${instanceType} has ` +
        `${Math.round(cacheBytes / mebibyte)} MiB for the page cache, ${cachedSeconds} s of writes are ` +
        `${Math.round((one.receivedBytesPerSecond * each * cachedSeconds) / mebibyte)} MiB`,
    }));
}

function perSecond(count: number): string {
  return `${Math.round(count)} a second`;
}

function cpus(count: number): string {
  return `${tenths(count)} CPUs`;
}
