import { Partitioners } from "kafkajs";

/** VerifiableProducer's keys: `0` to `count` - 1, again and again. */
export interface RepeatingKeys {
  readonly count: number;
  /** The most events from one of a partition to the next of it. */
  readonly longestStep: number;
}

/** The partition that both kafkajs and Java give a key. */
function partitionOf(key: string, partitions: number): number {
  const partitionMetadata = Array.from({ length: partitions }, (_, partitionId) => ({
    partitionErrorCode: 0,
    partitionId,
    leader: 1,
    replicas: [1],
    isr: [1],
  }));
  return Partitioners.DefaultPartitioner()({ topic: "", partitionMetadata, message: { key, value: "" } });
}

/** The number of keys by which every partition is hit most evenly. */
export function repeatingKeys(partitions: number): RepeatingKeys {
  const order: number[] = [];
  let best: RepeatingKeys | undefined;
  for (let key = 0; key < 40 * partitions; key++) {
    order.push(partitionOf(String(key), partitions));
    if (order.length < partitions) continue;
    const step = longestStep(order, partitions);
    if (step < (best?.longestStep ?? Infinity)) best = { count: order.length, longestStep: step };
  }
  if (best === undefined) throw new Error(`no number of keys hits each of ${partitions} partitions`);
  return best;
}

/**
 * The longest step of an order.
 * @param order the partitions in the order in which they are hit, cyclic
 */
function longestStep(order: readonly number[], partitions: number): number {
  const first = new Map<number, number>();
  const last = new Map<number, number>();
  let longest = 0;
  order.forEach((partition, index) => {
    const before = last.get(partition);
    if (before === undefined) first.set(partition, index);
    else longest = Math.max(longest, index - before);
    last.set(partition, index);
  });
  if (first.size < partitions) return Infinity;
  for (const [partition, index] of first)
    longest = Math.max(longest, index + order.length - (last.get(partition) as number));
  return longest;
}
