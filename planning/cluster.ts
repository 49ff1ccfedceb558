import type { Settings } from "../settings/settings";
import { nodeAccessKeyPath, sshUser } from "./names";
import { planNodes, type PlannedNode } from "./nodes";
import { planTopics, type PlannedTopic } from "./topics";

export interface ClusterNode {
  readonly id: number;
  readonly name: string;
  readonly zone: string;
  readonly privateIp: string;
  readonly dnsName: string;
}

/** `cluster.json` on the ops host: the plain description of the cluster that `kafka-ops` works from. */
export interface ClusterDescription {
  readonly clusterName: string;
  readonly region: string;
  readonly bucket: string;
  readonly brokers: readonly ClusterNode[];
  readonly zookeeper: readonly ClusterNode[];
  readonly replicationFactor: number;
  readonly minInsyncReplicas: number;
  readonly topics: readonly Pick<PlannedTopic, "name" | "partitions" | "replicaAssignment" | "config">[];
  readonly nodeUser: string;
  readonly nodeAccessKeyPath: string;
}

/** @param bucket the artifact bucket */
export function describeCluster(settings: Settings, bucket: string): ClusterDescription {
  const nodes = planNodes(settings);
  return {
    clusterName: settings.clusterName,
    region: settings.region,
    bucket,
    brokers: nodes.brokers.map(clusterNode),
    zookeeper: nodes.zookeeper.map(clusterNode),
    replicationFactor: settings.brokers.replicationFactor,
    minInsyncReplicas: settings.brokers.minInsyncReplicas,
    topics: planTopics(settings).map(({ name, partitions, replicaAssignment, config }) => ({
      name,
      partitions,
      replicaAssignment,
      config,
    })),
    nodeUser: sshUser,
    nodeAccessKeyPath,
  };
}

function clusterNode({ id, name, zone, privateIp, dnsName }: PlannedNode): ClusterNode {
  return { id, name, zone, privateIp, dnsName };
}
