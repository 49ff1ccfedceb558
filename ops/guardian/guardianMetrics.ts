import { Registry } from "prom-client";
import type { ClusterDescription } from "../../planning/cluster/clusterDescription";
import { addGauge, nodeLabels, type Labels, type Sample } from "../metrics";
import type { Memory, NodeMemory } from "./memory";
import { concernsOf } from "./status";

/** The programs of the ops host that come and go, by the words of their command lines. */
const programs = [
  ["roll", "kafka"],
  ["roll", "zookeeper"],
  ["balance", "run"],
] as const;

/** What is to be told beside the memory. */
export interface LookFacts {
  /** Whether a part of the last look failed. */
  readonly failed: boolean;
  /** Whether a program with these words in its command line runs. */
  readonly runs: (...words: readonly string[]) => boolean;
}

type Described = Pick<
  ClusterDescription,
  | "brokers"
  | "zookeeper"
  | "guardian"
  | "minimumRunning"
  | "replicationFactor"
  | "minInsyncReplicas"
  | "brokerBytesPerSecond"
>;

/**
 * The metrics of the guardian and what the settings expect of the cluster. Pure.
 * @param memory undefined while the guardian is switched off
 */
export function guardianRegistry(cluster: Described, memory: Memory | undefined, look: LookFacts): Registry {
  const registry = new Registry();
  const one = (name: string, help: string, value: number | boolean) =>
    addGauge(registry, name, help, [[{}, Number(value)]]);
  one("kafka_ops_guardian_enabled", "Whether the guardian is switched on", cluster.guardian.enabled);
  addGauge(
    registry,
    "kafka_ops_running",
    "Whether this program runs",
    programs.map((words) => [{ program: programName(words) }, Number(look.runs(...words))]),
  );
  addExpectations(registry, cluster);
  if (memory === undefined) return registry;
  one("kafka_ops_guardian_look_timestamp_seconds", "When it last looked at the nodes", memory.lookedAt / 1000);
  one("kafka_ops_guardian_look_failed", "Whether a part of it failed", look.failed);
  one("kafka_ops_guardian_groups_unknown", "Whether AWS can't be asked about groups", memory.trouble !== "");
  addNodes(registry, cluster, memory);
  one(
    "kafka_ops_writing_stopped",
    "Whether all writing is stopped, as disks are nearly full",
    memory.room.stoppedSince !== undefined,
  );
  one(
    "kafka_ops_foreign_settings",
    "Settings given while brokers run that are not the stack's",
    memory.foreignSettings,
  );
  const concerns = [...new Set(concernsOf(memory))];
  one("kafka_ops_concerns", "What a person has to know beside the nodes: how many", concerns.length);
  addGauge(
    registry,
    "kafka_ops_concern",
    "What a person has to know beside the nodes",
    concerns.map((concern) => [{ concern }, 1]),
  );
  return registry;
}

/** `roll kafka`, `balance`. */
function programName([command, pool]: (typeof programs)[number]): string {
  return command === "roll" ? `${command} ${pool}` : command;
}

function addNodes(registry: Registry, cluster: Described, memory: Memory): void {
  const known = [
    ...cluster.zookeeper.map((node) => [nodeLabels(node, "zookeeper"), memory.nodes[node.name]] as const),
    ...cluster.brokers.map((node) => [nodeLabels(node, "kafka"), memory.nodes[node.name]] as const),
  ];
  const each = (name: string, help: string, sample: (node: NodeMemory) => number | [Labels, number] | undefined) => {
    const samples = known.flatMap(([labels, node]): Sample[] => {
      const found = node && sample(node);
      if (found === undefined) return [];
      return typeof found === "number" ? [[labels, found]] : [[{ ...labels, ...found[0] }, found[1]]];
    });
    addGauge(registry, name, help, samples);
  };
  each("kafka_ops_node_out", "Whether the node is out", ({ outSince }) => Number(outSince !== undefined));
  each("kafka_ops_node_needs_person", "Whether only a person can mend it", ({ person }) =>
    person === undefined ? undefined : [{ reason: person }, 1],
  );
  each("kafka_ops_node_replacements", "Replacements since it was last well for long", ({ attempts }) => attempts);
}

/** What the settings expect of the cluster: alerts and panels go by it. */
function addExpectations(registry: Registry, cluster: Described): void {
  const { brokers, zookeeper, minimumRunning, replicationFactor, minInsyncReplicas } = cluster;
  const one = (name: string, help: string, value: number) => addGauge(registry, name, help, [[{}, value]]);
  one("kafka_cluster_brokers_expected", "Brokers by the settings", brokers.length);
  one("kafka_cluster_zookeeper_expected", "ZooKeeper nodes by the settings", zookeeper.length);
  one("kafka_cluster_brokers_minimum", "brokerMinimumRunning", minimumRunning);
  one("kafka_cluster_replication_factor", "Copies of each partition by the settings", replicationFactor);
  one("kafka_cluster_min_insync_replicas", "Copies that have to be in sync for a write", minInsyncReplicas);
  one("kafka_cluster_broker_bytes_per_second", "What a broker's machine gives for good", cluster.brokerBytesPerSecond);
}
