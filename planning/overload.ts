import type { Fault } from "../settings/faults";
import type { Settings, TopicSettings } from "../settings/settings";
import { gp3 } from "../settings/volumes";
import type { Demand, Scenario } from "./capacity";
import { percent, tenths } from "./figures";
import { instanceFacts } from "./instanceTypes";
import { planCluster } from "./plan";
import { sharedBytes } from "./retention";
import { carries, iopsFor, sizesOfFamily, throughputFor } from "./sizing";

/** Two segments of the smallest size that there is (planning/topics.ts). */
const leastBytesPerPartition = 32 * 1024 ** 2;

/** Whether the disks leave room for every topic. Always a fault: a topic without room would lose events at once. */
export function roomFaults(settings: Settings): Fault[] {
  const index = settings.topics.findIndex(
    ({ retentionGiB, cleanupPolicy }) => retentionGiB === undefined && cleanupPolicy !== "compact",
  );
  const bytes = sharedBytes(settings);
  if (index < 0 || bytes >= leastBytesPerPartition) return [];
  return [
    {
      path: `topics[${index}].retentionGiB`,
      message:
        `not given, and the disks leave ${Math.floor(bytes / 1024 ** 2)} MiB for each partition of the topics without it ` +
        `(85 % of the volumes, one broker away), of which ${leastBytesPerPartition / 1024 ** 2} are needed; ` +
        `give larger brokers.volumeGiB, fewer partitions, or less retentionGiB to the other topics`,
    },
  ];
}

/**
 * What the declared workload overloads, with the change that would mend it. With `allowOverload` these are warnings.
 *
 * @param plan of these settings, for who has it already
 */
export function overloadFaults(settings: Settings, plan = planCluster(settings)): Fault[] {
  const { workload } = settings;
  const { tightest, demand } = plan.capacity;
  const faults: Fault[] = [];
  if (tightest.headroom < 0) {
    faults.push({
      path: "workload.ingestMBps",
      message:
        `${workload.ingestMBps} (${tenths(workload.ingestMBps * workload.peakFactor)} at the peak) is more than the brokers carry with ` +
        `${describe(tightest)}; ${remedy(settings, demand)}`,
    });
  }
  const { hours } = plan.retention;
  const shortest = plan.retention.topics.findIndex((topic) => topic.bytesPerPartition >= 0 && topic.hours === hours);
  const topic = settings.topics[shortest];
  if (hours !== null && topic !== undefined && hours < workload.databaseDownHours) {
    faults.push({
      path: "workload.databaseDownHours",
      message:
        `${workload.databaseDownHours} hours of the events of ${topic.name} are not kept: at ${workload.ingestMBps} MB/s of all topics ` +
        `they are deleted after ${hours} hours; give ${keepingLonger(settings, shortest, topic, hours)}`,
    });
  }
  return faults;
}

function keepingLonger({ brokers, workload }: Settings, index: number, topic: TopicSettings, hours: number): string {
  const { retentionHours, retentionGiB } = topic;
  if (retentionHours < workload.databaseDownHours) return `topics[${index}].retentionHours at least as many`;
  const more = workload.databaseDownHours / Math.max(hours, 0.01);
  if (retentionGiB !== undefined) return `topics[${index}].retentionGiB ${Math.ceil(retentionGiB * more)}`;
  return `brokers.volumeGiB ${Math.min(gp3.largestGiB, Math.ceil((brokers.volumeGiB * more) / 10) * 10)}`;
}

/** `one broker away (kafka-2): kafka-3 would need 130 % of its network`. */
function describe({ name, away, busiest, limitedBy, headroom }: Scenario): string {
  const who = away.length === 0 ? name : `${name} (${away.join(", ")})`;
  return `${who}: ${busiest.broker} would need ${percent(1 - headroom)} of its ${limitedBy}`;
}

/** The cheapest change of the machines that helps; more brokers move data, so they come last. */
function remedy({ brokers }: Settings, demand: Demand): string {
  const mibps = throughputFor(demand);
  const given = (setting: string, value: number, from: number) => (value > from ? [`${setting} ${value}`] : []);
  const { usdPerHour } = instanceFacts(brokers.instanceType);
  const type = sizesOfFamily(brokers.instanceType)
    .filter((one) => instanceFacts(one).usdPerHour >= usdPerHour)
    .find((one) => carries(instanceFacts(one), demand));
  if (type === undefined || mibps === undefined) {
    return "no larger size of the family holds it: find a configuration with `npm run plan -- --for`, or give allowOverload: true";
  }
  const changes = [
    ...(type === brokers.instanceType ? [] : [`brokers.instanceType ${type}`]),
    ...given("brokers.volumeThroughputMiBps", mibps, brokers.volumeThroughputMiBps),
    ...given("brokers.volumeIops", iopsFor(mibps), brokers.volumeIops),
  ];
  return `give ${changes.join(", ")}, or allowOverload: true`;
}
