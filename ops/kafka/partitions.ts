export interface TopicPartition {
  readonly topic: string;
  readonly partition: number;
}

/** `user-activity-3` */
export const partitionName = (topic: string, partition: number) => `${topic}-${partition}`;

/** In the order of first appearance. */
export function groupBy<K, T>(values: readonly T[], key: (value: T) => K): Map<K, T[]> {
  const groups = new Map<K, T[]>();
  for (const value of values) {
    const group = groups.get(key(value));
    if (group === undefined) groups.set(key(value), [value]);
    else group.push(value);
  }
  return groups;
}

/** As Kafka's requests have them. */
export const byTopic = <T extends TopicPartition>(partitions: readonly T[]): [topic: string, T[]][] => [
  ...groupBy(partitions, ({ topic }) => topic),
];
