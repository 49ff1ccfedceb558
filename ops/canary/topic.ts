import type { ClusterDescription } from "../../planning/cluster/clusterDescription";
import { canaryTopic } from "../../planning/cluster/names";
import { sum } from "../../planning/sum";
import { placeTopic } from "../../planning/placement/topicPlacement";
import type { ClusterView } from "../kafkaGate";
import type { WantedTopic } from "../topicChanges";
import { applyTopics, type TopicAdmin } from "../topics";

/** The part of the cluster's description that its topic needs. */
type CanaryCluster = Pick<ClusterDescription, "brokers" | "replicationFactor" | "minInsyncReplicas" | "topics">;

/** A partition of the canary's topic. */
export interface CanaryPartition {
  readonly partition: number;
  /** Id of the broker that leads it while all is well. */
  readonly broker: number;
}

/**
 * The canary's topic: as many partitions as there are brokers, one led by each, with as many copies as all others, and
 * next to nothing to keep. Pure.
 * @param existing how many partitions it has: it never gets fewer
 */
export function canaryTopicOf(cluster: CanaryCluster, existing: number): WantedTopic {
  const partitions = Math.max(cluster.brokers.length, existing);
  return {
    name: canaryTopic,
    partitions,
    replicaAssignment: placeBesideOthers(cluster, partitions),
    config: {
      "cleanup.policy": "delete",
      "retention.ms": "3600000",
      "retention.bytes": "33554432",
      "segment.ms": "900000",
      "segment.bytes": "16777216",
    },
  };
}

/** The placement that leaves the copies of all topics the most even, so that none of them has to move. */
function placeBesideOthers(cluster: CanaryCluster, partitions: number): number[][] {
  const { brokers, replicationFactor, minInsyncReplicas, topics } = cluster;
  const others = topics.flatMap(({ replicaAssignment }) => replicaAssignment.flat());
  const unevenness = (placement: readonly number[][]): number => {
    const ids = [...others, ...placement.flat()];
    return sum(brokers.map(({ id }) => ids.filter((one) => one === id).length ** 2));
  };
  const placement = { partitions, replicationFactor, minInsyncReplicas, topicIndex: 0 };
  const [best = []] = brokers
    .map((_, first) => placeTopic({ ...placement, brokers: [...brokers.slice(first), ...brokers.slice(0, first)] }))
    .sort((a, b) => unevenness(a) - unevenness(b));
  return best;
}

/** The partitions of the canary's topic; none where there is no such topic. */
function partitionsIn({ topics }: Pick<ClusterView, "topics">): CanaryPartition[] {
  const { partitions = [] } = topics.find(({ name }) => name === canaryTopic) ?? {};
  return partitions.map(({ partition, replicas }) => ({ partition, broker: replicas[0] ?? -1 }));
}

/** What there is of the topic. */
export interface KeptTopic {
  readonly partitions: readonly CanaryPartition[];
  /** The reason for which it is not as it is to be, as far as is known. */
  readonly problem?: string;
}

/** Makes the topic, its missing partitions and its settings, while every broker is registered. Never rejects. */
export async function keepCanaryTopic(
  cluster: CanaryCluster,
  admin: TopicAdmin,
  report: (line: string) => void,
): Promise<KeptTopic> {
  let partitions: CanaryPartition[] = [];
  try {
    const { brokers, ...view } = await admin.metadata();
    partitions = partitionsIn(view);
    const missing = cluster.brokers.filter(({ id }) => !brokers.some((one) => one.id === id));
    if (missing.length > 0) {
      return { partitions, problem: `${missing.map(({ name }) => name).join(", ")} not registered` };
    }
    const wanted = { ...cluster, topics: [canaryTopicOf(cluster, partitions.length)] };
    const { create, addPartitions } = await applyTopics(wanted, admin, report);
    if (create.length + addPartitions.length > 0) partitions = partitionsIn(await admin.metadata());
    return { partitions };
  } catch (error) {
    return { partitions, problem: (error as Error).message };
  }
}
