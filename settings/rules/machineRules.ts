import { instanceFacts } from "../instanceTypes";
import { rule, type Rule } from "./rule";
import { gp3 } from "../volumes";

/** Kafka and ZooKeeper with the smallest sensible heaps, the system, and a little page cache; on the ops host dnf's own needs. */
const smallestMemoryMiB = 1024;

/** Instance types, heaps, volumes and the image. */
export const machineRules: readonly Rule[] = [
  ...(["brokers", "zookeeper"] as const).flatMap((pool) => [
    rule([`${pool}.instanceType`, `${pool}.heapMiB`], (type, heapMiB) => {
      const { memoryMiB } = instanceFacts(type);
      return heapMiB > memoryMiB / 2
        ? {
            path: `${pool}.heapMiB`,
            message:
              `${heapMiB} is above half of the ${memoryMiB} MiB of ${pool}.instanceType ${type}; the rest is for the page cache: ` +
              `give ${memoryMiB / 2} or less, or 0 for automatic`,
          }
        : undefined;
    }),
  ]),
  ...(["brokers", "zookeeper", "opsHost"] as const).map((pool) =>
    rule([`${pool}.instanceType`], (type) => {
      const { memoryMiB, nitro } = instanceFacts(type);
      const path = `${pool}.instanceType`;
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
  rule(["brokers.volumeIops", "brokers.volumeThroughputMiBps"], (iops, throughput) =>
    throughput > iops * gp3.mibpsPerIops
      ? {
          path: "brokers.volumeThroughputMiBps",
          message:
            `${throughput} is above 0.25 MiB/s for each of brokers.volumeIops ${iops}; ` +
            `give ${Math.floor(iops * gp3.mibpsPerIops)} or less, or ${Math.ceil(throughput / gp3.mibpsPerIops)} IOPS`,
        }
      : undefined,
  ),
  rule(["brokers.volumeIops", "brokers.volumeGiB"], (iops, gib) =>
    iops > Math.max(gp3.includedIops, gib * gp3.iopsPerGiB)
      ? {
          path: "brokers.volumeIops",
          message:
            `${iops} is above ${gp3.iopsPerGiB} IOPS for each GiB of brokers.volumeGiB ${gib}; ` +
            `give ${Math.max(gp3.includedIops, gib * gp3.iopsPerGiB)} or less, or a larger volume`,
        }
      : undefined,
  ),
  rule(
    ["image.id", "brokers.instanceType", "zookeeper.instanceType", "opsHost.instanceType"],
    (imageId, brokers, zookeeper, opsHost) => {
      if (imageId === "") return undefined;
      const uses = {
        "brokers.instanceType": brokers,
        "zookeeper.instanceType": zookeeper,
        "opsHost.instanceType": opsHost,
      };
      const architectures = new Set(Object.values(uses).map((type) => instanceFacts(type).architecture));
      if (architectures.size === 1) return undefined;
      const list = Object.entries(uses).map(([key, type]) => `${key} ${type} is ${instanceFacts(type).architecture}`);
      return {
        path: "image.id",
        message: `${imageId} can't start two architectures (${list.join(", ")}); choose types of one architecture, or leave image.id empty`,
      };
    },
  ),
];
