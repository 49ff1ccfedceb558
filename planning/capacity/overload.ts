import type { Fault } from "../../settings/faults";
import type { Settings } from "../../settings/settings";
import { gp3 } from "../../settings/volumes";
import { wireBytesPerSecond, type Demand, type Scenario } from "./capacity";
import { percent, tenths } from "../cluster/figures";
import { instanceFacts } from "../node/instanceTypes";
import { planCluster } from "../cluster/plan";
import { userDataFaults } from "../node/userDataRoom";
import { gibibyte, usableShare } from "./diskLimits";
import {
  fullest,
  hoursKept,
  mostUsed,
  partitionBytesPerHour,
  retentionBytes,
  sharedBytes,
  shares,
  volumeGiBFor,
} from "./retention";
import { carries, iopsFor, sizesOfFamily, throughputFor } from "./sizing";

/**
 * The least bytes that a partition keeps: two segments of the smallest size that there is
 * (planning/placement/topics.ts).
 */
const leastBytesPerPartition = 32 * 1024 ** 2;

/** The faults of settings that would be paid for in vain: no room, or a load that the brokers can't carry. */
export function loadFaults(settings: Settings, plan = planCluster(settings)): Fault[] {
  return [...roomFaults(settings), ...(settings.allowOverload ? [] : overloadFaults(settings, plan))];
}

/** The faults of what has no room: settings in a broker's user data, topics on the disks. They can't be allowed. */
export function roomFaults(settings: Settings): Fault[] {
  return [...userDataFaults(settings), ...diskFaults(settings)];
}

/**
 * The faults of topics on the disks: one without room would lose events at once, and one with too much would fill the
 * disks.
 */
function diskFaults(settings: Settings): Fault[] {
  const { brokers, topics } = settings;
  const most = mostUsed(settings);
  const limit = brokers.volumeGiB * gibibyte * usableShare;
  const sharing = topics.findIndex(shares);
  const bytes = sharedBytes(settings);
  if (fullest(most) <= limit && (sharing < 0 || bytes >= leastBytesPerPartition)) return [];
  const volumeGiB = volumeGiBFor(settings, (topic) =>
    shares(topic) ? leastBytesPerPartition : retentionBytes(topic, settings),
  );
  const larger = volumeGiB > gp3.largestGiB ? "more brokers" : `brokerVolumeGiB ${volumeGiB}`;
  if (sharing >= 0) {
    return [
      {
        path: `topics[${sharing}].retentionGiB`,
        message:
          `not given, and the disks leave ${Math.floor(bytes / 1024 ** 2)} MiB for each partition of the topics ` +
          "without it (85 % of the volumes, one broker away, less a segment that each partition may have beyond), " +
          `of which ${leastBytesPerPartition / 1024 ** 2} are needed; give ${larger}, fewer partitions, smaller ` +
          "segments, or less to the other topics",
      },
    ];
  }
  const share = (used: number) => percent(used / brokers.volumeGiB / gibibyte);
  return [
    {
      path: "topics",
      message:
        `what they may keep, with ${brokers.replicationFactor} copies, a segment that each partition may have ` +
        `beyond, and what compaction leaves, fills ${share(most.allBrokers)} of a broker's disk, ` +
        `${share(most.oneBrokerLost)} with one broker gone for good, where ${percent(usableShare)} is the limit; ` +
        `give ${larger}, or lower retentionGiB, partitions or segment.bytes`,
    },
  ];
}

/**
 * The faults of a declared workload that overloads the brokers, with the change that would mend each. With
 * `allowOverload` they are warnings.
 *
 * @param plan of the settings, for callers that have it already
 */
export function overloadFaults(settings: Settings, plan = planCluster(settings)): Fault[] {
  const { workload } = settings;
  const { tightest, demand } = plan.capacity;
  const faults: Fault[] = [];
  if (tightest.headroom < 0) {
    faults.push({
      path: "workloadIngestMBps",
      message:
        `${workload.ingestMBps} (${tenths(workload.ingestMBps * workload.peakFactor)} at the peak) is more than the ` +
        `brokers carry with ${describe(tightest)}; ${remedy(settings, demand)}`,
    });
  }
  const shortest = shortestKept(settings);
  if (shortest !== undefined && shortest.hours < workload.databaseDownHours) {
    const { name, hours } = shortest;
    faults.push({
      path: "workloadDatabaseDownHours",
      message:
        `${workload.databaseDownHours} hours of the events of ${name} are not kept: at ${workload.ingestMBps} MB/s ` +
        `of all topics they are deleted after ${hours < 1 ? Number(hours.toPrecision(2)) : tenths(hours)} hours; ` +
        `give ${keepingLonger(settings)}`,
    });
  }
  return faults;
}

/** The topic whose events are deleted first, and when. */
function shortestKept(settings: Settings): { readonly name: string; readonly hours: number } | undefined {
  const bytesPerSecond = wireBytesPerSecond(settings);
  const kept = settings.topics
    .filter(({ cleanupPolicy }) => cleanupPolicy !== "compact")
    .map((topic) => ({ name: topic.name, hours: hoursKept(topic, settings, bytesPerSecond) }));
  return kept.sort((a, b) => a.hours - b.hours)[0];
}

/** Everything that keeps too little, with what would keep enough. */
function keepingLonger(settings: Settings): string {
  const { brokers, topics, workload } = settings;
  const hours = workload.databaseDownHours;
  const needed = hours * partitionBytesPerHour(settings, wireBytesPerSecond(settings));
  const mended = topics.map((topic) => ({
    ...topic,
    retentionHours:
      topic.cleanupPolicy === "compact" ? topic.retentionHours : Math.max(topic.retentionHours, Math.ceil(hours)),
    retentionGiB: topic.retentionGiB && Math.max(topic.retentionGiB, Math.ceil((topic.partitions * needed) / gibibyte)),
  }));
  const changes = mended.flatMap((topic, index) =>
    (["retentionHours", "retentionGiB"] as const)
      .filter((key) => topic[key] !== topics[index]?.[key])
      .map((key) => `topics[${index}].${key} ${topic[key]}`),
  );
  // Of the mended topics: one that keeps its events longer has larger segments.
  const volumeGiB = volumeGiBFor({ ...settings, topics: mended }, ({ retentionGiB, partitions }) =>
    retentionGiB === undefined ? Math.max(needed, leastBytesPerPartition) : (retentionGiB * gibibyte) / partitions,
  );
  if (volumeGiB > gp3.largestGiB) {
    return (
      `more brokers (these would need volumes of ${volumeGiB} GiB, and the largest has ${gp3.largestGiB}), or a ` +
      "lower workloadDatabaseDownHours"
    );
  }
  if (volumeGiB > brokers.volumeGiB) changes.push(`brokerVolumeGiB ${volumeGiB}`);
  return changes.join(", ");
}

/** `one broker away (kafka-2): kafka-3 would need 130 % of its network`. */
function describe({ name, away, busiest, limitedBy, headroom }: Scenario): string {
  const who = away.length === 0 ? name : `${name} (${away.join(", ")})`;
  return `${who}: ${busiest.broker} would need ${percent(1 - headroom)} of its ${limitedBy}`;
}

/** The cheapest change of the machines that helps; more brokers move data, so they come last. */
function remedy(settings: Settings, demand: Demand): string {
  const { brokers } = settings;
  const mibps = throughputFor(demand);
  const given = (setting: string, value: number, from: number) => (value > from ? [`${setting} ${value}`] : []);
  const now = instanceFacts(brokers.instanceType, settings);
  const type = sizesOfFamily(brokers.instanceType)
    .filter(({ usdPerHour }) => usdPerHour >= now.usdPerHour)
    .find((facts) => carries(facts, demand))?.type;
  if (type === undefined || mibps === undefined) {
    return (
      "no larger size of the family holds it: find a configuration with `npm run plan -- --for`, or give " +
      "allowOverload: true"
    );
  }
  const changes = [
    ...(type === brokers.instanceType ? [] : [`brokerInstanceType ${type}`]),
    ...given("brokerVolumeThroughputMiBps", mibps, brokers.volumeThroughputMiBps),
    ...given("brokerVolumeIops", iopsFor(mibps), brokers.volumeIops),
  ];
  return `give ${changes.join(", ")}, or allowOverload: true`;
}
