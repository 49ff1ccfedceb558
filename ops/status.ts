import type { ClusterDescription, ClusterNode } from "../planning/cluster/clusterDescription";
import { KafkaAdmin, type BrokerAddress } from "./kafka/admin";
import { throttledThings } from "./balance/throttles";
import { processRuns } from "./commandLine";
import { describeMissing, examples, type Verdict } from "./gateVerdict";
import { kafkaAddress, observeKafka } from "./kafkaClient";
import { kafkaVerdict, type ClusterView, type PartitionView } from "./kafkaGate";
import { topicsVerdict, differenceText, topicDrift } from "./topicChanges";
import { existingTopics } from "./topics";
import { zooKeeperVerdict, observeZooKeeper } from "./zookeeperGate";

/** The time in ms for asking about drift: only a cluster that is well is asked, which answers in milliseconds. */
const driftMs = 5000;

/** The status of the whole cluster. */
export interface ClusterStatus {
  readonly clusterName: string;
  readonly healthy: boolean;
  readonly zookeeper: Verdict;
  readonly kafka: Verdict;
  readonly topics: Verdict;
  readonly nodes: readonly {
    readonly name: string;
    readonly zone: string;
    readonly address: string;
    readonly state: string;
  }[];
  /** Id of the controller, -1 for none. */
  readonly controllerId: number;
  /** Name of the node that leads the ensemble. */
  readonly zookeeperLeader?: string;
  /** The partitions of all topics, as the first broker that answers sees them. */
  readonly partitions: readonly (PartitionView & { readonly topic: string })[];
}

/**
 * Observes the whole cluster once.
 * @param address where a node's broker answers
 */
export async function clusterStatus(
  cluster: ClusterDescription,
  address: (node: ClusterNode) => BrokerAddress = kafkaAddress,
): Promise<ClusterStatus> {
  const [servers, brokers] = await Promise.all([
    observeZooKeeper(cluster.zookeeper),
    observeKafka(cluster.brokers, "all", address),
  ]);
  const zookeeper = zooKeeperVerdict(servers);
  const kafka = kafkaVerdict(cluster, brokers);
  const view: ClusterView | undefined = brokers.flatMap((one) => ("view" in one ? [one.view] : []))[0];
  const topics = topicsVerdict(
    cluster.topics.map(({ name }) => name),
    view?.topics ?? [],
  );
  const notes = kafka.satisfied ? await driftNotes(cluster, cluster.brokers.map(address)) : [];
  const states = new Map<string, string>([
    ...servers.map((one) => [one.node, "mntr" in one ? one.mntr.serverState : one.problem] as const),
    ...brokers.map((one) => [one.node, "view" in one ? "in service" : one.problem] as const),
  ]);
  const controller = cluster.brokers.find(({ id }) => id === view?.controllerId)?.name;
  return {
    clusterName: cluster.clusterName,
    healthy: zookeeper.satisfied && kafka.satisfied && topics.satisfied,
    zookeeper,
    kafka,
    topics: { ...topics, notes },
    nodes: [...cluster.zookeeper, ...cluster.brokers].map(({ name, zone, privateIp }) => ({
      name,
      zone,
      address: privateIp,
      state: `${states.get(name) ?? "unknown"}${name === controller ? ", controller" : ""}`,
    })),
    controllerId: view?.controllerId ?? -1,
    zookeeperLeader: servers.find((one) => "mntr" in one && one.mntr.serverState === "leader")?.node,
    partitions: (view?.topics ?? []).flatMap(({ name, partitions }) =>
      partitions.map((partition) => ({ topic: name, ...partition })),
    ),
  };
}

/** The differences from the settings, although nothing is amiss. Never rejects. */
async function driftNotes({ topics }: ClusterDescription, brokers: readonly BrokerAddress[]): Promise<string[]> {
  try {
    const admin = new KafkaAdmin(brokers, driftMs);
    const existing = await existingTopics(admin, topics);
    const drift = topicDrift(topics, existing).map((one) => `not as the settings say: ${differenceText(one)}`);
    const throttles = processRuns("balance", "run") ? [] : await throttledThings(admin);
    return throttles.length === 0
      ? drift
      : [...drift, `throttles are set on ${examples(throttles)}, and nothing moves: the guardian removes them`];
  } catch (error) {
    return [`whether the topics are as the settings say is not known: ${(error as Error).message}`];
  }
}

/** The status as a person reads it. */
export function statusText(status: ClusterStatus): string {
  const rows = status.nodes.map(({ name, zone, address, state }) => [name, zone, address, state]);
  const widths = [0, 1, 2].map((column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  const line = (label: string, verdict: Verdict) =>
    `${label} ${verdict.satisfied ? "ok" : "NOT OK"}: ${verdict.summary}` +
    (verdict.satisfied ? "" : `\n  missing: ${describeMissing(verdict.missing)}`) +
    (verdict.notes ?? []).map((note) => `\n  note: ${note}`).join("");
  return [
    `${status.clusterName}: ${status.healthy ? "healthy" : "NOT HEALTHY"}`,
    "",
    ...rows.map((row) => row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join("  ")),
    "",
    line("zookeeper", status.zookeeper),
    line("kafka    ", status.kafka),
    line("topics   ", status.topics),
  ].join("\n");
}
