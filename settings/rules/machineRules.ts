import { instanceFacts } from "../instanceTypes";
import { rule, type Rule } from "./rule";
import { gp3 } from "../volumes";

/**
 * The least memory: Kafka and ZooKeeper with the smallest sensible heaps, the system, and a little page cache; on the
 * ops host dnf's own needs.
 */
const smallestMemoryMiB = 1024;

/** Rules about instance types, heaps, volumes and the image. */
export const machineRules: readonly Rule[] = [
  ...(["broker", "zookeeper"] as const).flatMap((pool) => [
    rule([`${pool}InstanceType`, `${pool}HeapMiB`, "learnedTypes"], (type, heapMiB, learnedTypes) => {
      const { memoryMiB } = instanceFacts(type, { learnedTypes });
      return heapMiB > memoryMiB / 2
        ? {
            path: `${pool}HeapMiB`,
            message:
              `${heapMiB} is above half of the ${memoryMiB} MiB of ${pool}InstanceType ${type}; the rest is for the ` +
              `page cache: give ${memoryMiB / 2} or less, or 0 for automatic`,
          }
        : undefined;
    }),
  ]),
  ...(["broker", "zookeeper", "opsHost"] as const).map((pool) =>
    rule([`${pool}InstanceType`, "learnedTypes"], (type, learnedTypes) => {
      const { memoryMiB, nitro } = instanceFacts(type, { learnedTypes });
      const path = `${pool}InstanceType`;
      if (!nitro) {
        return {
          path,
          message: `${type} is not a Nitro type, its volumes have no stable device name; choose e.g. t3.micro`,
        };
      }
      return memoryMiB < smallestMemoryMiB
        ? {
            path,
            message: `${type} has ${memoryMiB} MiB of memory, ${smallestMemoryMiB} are needed; choose e.g. t3.micro`,
          }
        : undefined;
    }),
  ),
  rule(["brokerVolumeIops", "brokerVolumeThroughputMiBps"], (iops, throughput) =>
    throughput > iops * gp3.mibpsPerIops
      ? {
          path: "brokerVolumeThroughputMiBps",
          message:
            `${throughput} is above 0.25 MiB/s for each of brokerVolumeIops ${iops}; ` +
            `give ${Math.floor(iops * gp3.mibpsPerIops)} or less, or ${Math.ceil(throughput / gp3.mibpsPerIops)} IOPS`,
        }
      : undefined,
  ),
  rule(["brokerVolumeIops", "brokerVolumeGiB"], (iops, gib) =>
    iops > Math.max(gp3.includedIops, gib * gp3.iopsPerGiB)
      ? {
          path: "brokerVolumeIops",
          message:
            `${iops} is above ${gp3.iopsPerGiB} IOPS for each GiB of brokerVolumeGiB ${gib}; ` +
            `give ${Math.max(gp3.includedIops, gib * gp3.iopsPerGiB)} or less, or a larger volume`,
        }
      : undefined,
  ),
  rule(
    ["imageId", "brokerInstanceType", "zookeeperInstanceType", "opsHostInstanceType", "learnedTypes"],
    (imageId, brokers, zookeeper, opsHost, learnedTypes) => {
      if (imageId === "") return undefined;
      const uses = {
        brokerInstanceType: brokers,
        zookeeperInstanceType: zookeeper,
        opsHostInstanceType: opsHost,
      };
      const architectureOf = (type: string) => instanceFacts(type, { learnedTypes }).architecture;
      const architectures = new Set(Object.values(uses).map(architectureOf));
      if (architectures.size === 1) return undefined;
      const list = Object.entries(uses).map(([key, type]) => `${key} ${type} is ${architectureOf(type)}`);
      return {
        path: "imageId",
        message:
          `${imageId} can't start two architectures (${list.join(", ")}); choose types of one architecture, or ` +
          "leave imageId empty",
      };
    },
  ),
];
