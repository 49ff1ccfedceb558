import type { ClusterDescription } from "../../planning/cluster/clusterDescription";
import { placeTopic } from "../../planning/placement/topicPlacement";
import type { Machines } from "./machines";
import type { NodeScript } from "./nodeScript";
import { untilHealthy } from "./untilHealthy";

/** Kafka's and ZooKeeper's shipped settings on the machines of this cluster, to compare with. */
export interface StockSettings {
  /** Whether any machine has them: also after a run that was cut off. */
  applied(): Promise<boolean>;
  /**
   * Restarts the machines that do not have them yet: ZooKeeper's nodes, then the brokers, one by one. Returns when all
   * is healthy.
   */
  apply(): Promise<void>;
  /** Restarts the machines with our settings again, in the same way. */
  revert(): Promise<void>;
}

/** Seconds for a restart: a controlled stop may take 180 s. */
const restartSeconds = 240;
const healthySeconds = 240;

/** The stock settings of a cluster's machines. */
export function stockSettings(machines: Machines, report: (line: string) => void = () => undefined): StockSettings {
  const { cluster } = machines;
  const brokers = cluster.brokers.map(({ name }) => name);

  const has = async (node: string, script: NodeScript) =>
    (await machines.runOnNode(node, script, ["check"])).trim() === "yes";

  const applied = async () => {
    const checks = [
      ...brokers.map((node) => has(node, "stock-kafka")),
      ...cluster.zookeeper.map(({ name }) => has(name, "stock-zookeeper")),
      machines.runOnOpsHost("stock-watcher", ["check"]).then((answer) => answer.trim() === "yes"),
    ];
    return (await Promise.all(checks)).includes(true);
  };

  /** Restarts the nodes that are not yet as wanted. */
  const change = async (action: "apply" | "revert", nodes: readonly string[], script: NodeScript) => {
    const wanted = action === "apply";
    const states = await Promise.all(nodes.map((node) => has(node, script)));
    for (const node of nodes.filter((_, index) => states[index] !== wanted)) {
      report(`${node} gets ${wanted ? "the shipped settings" : "our settings back"}`);
      await machines.runOnNode(node, script, [action], restartSeconds);
      await untilHealthy(machines, healthySeconds, report);
    }
  };

  /** The ensemble's nodes, the leader last, so that there is one election and not two. */
  const ensemble = async () => {
    const names = cluster.zookeeper.map(({ name }) => name);
    const { zookeeperLeader } = await machines.state();
    return [...names.filter((name) => name !== zookeeperLeader), ...names.filter((name) => name === zookeeperLeader)];
  };

  return {
    applied,
    async apply() {
      await machines.runOnOpsHost("stock-watcher", ["apply"]);
      await change("apply", await ensemble(), "stock-zookeeper");
      await change("apply", brokers, "stock-kafka");
    },
    async revert() {
      await change("revert", brokers, "stock-kafka");
      await change("revert", await ensemble(), "stock-zookeeper");
      await machines.runOnOpsHost("stock-watcher", ["revert"]);
    },
  };
}

/** The arguments that a drill's topic is made with. */
export interface DrillTopic {
  readonly replicaAssignment: readonly (readonly number[])[];
  readonly config: Readonly<Record<string, string>>;
}

/**
 * The topic of a drill. Ours: as the cluster's topics are. Stock: the usual 3 copies, of which Kafka by default asks
 * for one in sync.
 */
export function drillTopic(
  cluster: Pick<ClusterDescription, "brokers" | "topics" | "replicationFactor" | "minInsyncReplicas">,
  against: "ours" | "stock",
  partitions: number,
): DrillTopic {
  const { replicationFactor, minInsyncReplicas } =
    against === "ours" ? cluster : { replicationFactor: Math.min(3, cluster.brokers.length), minInsyncReplicas: 1 };
  const { brokers, topics } = cluster;
  const placement = { partitions, replicationFactor, minInsyncReplicas, brokers, topicIndex: topics.length };
  return {
    replicaAssignment: placeTopic(placement),
    // What is written is counted at the end, so nothing may be deleted before.
    config: { "min.insync.replicas": String(minInsyncReplicas), "retention.bytes": String(2 * 1024 ** 3) },
  };
}
