import type { ClusterDescription } from "../../planning/cluster/clusterDescription";
import { placeTopic } from "../../planning/placement/topicPlacement";
import type { DrillTopic } from "../drills/stock";
import type { Against } from "../drills/report";
import { UsageError } from "../../cli/userError";
import type { BenchRequest } from "./arguments";

type Cluster = Pick<ClusterDescription, "brokers" | "topics" | "replicationFactor" | "minInsyncReplicas">;

/**
 * Bytes of one copy of a topic, whatever is written: the local stack's volumes have 10 GiB. Kafka looks once a minute,
 * stock every five.
 */
const topicBytes = 2 * 1024 ** 3;
const partitionsPerBroker = 3;

/** The topic that the measurements of a side write to. */
export interface BenchTopic extends DrillTopic {
  readonly copies: number;
  readonly partitions: number;
}

/**
 * The topic of a side: the same copies on both, placed as the cluster's own topics are. Throws a UsageError when the
 * cluster can't take them.
 */
export function benchTopic(
  cluster: Cluster,
  against: Against,
  request: Pick<BenchRequest, "copies" | "partitions" | "phases" | "topicSettings">,
): BenchTopic {
  const { brokers, topics } = cluster;
  const { copies = cluster.replicationFactor, partitions = partitionsPerBroker * brokers.length } = request;
  const minInsyncReplicas = against === "ours" ? Math.min(cluster.minInsyncReplicas, copies) : 1;
  if (copies > brokers.length)
    throw new UsageError(`--copies ${copies}: there are ${brokers.length} brokers; give at most as many copies`);
  if (request.phases.includes("broker-away") && copies <= minInsyncReplicas) {
    throw new UsageError(
      `--copies ${copies}: with a broker away nothing could be written with min.insync.replicas ` +
        `${minInsyncReplicas}; give at least ${minInsyncReplicas + 1} copies, or leave out broker-away and catch-up`,
    );
  }
  // Kafka deletes whole segments that are closed: one and the one being written.
  const half = String(Math.floor(topicBytes / 2 / partitions));
  return {
    copies,
    partitions,
    replicaAssignment: placeTopic({
      partitions,
      replicationFactor: copies,
      minInsyncReplicas,
      brokers,
      topicIndex: topics.length,
    }),
    config: {
      "min.insync.replicas": String(minInsyncReplicas),
      "retention.bytes": half,
      "segment.bytes": half,
      "file.delete.delay.ms": "1000",
      ...(against === "ours" ? request.topicSettings : {}),
    },
  };
}
