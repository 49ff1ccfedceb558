import { copiesLeftWithoutZone, largestInOneZone } from "../settings/zoneSpread";
import type { Settings } from "../settings/settings";
import { gp3, usableShareOfVolume } from "../settings/volumes";
import { instanceFacts } from "./instanceTypes";

/** Which resource limits what a broker takes in. */
export type Limit = "network" | "instance EBS bandwidth" | "volume throughput";

/** The brief plan that a preview shows: what the cluster holds out against, what it costs, what each broker carries. */
export interface Plan {
  readonly replicationFactor: number;
  readonly minInsyncReplicas: number;
  /** How many brokers may be lost at once while every partition stays readable and writable. */
  readonly toleratedBrokerFailures: number;
  readonly toleratedZoneFailures: number;
  readonly toleratedZooKeeperFailures: number;
  /** Prices of us-east-1, on demand, 730 hours; without traffic, endpoints and the public address. */
  readonly monthlyCostUsd: { readonly instances: number; readonly volumes: number; readonly total: number };
  readonly brokerLoad: {
    /** What a broker receives and writes to its disk for each MB/s that producers send, while all brokers run. */
    readonly writesPerIngest: number;
    /** MB/s from producers (before copies) that the pool sustains with one consumer group. */
    readonly maxIngestMBps: {
      readonly allBrokers: number;
      readonly oneBrokerLost: number;
      readonly oneZoneLost: number;
    };
    readonly limitedBy: Limit;
  };
  /** Of one copy, with a tenth of the volumes left free. */
  readonly storage: { readonly usableGiB: number; readonly hoursAt100MBps: number };
}

const hoursPerMonth = 730;
/** Root volume of every instance: the system, the archives and the logs. */
export const rootVolumeGiB = 10;
const consumerGroups = 1;

export function planCluster(settings: Settings): Plan {
  const { brokers, zookeeper, network } = settings;
  const copies = brokers.replicationFactor;
  const largestZone = largestInOneZone(network.zones, brokers.count);
  const zooKeeperTolerance = Math.floor((zookeeper.count - 1) / 2);
  const survivesZone =
    copiesLeftWithoutZone(network.zones, brokers.count, copies) >= brokers.minInsyncReplicas &&
    largestInOneZone(network.zones, zookeeper.count) <= zooKeeperTolerance;
  const perBroker = brokerLimit(settings);
  const maxIngest = (running: number): number => rounded(perBroker.ingestMBpsOfOne * running);
  const instances =
    hoursPerMonth *
    (brokers.count * instanceFacts(brokers.instanceType).usdPerHour +
      zookeeper.count * instanceFacts(zookeeper.instanceType).usdPerHour +
      instanceFacts(settings.opsHost.instanceType).usdPerHour);
  const volumes =
    brokers.count * volumeCost(brokers.volumeGiB, brokers.volumeThroughputMiBps, brokers.volumeIops) +
    zookeeper.count * volumeCost(zookeeper.volumeGiB, gp3.includedMiBps, gp3.includedIops) +
    (brokers.count + zookeeper.count + 1) * rootVolumeGiB * gp3.usdPerGiB;
  const usableGiB = Math.floor((brokers.count * brokers.volumeGiB * usableShareOfVolume) / copies);
  return {
    replicationFactor: copies,
    minInsyncReplicas: brokers.minInsyncReplicas,
    toleratedBrokerFailures: copies - brokers.minInsyncReplicas,
    toleratedZoneFailures: survivesZone ? 1 : 0,
    toleratedZooKeeperFailures: zooKeeperTolerance,
    monthlyCostUsd: { instances: cents(instances), volumes: cents(volumes), total: cents(instances + volumes) },
    brokerLoad: {
      writesPerIngest: Math.round((copies / brokers.count) * 100) / 100,
      maxIngestMBps: {
        allBrokers: maxIngest(brokers.count),
        oneBrokerLost: maxIngest(brokers.count - 1),
        oneZoneLost: maxIngest(brokers.count - largestZone),
      },
      limitedBy: perBroker.limitedBy,
    },
    storage: { usableGiB, hoursAt100MBps: rounded((usableGiB * 1024 ** 3) / 100e6 / 3600) },
  };
}

/**
 * What one broker adds to the pool's ingest: AWS's sizing formula
 * `min(volume × B/RF, EBS × B/RF, network × B/(groups + RF - 1))`, by baselines and not by bursts.
 */
function brokerLimit(settings: Settings): { ingestMBpsOfOne: number; limitedBy: Limit } {
  const { replicationFactor, instanceType, volumeThroughputMiBps } = settings.brokers;
  const facts = instanceFacts(instanceType);
  const networkMBps = (facts.networkGbps * 1000) / 8;
  const limits: [Limit, number][] = [
    ["network", networkMBps / (consumerGroups + replicationFactor - 1)],
    ["instance EBS bandwidth", (facts.ebsMbps === 0 ? networkMBps : facts.ebsMbps / 8) / replicationFactor],
    ["volume throughput", (volumeThroughputMiBps * 1.048576) / replicationFactor],
  ];
  const [limitedBy, ingestMBpsOfOne] = limits.reduce((least, limit) => (limit[1] < least[1] ? limit : least));
  return { limitedBy, ingestMBpsOfOne };
}

function volumeCost(gib: number, throughputMiBps: number, iops: number): number {
  return (
    gib * gp3.usdPerGiB +
    (throughputMiBps - gp3.includedMiBps) * gp3.usdPerMiBps +
    (iops - gp3.includedIops) * gp3.usdPerIops
  );
}

function rounded(value: number): number {
  return Math.round(value * 10) / 10;
}

function cents(value: number): number {
  return Math.round(value * 100) / 100;
}
