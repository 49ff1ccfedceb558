import { copiesLeftWithoutZone, largestInOneZone } from "../../settings/zoneSpread";
import type { Settings, Workload } from "../../settings/settings";
import { usableShareOfVolume } from "../../settings/volumes";
import { planCapacity, wireBytesPerSecond, wireFactor, type Capacity, type Limit } from "../capacity/capacity";
import { machineCost, planCost, type Cost } from "./cost";
import { rounded } from "./figures";
import { gibibyte } from "../capacity/diskLimits";
import { diskUseOf, partitionUse } from "../capacity/diskUse";
import { hoursKept, partitionBytesPerHour, retentionBytes } from "../capacity/retention";
import { segmentMs } from "../capacity/segments";

export type { Limit };

/**
 * The plan that a preview shows: what the cluster survives, what each broker carries, how long events stay, what it
 * costs.
 */
export interface Plan {
  readonly replicationFactor: number;
  readonly minInsyncReplicas: number;
  /** How many brokers may be lost at once while every partition stays readable and writable. */
  readonly toleratedBrokerFailures: number;
  readonly toleratedZoneFailures: number;
  readonly toleratedZooKeeperFailures: number;
  /** USD, on demand, 730 hours; without traffic, endpoints and the public address: `cost` has all. */
  readonly monthlyCostUsd: { readonly instances: number; readonly volumes: number; readonly total: number };
  readonly brokerLoad: {
    /** What a broker receives and writes to its disk for each MB/s that producers send, while all brokers run. */
    readonly writesPerIngest: number;
    /**
     * MB/s of events as producers send them (before copies) that the pool sustains with the declared consumer groups.
     */
    readonly maxIngestMBps: {
      readonly allBrokers: number;
      readonly oneBrokerLost: number;
      readonly oneZoneLost: number;
    };
    readonly limitedBy: Limit;
  };
  /** Room for one copy of the events, with a tenth of the volumes left free. */
  readonly storage: { readonly usableGiB: number; readonly hoursAt100MBps: number };
  readonly workload: Workload;
  readonly capacity: Capacity;
  readonly retention: Retention;
  readonly cost: Cost;
}

/** How much of their events the topics keep, and how full that makes the disks. */
export interface Retention {
  readonly topics: readonly {
    readonly name: string;
    /** `retention.bytes` of a partition; -1: none, as the topic is compacted. */
    readonly bytesPerPartition: number;
    /** How long its events stay at the mean load: `retentionHours`, or until the size is reached. */
    readonly hours: number;
  }[];
  /** The fewest hours of all topics that delete events: consumers may be away so long. null: no topic deletes any. */
  readonly hours: number | null;
  /**
   * How full a broker's volume gets, 1 = full: with all brokers, and with one away for good and its copies on the
   * others.
   */
  readonly diskFill: { readonly allBrokers: number; readonly oneBrokerLost: number };
}

/** The plan of a cluster with these settings. */
export function planCluster(settings: Settings): Plan {
  const { brokers, zookeeper, network } = settings;
  const copies = brokers.replicationFactor;
  const zooKeeperTolerance = Math.floor((zookeeper.count - 1) / 2);
  const survivesZone =
    copiesLeftWithoutZone(network.zones, brokers.count, copies) >= brokers.minInsyncReplicas &&
    largestInOneZone(network.zones, zookeeper.count) <= zooKeeperTolerance;
  const capacity = planCapacity(settings);
  const { allBrokers, oneBrokerLost, oneZoneLost, limitedBy } = ingestLimits(settings, capacity);
  const usableGiB = Math.floor((brokers.count * brokers.volumeGiB * usableShareOfVolume) / copies);
  return {
    replicationFactor: copies,
    minInsyncReplicas: brokers.minInsyncReplicas,
    toleratedBrokerFailures: copies - brokers.minInsyncReplicas,
    toleratedZoneFailures: survivesZone ? 1 : 0,
    toleratedZooKeeperFailures: zooKeeperTolerance,
    monthlyCostUsd: machineCost(settings),
    brokerLoad: {
      writesPerIngest: Math.round((copies / brokers.count) * 100) / 100,
      maxIngestMBps: {
        allBrokers: tenths(allBrokers),
        oneBrokerLost: tenths(oneBrokerLost),
        oneZoneLost: tenths(oneZoneLost),
      },
      limitedBy,
    },
    storage: { usableGiB, hoursAt100MBps: tenths((usableGiB * gibibyte) / 100e6 / 3600) },
    workload: settings.workload,
    capacity: rounded(capacity),
    retention: planRetention(settings),
    cost: planCost(settings),
  };
}

/**
 * The MB/s, as producers send them, compressed, that the brokers carry for good, and what limits them with a zone lost.
 */
export function ingestLimits(settings: Settings, capacity = planCapacity(settings)) {
  const most = (name: string) => {
    const found = capacity.scenarios.find((scenario) => scenario.name === name);
    return (found?.maxIngestMBps ?? 0) * wireFactor(settings);
  };
  return {
    allBrokers: most("all brokers"),
    oneBrokerLost: most("one broker away"),
    oneZoneLost: most("a zone away"),
    limitedBy: capacity.scenarios.find(({ name }) => name === "a zone away")?.limitedBy ?? ("network" as const),
  };
}

/** The retention of the settings' topics at the declared load. */
export function planRetention(settings: Settings): Retention {
  const { topics, brokers } = settings;
  const bytesPerSecond = wireBytesPerSecond(settings);
  const kept = topics.map((topic) => ({
    name: topic.name,
    bytesPerPartition: retentionBytes(topic, settings),
    hours: tenths(hoursKept(topic, settings, bytesPerSecond)),
  }));
  const deleted = kept.filter(({ bytesPerPartition }) => bytesPerPartition >= 0);
  const perHour = partitionBytesPerHour(settings, bytesPerSecond);
  const used = diskUseOf(settings)((topic) => {
    const use = partitionUse(topic, settings, retentionBytes(topic, settings));
    const byTime = topic.cleanupPolicy === "compact" ? Infinity : topic.retentionHours * perHour;
    return {
      kept: Math.min(use.kept, byTime),
      segment: Math.min(use.segment, (perHour * segmentMs(topic)) / 3_600_000),
    };
  });
  const fill = (bytes: number) => Math.round((bytes / brokers.volumeGiB / gibibyte) * 1000) / 1000;
  return {
    topics: kept,
    hours: deleted.length === 0 ? null : Math.min(...deleted.map(({ hours }) => hours)),
    diskFill: { allBrokers: fill(used.allBrokers), oneBrokerLost: fill(used.oneBrokerLost) },
  };
}

function tenths(value: number): number {
  return Math.round(value * 10) / 10;
}
