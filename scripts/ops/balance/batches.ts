import type { Move } from "../../../planning/replicaMoves";
import { added } from "./placementNow";

export interface BatchLimits {
  /** Copies that one broker takes in or gives out at once. */
  readonly copiesPerBroker: number;
  /** Bytes that one broker takes in or gives out in a batch; a larger partition is a batch by itself. */
  readonly bytesPerBroker: number;
  /** Partitions in all: each is some writes to ZooKeeper. */
  readonly partitions: number;
}

/** Small enough that the in-sync followers keep their share of the fetchers, and many enough that one slow copy holds up little. */
export const largestBatch = { copiesPerBroker: 10, partitions: 100 } as const;
/** How long a batch should take: so much copying at most is lost when a run is interrupted. */
export const batchSeconds = 60;

/**
 * The moves to make next, and those left: in the order of the plan, each that its brokers still have room for. A copy weighs
 * on the broker that gets it and on the one that leads the partition.
 */
export function nextBatch(
  moves: readonly Move[],
  limits: BatchLimits,
): { readonly batch: Move[]; readonly rest: Move[] } {
  const loads = new Map<number, { copies: number; bytes: number }>();
  const batch: Move[] = [];
  const rest: Move[] = [];
  for (const move of moves) {
    const extra = copyLoads(move);
    const fits = [...extra].every(([broker, { copies, bytes }]) => {
      const load = loads.get(broker);
      return (
        load === undefined ||
        (load.copies + copies <= limits.copiesPerBroker && load.bytes + bytes <= limits.bytesPerBroker)
      );
    });
    if (batch.length >= limits.partitions || !fits) {
      rest.push(move);
      continue;
    }
    batch.push(move);
    for (const [broker, { copies, bytes }] of extra) {
      const load = loads.get(broker) ?? { copies: 0, bytes: 0 };
      loads.set(broker, { copies: load.copies + copies, bytes: load.bytes + bytes });
    }
  }
  return { batch, rest };
}

/** What a move makes each broker copy: as receiver or as the partition's leader. */
export function copyLoads(move: Move): Map<number, { readonly copies: number; readonly bytes: number }> {
  const receivers = added(move);
  const [leader] = move.from;
  if (receivers.length === 0 || leader === undefined) return new Map();
  const one = { copies: 1, bytes: move.bytes / receivers.length };
  return new Map([
    ...receivers.map((broker) => [broker, one] as const),
    [leader, { copies: receivers.length, bytes: move.bytes }],
  ]);
}

/** The least time that the copying can take: that of the broker with the most to take in or to give out. */
export function copySeconds(moves: readonly Move[], bytesPerSecond: number): number {
  const bytes = new Map<string, number>();
  for (const move of moves) {
    const [leader] = move.from;
    for (const [broker, load] of copyLoads(move)) {
      const key = `${broker}${broker === leader ? " out" : " in"}`;
      bytes.set(key, (bytes.get(key) ?? 0) + load.bytes);
    }
  }
  return Math.max(0, ...bytes.values()) / bytesPerSecond;
}
