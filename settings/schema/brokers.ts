import { checkedText, list, shown, wholeNumber } from "../fields";
import { maximumBrokers } from "../networkLayout";
import { visible } from "../visible";
import { gp3 } from "../volumes";
import { heapMiB, instanceType, volumeGiB } from "./kinds";
import { setting } from "./setting";

/** A line of server.properties. Java's reader gives a backslash a meaning of its own, and takes bytes for Latin-1. */
const brokerConfigEntry = checkedText((entry) => {
  if (!/^[^\s=:#!\\]+=/.test(entry)) return `${shown(entry)} is not key=value; write e.g. "num.io.threads=16"`;
  if (!/=\s*\S/.test(entry)) return `${shown(entry)} has no value; write e.g. "num.io.threads=16", or remove the entry`;
  const [odd] = /[^ -[\]-~]/.exec(entry) ?? [];
  if (odd === undefined) return undefined;
  const what = odd === "\\" ? "a backslash" : /[\r\n]/.test(odd) ? "a line break" : `the character ${visible(odd)}`;
  return `${shown(entry)} has ${what}, which no setting of a broker needs; write it without`;
});

/** Settings of the brokers: how many brokers and copies, and what a broker runs on. */
export const brokerSettings = {
  brokerCount: setting({
    place: "brokers.count",
    type: "integer",
    default: 5,
    description: "How many brokers run steadily, 3 or more.",
    plain: true,
    rule: wholeNumber({
      min: 3,
      max: maximumBrokers,
      below: "a cluster that survives the loss of a broker and of a zone has 3 or more",
      above: `the subnets' fixed addresses hold ${maximumBrokers} brokers`,
    }),
  }),
  brokerMinimumRunning: setting({
    place: "brokers.minimumRunning",
    type: "integer",
    default: 3,
    description: "No operation of this program leaves fewer brokers running.",
    rule: wholeNumber({ min: 1, max: maximumBrokers, below: "at least one broker must run" }),
  }),
  replicationFactor: setting({
    place: "brokers.replicationFactor",
    type: "integer",
    default: 4,
    description: "Copies of every partition. Copies minus minInsyncReplicas brokers may be lost at once.",
    rule: wholeNumber({
      min: 2,
      max: 10,
      below: "with 1 copy every broker lost takes data with it: give minInsyncReplicas plus the failures to survive",
    }),
  }),
  minInsyncReplicas: setting({
    place: "brokers.minInsyncReplicas",
    type: "integer",
    default: 2,
    description: "Copies that have an event before it is acknowledged (acks=all); below replicationFactor.",
    rule: wholeNumber({
      min: 1,
      max: 9,
      below: "an acknowledged event is on at least one broker",
    }),
  }),
  brokerInstanceType: setting({
    place: "brokers.instanceType",
    type: "text",
    default: "t3.micro",
    description:
      "EC2 instance type of the brokers. Its price is the largest part of the bill: t3.micro is about $8 a month " +
      "each in us-east-1, m7g.xlarge $119.",
    example: "m7g.xlarge",
    rule: instanceType("the brokers"),
  }),
  brokerVolumeGiB: setting({
    place: "brokers.volumeGiB",
    type: "integer",
    unit: "GiB",
    default: 30,
    description:
      "Size of each broker's gp3 data volume, 8 GiB or more; about $0.08 a GiB and month. It can grow while the " +
      "broker runs, never shrink.",
    example: 4096,
    rule: volumeGiB("a broker's volume"),
  }),
  brokerVolumeThroughputMiBps: setting({
    place: "brokers.volumeThroughputMiBps",
    type: "integer",
    unit: "MiB/s",
    default: 125,
    description:
      "Throughput of each broker's volume, 125 (included) to 2000 MiB/s, at most a quarter of brokerVolumeIops; " +
      "above 125 about $0.04 a MiB/s and month.",
    rule: wholeNumber({
      min: gp3.includedMiBps,
      max: gp3.largestMiBps,
      below: `gp3 includes ${gp3.includedMiBps} MiB/s and takes no less`,
      above: `gp3 ends at ${gp3.largestMiBps} MiB/s`,
    }),
  }),
  brokerVolumeIops: setting({
    place: "brokers.volumeIops",
    type: "integer",
    unit: "IOPS",
    default: 3000,
    description:
      "IOPS of each broker's volume, 3000 (included) to 80000, at most 500 for each GiB; above 3000 about $0.005 " +
      "each and month.",
    rule: wholeNumber({
      min: gp3.includedIops,
      max: gp3.largestIops,
      below: `gp3 includes ${gp3.includedIops} IOPS and takes no less`,
      above: `gp3 ends at ${gp3.largestIops} IOPS`,
    }),
  }),
  brokerHeapMiB: setting({
    place: "brokers.heapMiB",
    type: "integer",
    unit: "MiB",
    default: 0,
    description: "JVM heap of a broker, at most half of the memory. 0 = half of the memory, up to 6144.",
    rule: heapMiB(),
  }),
  brokerConfig: setting({
    place: "brokers.config",
    type: "list",
    default: [],
    description:
      "Further server.properties entries as key=value. Keys on which the cluster's promises rest are refused.",
    example: ["num.io.threads=16"],
    rule: list(brokerConfigEntry, '["num.io.threads=16"]'),
  }),
};
