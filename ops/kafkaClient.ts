import type { ClusterDescription, ClusterNode } from "../planning/cluster/clusterDescription";
import { ports } from "../planning/cluster/names";
import { KafkaAdmin } from "./kafka/admin";
import { askBroker, type BrokerAddress, type Question } from "./kafka/metadata";
import type { KafkaObservation } from "./kafkaGate";
import { observeZooKeeper, quorumProblem } from "./zookeeperGate";

const timeoutMs = 5000;

/** The address on the private network at which a node's broker answers. */
export const kafkaAddress = ({ id, privateIp }: ClusterNode): BrokerAddress => ({
  id,
  host: privateIp,
  port: ports.kafka,
});

/** The nodes that an admin client needs to know. */
export type AdminCluster = Pick<ClusterDescription, "brokers" | "zookeeper">;

/**
 * The admin client of a cluster, which looks at ZooKeeper before it asks for what a broker has from there.
 * @param deadlineMs of each call; default: the client's
 * @param addresses at which brokers answer; default: those of their nodes
 */
export function clusterAdmin(
  { brokers, zookeeper }: AdminCluster,
  deadlineMs?: number,
  addresses: readonly BrokerAddress[] = brokers.map(kafkaAddress),
): KafkaAdmin {
  return new KafkaAdmin(addresses, deadlineMs, async () => quorumProblem(await observeZooKeeper(zookeeper)));
}

/**
 * Observes the cluster through every broker at once. Never rejects.
 * @param address where a node's broker answers
 */
export function observeKafka(
  brokers: readonly ClusterNode[],
  topics: Question["topics"] = "all",
  address: (node: ClusterNode) => BrokerAddress = kafkaAddress,
): Promise<KafkaObservation[]> {
  return Promise.all(
    brokers.map((node) =>
      askBroker(address(node), { topics, timeoutMs }).then(
        (view): KafkaObservation => ({ node: node.name, view }),
        (error: Error): KafkaObservation => ({ node: node.name, problem: error.message }),
      ),
    ),
  );
}
