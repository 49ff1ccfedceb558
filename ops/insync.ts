import type { KafkaAdmin, TopicPartition } from "./kafka/admin";
import type { ClusterView } from "./kafkaGate";

/** A partition, as far as whoever wants to take a broker away needs to know it. */
export interface InsyncPartition extends TopicPartition {
  readonly replicas: readonly number[];
  readonly isr: readonly number[];
  /** The topic's `min.insync.replicas`. */
  readonly minInsyncReplicas: number;
}

/** Every partition of the view, with its topic's `min.insync.replicas`. Rejects when Kafka does not answer. */
export async function insyncPartitions(
  admin: Pick<KafkaAdmin, "configs">,
  { topics }: Pick<ClusterView, "topics">,
): Promise<InsyncPartition[]> {
  const configs = await admin.configs(
    "topic",
    topics.map(({ name }) => name),
  );
  return topics.flatMap(({ name, partitions }) => {
    const minInsyncReplicas = Number(configs.get(name)?.["min.insync.replicas"]?.value ?? 1);
    return partitions.map(({ partition, replicas, isr }) => ({
      topic: name,
      partition,
      replicas,
      isr,
      minInsyncReplicas,
    }));
  });
}
