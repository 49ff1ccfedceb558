/** A partition by its topic and number. */
export interface TopicPartition {
  readonly topic: string;
  readonly partition: number;
}

/** A partition's name as Kafka writes it: `user-activity-3`. */
export const partitionName = (topic: string, partition: number) => `${topic}-${partition}`;

/** The values by their keys, in the order of first appearance. */
export function groupBy<K, T>(values: readonly T[], key: (value: T) => K): Map<K, T[]> {
  const groups = new Map<K, T[]>();
  for (const value of values) {
    const group = groups.get(key(value));
    if (group === undefined) groups.set(key(value), [value]);
    else group.push(value);
  }
  return groups;
}

/** The partitions by topic, as Kafka's requests have them. */
export const byTopic = <T extends TopicPartition>(partitions: readonly T[]): [topic: string, T[]][] => [
  ...groupBy(partitions, ({ topic }) => topic),
];
