import type { LogDir } from "../kafka/admin";
import { partitionName } from "../kafka/partitions";

/** The logs of all brokers at one moment. */
export interface LogObservation {
  readonly atMs: number;
  readonly logDirs: ReadonlyMap<number, readonly LogDir[]>;
}

/**
 * Bytes that a broker appends in a day, going by the sizes of its copies. An interval in which a copy shrank, because a
 * segment was deleted or compacted, says nothing of that copy: it is taken to have grown then as it did in the others.
 */
export function appendedBytesPerDay(broker: number, observations: readonly LogObservation[]): number {
  const grown = new Map<string, { bytes: number; ms: number }>();
  for (const [index, observation] of observations.entries()) {
    const before = observations[index - 1];
    if (before === undefined) continue;
    const sizes = sizesOf(before.logDirs.get(broker));
    for (const [name, bytes] of sizesOf(observation.logDirs.get(broker))) {
      const growth = bytes - (sizes.get(name) ?? Infinity);
      if (growth < 0) continue;
      const sum = grown.get(name) ?? { bytes: 0, ms: 0 };
      grown.set(name, { bytes: sum.bytes + growth, ms: sum.ms + observation.atMs - before.atMs });
    }
  }
  return [...grown.values()].reduce((total, { bytes, ms }) => total + (ms > 0 ? (bytes / ms) * 86_400_000 : 0), 0);
}

function sizesOf(folders: readonly LogDir[] = []): Map<string, number> {
  const copies = folders.flatMap(({ partitions }) => partitions).filter(({ isFuture }) => !isFuture);
  return new Map(copies.map(({ topic, partition, bytes }) => [partitionName(topic, partition), bytes]));
}
