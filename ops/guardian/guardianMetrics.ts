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
  /** How long the last look took, with what was done. */
  readonly seconds: number;
  /** Whether a part of it failed. */
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
  | "topics"
>;

/**
 * The metrics of the guardian and what the settings expect of the cluster; monitoring/README.md has them all. Pure.
 * @param memory undefined while the guardian is switched off
 */
export function guardianRegistry(cluster: Described, memory: Memory | undefined, look: LookFacts): Registry {
  const registry = new Registry();
  const one = (name: string, help: string, value: number | boolean) =>
    addGauge(registry, name, help, [[{}, Number(value)]]);
  const { enabled, dryRun } = cluster.guardian;
  one("kafka_ops_guardian_enabled", "Whether the guardian is switched on", enabled);
  one("kafka_ops_guardian_dry_run", "Whether it only says what it would do", dryRun);
  addGauge(
    registry,
    "kafka_ops_running",
    "Whether this program runs",
    programs.map((words) => [{ program: programName(words) }, Number(look.runs(...words))]),
  );
  addExpectations(registry, cluster);
  if (memory === undefined) return registry;
  one("kafka_ops_guardian_look_timestamp_seconds", "When it last looked at the nodes", memory.lookedAt / 1000);
  one("kafka_ops_guardian_look_seconds", "How long that took", look.seconds);
  one("kafka_ops_guardian_look_failed", "Whether a part of it failed", look.failed);
  one("kafka_ops_guardian_groups_unknown", "Whether AWS can't be asked about groups", memory.trouble !== "");
  addNodes(registry, cluster, memory);
  const { full, stoppedSince } = memory.room;
  addGauge(
    registry,
    "kafka_ops_volume_nearly_full",
    "Whether less than 5 % of the data volume is free",
    cluster.brokers.map((node) => [nodeLabels(node, "kafka"), Number(full.includes(node.name))]),
  );
  one(
    "kafka_ops_writing_stopped",
    "Whether all writing is stopped, as disks are nearly full",
    stoppedSince !== undefined,
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
  each("kafka_ops_node_since_timestamp_seconds", "Since when it is out, or well", ({ outSince, wellSince }) => {
    const since = outSince ?? wellSince;
    return since === undefined ? undefined : since / 1000;
  });
  each("kafka_ops_node_next", "What the guardian waits for or does", ({ outSince, next }) =>
    outSince === undefined || next === "" ? undefined : [{ next }, 1],
  );
  each("kafka_ops_node_needs_person", "Whether only a person can mend it", ({ person }) =>
    person === undefined ? undefined : [{ reason: person }, 1],
  );
  each("kafka_ops_node_replacements", "Replacements since it was last well for long", ({ attempts }) => attempts);
  each("kafka_ops_node_replaced_timestamp_seconds", "When the guardian last had it replaced", ({ lastAction }) =>
    lastAction === undefined || lastAction.dryRun ? undefined : lastAction.at / 1000,
  );
}

/** What the settings expect of the cluster: alerts go by it. */
function addExpectations(registry: Registry, cluster: Described): void {
  const { brokers, zookeeper, minimumRunning, replicationFactor, minInsyncReplicas, topics } = cluster;
  const one = (name: string, help: string, value: number) => addGauge(registry, name, help, [[{}, value]]);
  one("kafka_cluster_brokers_expected", "Brokers by the settings", brokers.length);
  one("kafka_cluster_zookeeper_expected", "ZooKeeper nodes by the settings", zookeeper.length);
  one("kafka_cluster_brokers_minimum", "brokerMinimumRunning", minimumRunning);
  one("kafka_cluster_replication_factor", "Copies of each partition by the settings", replicationFactor);
  one("kafka_cluster_min_insync_replicas", "Copies that have to be in sync for a write", minInsyncReplicas);
  one("kafka_cluster_broker_bytes_per_second", "What a broker's machine gives for good", cluster.brokerBytesPerSecond);
  addGauge(
    registry,
    "kafka_cluster_partitions_expected",
    "Partitions by the settings",
    topics.map(({ name, partitions }) => [{ topic: name }, partitions]),
  );
  const limits = (key: string, perUnit: number) =>
    topics.flatMap(({ name, config }): Sample[] => {
      const limit = Number(config[key] ?? -1);
      return limit < 0 ? [] : [[{ topic: name }, limit / perUnit]];
    });
  addGauge(registry, "kafka_cluster_retention_seconds", "retention.ms by the settings", limits("retention.ms", 1000));
  addGauge(registry, "kafka_cluster_retention_bytes", "retention.bytes by the settings", limits("retention.bytes", 1));
}
