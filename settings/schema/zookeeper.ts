import { checkedText, shown, wholeNumber } from "../fields";
import { heapMiB, instanceType, volumeGiB } from "./kinds";
import { setting } from "./setting";

/** Settings of the ZooKeeper ensemble, by which the brokers find each other. */
export const zookeeperSettings = {
  zookeeperCount: setting({
    place: "zookeeper.count",
    type: "integer",
    default: 3,
    description: "Nodes of the ZooKeeper ensemble: 3, 5 or 7.",
    plain: true,
    rule: wholeNumber({
      min: 3,
      max: 7,
      below: "3 is the smallest ensemble that survives the loss of a node",
      above: "more than 7 voters only make writes slower",
    }).refine((count) => count % 2 === 1, {
      error: ({ input }) =>
        `${shown(input)} is even; an even ensemble survives no more failures than one node fewer: give 3, 5 or 7`,
    }),
  }),
  zookeeperInstanceType: setting({
    place: "zookeeper.instanceType",
    type: "text",
    default: "t3.micro",
    description: "EC2 instance type of the ZooKeeper nodes; t3.micro is about $8 a month each in us-east-1.",
    example: "t4g.small",
    rule: instanceType("ZooKeeper"),
  }),
  zookeeperVolumeGiB: setting({
    place: "zookeeper.volumeGiB",
    type: "integer",
    unit: "GiB",
    default: 8,
    description: "Size of each ZooKeeper node's gp3 data volume, 8 GiB or more; about $0.08 a GiB and month.",
    rule: volumeGiB("a ZooKeeper node's volume"),
  }),
  zookeeperHeapMiB: setting({
    place: "zookeeper.heapMiB",
    type: "integer",
    unit: "MiB",
    default: 0,
    description: "JVM heap of a ZooKeeper node, at most half of the memory. 0 = half of the memory, up to 1024.",
    rule: heapMiB(),
  }),
  zookeeperVersion: setting({
    place: "zookeeper.version",
    type: "text",
    default: "3.8.6",
    description: "ZooKeeper version, 3.8.6 or a later 3.8, 3.9.5 or a later 3.9 (earlier ones can lose data).",
    plain: true,
    rule: checkedText((version) => {
      const [, minor = "", patch = ""] = /^3\.(8|9)\.(\d+)$/.exec(version) ?? [];
      if (!minor)
        return (
          `"${version}" is not a ZooKeeper version this program runs; give 3.8.6 or a later 3.8, or 3.9.5 ` +
          "or a later 3.9"
        );
      if (Number(patch) >= (minor === "8" ? 6 : 5)) return undefined;
      return (
        `"${version}" can lose data (ZOOKEEPER-4785, ZOOKEEPER-4925); give ` +
        `${minor === "8" ? "3.8.6" : "3.9.5"} or later`
      );
    }),
  }),
};
