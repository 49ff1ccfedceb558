import type { ClusterNode } from "../planning/cluster/clusterDescription";
import { ports } from "../planning/cluster/names";
import { askBroker, type BrokerAddress, type Question } from "./kafka/metadata";
import type { KafkaObservation } from "./kafkaGate";

const timeoutMs = 5000;

/** The address on the private network at which a node's broker answers. */
export const kafkaAddress = ({ id, privateIp }: ClusterNode): BrokerAddress => ({
  id,
  host: privateIp,
  port: ports.kafka,
});

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
