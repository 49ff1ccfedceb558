import type { Settings } from "../../settings/settings";
import { brokerLimits, cachedSeconds, systemMiB } from "../capacity/capacity";
import { megabytes, percent, tenths } from "../cluster/figures";
import { instanceFacts } from "../node/instanceTypes";
import { planNodes } from "../node/nodes";
import { ingestLimits } from "../cluster/plan";
import { diskPressures } from "./diskGrowth";
import type { BrokerMeasurement, Measurements } from "./measurements";
import type { Pressure, SizeKey } from "./pressure";

/** Kafka's documentation wants the idle share of its request threads above 0.3 ("ideally > 0.3"); the same margin for the others. */
const rates = { actAt: 0.7, growTo: 0.5 };
/** What the plan computes with a whole zone lost has its reserve in that. */
const ingest = { actAt: 0.9, growTo: 0.7 };
const cache = { actAt: 1, growTo: 0.5 };
/** Reads below this share of what comes in are the odd old segment. */
const coldReads = 0.1;
const mebibyte = 1024 ** 2;
const larger = ["brokerInstanceType", "brokerCount"] as const;
const faster = ["brokerVolumeThroughputMiBps", "brokerCount"] as const;
const disk = (broker: BrokerMeasurement) => broker.diskBytesPerSecond;
const operations = (broker: BrokerMeasurement) => broker.diskOperationsPerSecond;

/**
 * What was measured on the cluster of the settings `deployed`, held against `settings`: they may be the same, or larger ones
 * that are being considered. The load of all brokers together stays what it is.
 */
export function pressures(settings: Settings, measured: Measurements, deployed: Settings): Pressure[] {
  const { brokers } = settings;
  const facts = instanceFacts(brokers.instanceType);
  const each = deployed.brokers.count / brokers.count;
  const perCpu = instanceFacts(deployed.brokers.instanceType).vcpus / facts.vcpus;
  const limits = brokerLimits(settings);
  const network = limits.network * 1e6;
  const ebs = limits["instance EBS bandwidth"] * 1e6;
  const volume = limits["volume throughput"] * 1e6;
  /** Of the broker that comes nearest to the capacity. */
  const rate = (
    resource: string,
    load: (broker: BrokerMeasurement) => number,
    capacity: number,
    written: (amount: number) => string,
    relief: readonly SizeKey[] = larger,
  ): Pressure => {
    const loads = measured.brokers.map((broker) => ({ node: broker.node, load: load(broker) * each }));
    const most = loads.reduce((worst, one) => (one.load > worst.load ? one : worst));
    const share = most.load / capacity;
    const text = `${most.node}: ${resource} ${percent(share)} (${written(most.load)} of ${written(capacity)})`;
    return { resource, share, ...rates, relief, text };
  };

  return [
    ...diskPressures(settings, measured, each).pressures,
    // A volume that can do more than its machine is not what limits.
    ...(volume < ebs ? [rate("volume throughput", disk, volume, megabytes, faster)] : []),
    ...(brokers.volumeIops < facts.ebsIops
      ? [rate("volume IOPS", operations, brokers.volumeIops, perSecond, ["brokerVolumeIops", "brokerCount"])]
      : []),
    rate("EBS bandwidth", disk, ebs, megabytes),
    rate("EBS IOPS", operations, facts.ebsIops, perSecond),
    rate("network in", (broker) => broker.receivedBytesPerSecond, network, megabytes),
    rate("network out", (broker) => broker.sentBytesPerSecond, network, megabytes),
    rate("CPU", (broker) => broker.busyCpus, facts.vcpus, cpus),
    rate("busiest request thread", (broker) => broker.busiestThread * perCpu, 1, percent),
    ...cachePressure(settings, measured.brokers, each),
    ingestPressure(settings, measured.brokers),
  ];
}

/** With a zone lost the others must carry what producers send: the plan's own rule, by its own numbers. */
function ingestPressure(settings: Settings, brokers: readonly BrokerMeasurement[]): Pressure {
  const { oneZoneLost, limitedBy } = ingestLimits(settings);
  const received = brokers.reduce((sum, { receivedBytesPerSecond }) => sum + receivedBytesPerSecond, 0);
  const capacity = oneZoneLost * 1e6;
  // Each copy is received once.
  const fromProducers = received / settings.brokers.replicationFactor;
  const share = fromProducers / capacity;
  return {
    resource: "ingest with a zone lost",
    share,
    ...ingest,
    relief: limitedBy === "volume throughput" ? faster : larger,
    text: `producers send ${megabytes(fromProducers)}, ${percent(share)} of the ${megabytes(capacity)} that last with a zone lost (limit: ${limitedBy})`,
  };
}

/** Only where the disk is read at all: a small cache that has what consumers ask for is large enough. */
function cachePressure(settings: Settings, brokers: readonly BrokerMeasurement[], each: number): Pressure[] {
  const { heapMiB = 0, instanceType = "" } = planNodes(settings).brokers[0] ?? {};
  const cacheBytes = Math.max(64, instanceFacts(instanceType).memoryMiB - heapMiB - systemMiB) * mebibyte;
  return brokers
    .filter((one) => one.diskReadBytesPerSecond > coldReads * one.receivedBytesPerSecond)
    .map((one) => ({ one, share: (one.receivedBytesPerSecond * each * cachedSeconds) / cacheBytes }))
    .sort((a, b) => b.share - a.share)
    .slice(0, 1)
    .map(({ one, share }) => ({
      resource: "page cache",
      share,
      ...cache,
      relief: larger,
      text:
        `${one.node}: reads ${megabytes(one.diskReadBytesPerSecond)} from its disk; ${instanceType} has ${Math.round(cacheBytes / mebibyte)} MiB for ` +
        `the page cache, ${cachedSeconds} s of writes are ${Math.round((one.receivedBytesPerSecond * each * cachedSeconds) / mebibyte)} MiB`,
    }));
}

function perSecond(count: number): string {
  return `${Math.round(count)} a second`;
}

function cpus(count: number): string {
  return `${tenths(count)} CPUs`;
}
