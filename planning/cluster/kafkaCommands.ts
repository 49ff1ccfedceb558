import type { ArtifactReference } from "../node/userData";
import type { ClusterDescription, ClusterNode } from "./clusterDescription";
import { ports } from "./names";

/**
 * The text of `kafka-commands.env`: what Kafka's own commands on the ops host (node/ops/kafka-commands) are told, as
 * a shell reads it.
 * @param kafka the archive of the brokers' jars
 */
export function kafkaCommandsEnvironment(
  { brokers, zookeeper }: Pick<ClusterDescription, "brokers" | "zookeeper">,
  kafka: ArtifactReference,
): string {
  const at = (nodes: readonly ClusterNode[], port: number) =>
    nodes.map(({ privateIp }) => `${privateIp}:${port}`).join(",");
  return [
    `BOOTSTRAP_SERVERS=${at(brokers, ports.kafka)}`,
    `ZOOKEEPER_CONNECT=${at(zookeeper, ports.zookeeperClient)}`,
    `KAFKA_ARCHIVE_KEY=${kafka.key}`,
    `KAFKA_ARCHIVE_SHA512=${kafka.sha512}`,
    "",
  ].join("\n");
}
