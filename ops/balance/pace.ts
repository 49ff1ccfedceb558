import type { Move } from "../../planning/placement/replicaMoves";
import { added } from "./placementNow";

/** Limits on what moves at once. */
export interface MoveLimits {
  /** Copies that one broker takes in or gives out at once. */
  readonly copiesPerBroker: number;
  /** Bytes that one broker takes in or gives out at once; a larger partition moves by itself. */
  readonly bytesPerBroker: number;
  /** Partitions that begin to move together. */
  readonly begunTogether: number;
}

/**
 * The limits, which are low: the controller begins and ends moves one partition after another, and from its turn on a
 * partition's followers fetch anew, while an election waits for the end of the queue. Measured on two cores: 30 to 80
 * ms a partition, so that with 21 begun together producers waited for 2.9 s. More copies at once than these don't fill
 * a throttle any better.
 */
export const fewAtOnce = { copiesPerBroker: 5, begunTogether: 5 } as const;
/** Seconds that the copying under way should take: so much of it at most is lost when a run is interrupted. */
export const secondsUnderWay = 60;

/**
 * The moves to begin now, and those left: in the order of the plan, each that its brokers have room for beside what is
 * under way. A copy weighs on the broker that gets it and on the one that leads the partition.
 *
 * @param underWay with the bytes that are left
 */
export function nextMoves(
  waiting: readonly Move[],
  underWay: readonly Move[],
  limits: MoveLimits,
): { readonly next: Move[]; readonly rest: Move[] } {
  const loads = new Map<number, { copies: number; bytes: number }>();
  const add = (extra: ReturnType<typeof copyLoads>) => {
    for (const [broker, { copies, bytes }] of extra) {
      const load = loads.get(broker) ?? { copies: 0, bytes: 0 };
      loads.set(broker, { copies: load.copies + copies, bytes: load.bytes + bytes });
    }
  };
  for (const move of underWay) add(copyLoads(move));
  const next: Move[] = [];
  const rest: Move[] = [];
  for (const move of waiting) {
    const extra = copyLoads(move);
    const fits = [...extra].every(([broker, { copies, bytes }]) => {
      const load = loads.get(broker);
      return (
        load === undefined ||
        (load.copies + copies <= limits.copiesPerBroker && load.bytes + bytes <= limits.bytesPerBroker)
      );
    });
    if (next.length >= limits.begunTogether || !fits) {
      rest.push(move);
      continue;
    }
    next.push(move);
    add(extra);
  }
  return { next, rest };
}

/** The copies and bytes that a move makes each broker copy, as receiver or as the partition's leader. */
function copyLoads(move: Move): Map<number, { readonly copies: number; readonly bytes: number }> {
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
