import type { ClusterDescription } from "../../planning/cluster/clusterDescription";
import { canaryTopic } from "../../planning/cluster/names";
import type { Move, MoveInput } from "../../planning/placement/replicaMoves";
import type { LogDir, Reassignment, TopicPartition } from "../kafka/admin";
import { partitionName } from "../kafka/partitions";
import type { ClusterView, PartitionView } from "../kafkaGate";

/** The part of `cluster.json` that the mover uses. */
export type WantedCluster = Pick<
  ClusterDescription,
  "brokers" | "brokerBytesPerSecond" | "replicationFactor" | "minInsyncReplicas" | "minimumRunning" | "topics"
>;

/** A partition as it is in the cluster, with its topic. */
export type PlacedPartition = PartitionView & TopicPartition;

/**
 * Kafka's internal topics and the canary's. They are made when they are first needed, and are to be as safe as those of
 * the settings.
 */
const internalTopics = ["__consumer_offsets", "__transaction_state", canaryTopic];

/** A partition's name as Kafka writes it: `user-activity-3`. */
export const labelOf = ({ topic, partition }: TopicPartition): string => partitionName(topic, partition);

/** A broker's name: `kafka-3`, or `broker 9` for one that the settings don't name. */
export function brokerName({ brokers }: Pick<WantedCluster, "brokers">, id: number): string {
  return brokers.find((broker) => broker.id === id)?.name ?? `broker ${id}`;
}

/** The brokers' names in the order of their ids, comma-separated, each once. */
export const brokerNames = (cluster: Pick<WantedCluster, "brokers">, ids: Iterable<number>): string =>
  [...new Set(ids)]
    .sort((a, b) => a - b)
    .map((id) => brokerName(cluster, id))
    .join(", ");

/** Every partition of all topics. */
export function allPartitions(view: Pick<ClusterView, "topics">): PlacedPartition[] {
  return view.topics.flatMap(({ name, partitions }) => partitions.map((one) => ({ topic: name, ...one })));
}

/** The partitions that their preferred leader, the first of the copies, could lead and does not. */
export function ledByOthers(view: Pick<ClusterView, "topics">): PlacedPartition[] {
  return allPartitions(view).filter(
    ({ leader, replicas: [preferred = leader], isr }) => leader !== preferred && isr.includes(preferred),
  );
}

/** The brokers that the settings no longer name, though they are registered or hold copies. */
export function leavingBrokers(cluster: Pick<WantedCluster, "brokers">, view: ClusterView): number[] {
  const wanted = new Set(cluster.brokers.map(({ id }) => id));
  const present = [...view.brokers.map(({ id }) => id), ...allPartitions(view).flatMap(({ replicas }) => replicas)];
  return [...new Set(present)].filter((id) => !wanted.has(id)).sort((a, b) => a - b);
}

/**
 * The spread of copies and leaders in words: `copies per broker 48 to 48, leaders 12 to 12 (kafka-1 48/12, kafka-2
 * 48/12)`.
 */
export function balanceText(cluster: Pick<WantedCluster, "brokers">, view: ClusterView): string {
  const counts = cluster.brokers.map(({ id, name }) => ({
    name,
    copies: copiesOn(view, id),
    leaders: allPartitions(view).filter(({ leader }) => leader === id).length,
  }));
  const range = (values: readonly number[]) => `${Math.min(...values)} to ${Math.max(...values)}`;
  const each = counts.map(({ name, copies, leaders }) => `${name} ${copies}/${leaders}`).join(", ");
  return (
    `copies per broker ${range(counts.map(({ copies }) => copies))}, ` +
    `leaders ${range(counts.map(({ leaders }) => leaders))} (${each})`
  );
}

/** The number of copies on a broker. */
export const copiesOn = (view: ClusterView, broker: number): number =>
  allPartitions(view).filter(({ replicas }) => replicas.includes(broker)).length;

/** How many copies the topic is to have; undefined for other people's topics, which keep what they have. */
export function wantedCopies(cluster: Pick<WantedCluster, "topics" | "replicationFactor">, topic: string) {
  const ours = internalTopics.includes(topic) || cluster.topics.some(({ name }) => name === topic);
  return ours ? cluster.replicationFactor : undefined;
}

/** Bytes of each copy: by partition, then by broker. */
export type CopySizes = ReadonlyMap<string, ReadonlyMap<number, number>>;

/** The sizes of all copies, from what the brokers' log directories say. */
export function copySizes(logDirs: ReadonlyMap<number, readonly LogDir[]>): CopySizes {
  const sizes = new Map<string, Map<number, number>>();
  for (const [broker, folders] of logDirs) {
    for (const copy of folders.flatMap(({ partitions }) => partitions)) {
      if (copy.isFuture) continue;
      const ofPartition = sizes.get(labelOf(copy)) ?? new Map<number, number>();
      sizes.set(labelOf(copy), ofPartition.set(broker, copy.bytes));
    }
  }
  return sizes;
}

/** The largest of the copies on the given brokers: one that is still being copied is smaller. */
export function largestCopy(sizes: CopySizes, partition: TopicPartition, brokers: readonly number[]): number {
  const ofPartition = sizes.get(labelOf(partition));
  return Math.max(0, ...brokers.map((broker) => ofPartition?.get(broker) ?? 0));
}

/** The input of the planner of moves. */
export function moveInput(cluster: WantedCluster, view: ClusterView, sizes: CopySizes): MoveInput {
  return {
    partitions: allPartitions(view).map(({ topic, partition, replicas }) => ({
      topic,
      partition,
      replicas,
      bytes: largestCopy(sizes, { topic, partition }, replicas),
    })),
    brokers: cluster.brokers.map(({ id, zone }) => ({ id, zone })),
    minInsyncReplicas: cluster.minInsyncReplicas,
    copies: (topic) => wantedCopies(cluster, topic),
  };
}

/** The brokers that get a copy. */
export const added = ({ from, to }: Move): number[] => to.filter((broker) => !from.includes(broker));
/** The brokers that lose theirs. */
export const dropped = ({ from, to }: Move): number[] => from.filter((broker) => !to.includes(broker));

/** A reassignment that is under way, as the move that it is. */
export function moveUnderWay(reassignment: Reassignment, sizes: CopySizes): Move {
  const { topic, partition, replicas, adding, removing } = reassignment;
  const from = replicas.filter((broker) => !adding.includes(broker));
  return {
    topic,
    partition,
    from,
    to: replicas.filter((broker) => !removing.includes(broker)),
    bytes: largestCopy(sizes, reassignment, from) * adding.length,
  };
}
