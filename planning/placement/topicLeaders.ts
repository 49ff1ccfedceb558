import { sum } from "../sum";
/*
 * Who leads: the second half of topic placement (topicPlacement.ts). Brokers are positions in the list of brokers here.
 */

/**
 * A leader for each partition out of its copies, as evenly as there is any way to.
 * @param first the broker that is first to lead one more when the partitions leave a remainder
 * @param led how many other partitions each broker leads, which stay. Default: none
 */
export function chooseLeaders(
  copies: readonly number[][],
  brokers: number,
  first: number,
  led: readonly number[] = [],
): number[] {
  const load = Array.from({ length: brokers }, (_, broker) => led[broker] ?? 0);
  const order = rotated(brokers, first);
  const rank = order.reduce<number[]>((ranks, broker, index) => {
    ranks[broker] = index;
    return ranks;
  }, []);
  const leaders = copies.map((partition) => {
    const leader = partition.reduce((best, broker) => {
      const difference = (load[broker] ?? 0) - (load[best] ?? 0);
      return difference < 0 || (difference === 0 && (rank[broker] ?? 0) < (rank[best] ?? 0)) ? broker : best;
    });
    load[leader] = (load[leader] ?? 0) + 1;
    return leader;
  });
  const loadOf = (broker: number): number => load[broker] ?? 0;
  while (shiftOneLeader(copies, leaders, load, (from, to) => loadOf(to) <= loadOf(from) - 2));
  // As even as can be; now the remainder goes to this topic's brokers, where that is possible too.
  const total = sum(load);
  const share = Math.floor(total / brokers);
  const wanted = rank.map((position) => share + (position < total % brokers ? 1 : 0));
  const wantedOf = (broker: number): number => wanted[broker] ?? 0;
  while (
    shiftOneLeader(copies, leaders, load, (from, to) => loadOf(from) > wantedOf(from) && loadOf(to) < wantedOf(to))
  );
  return leaders;
}

/**
 * Moves one leadership along a chain of partitions between two brokers of which `better` says that it helps. When there
 * is no such chain, no other choice of leaders is better.
 */
function shiftOneLeader(
  copies: readonly number[][],
  leaders: number[],
  load: number[],
  better: (from: number, to: number) => boolean,
): boolean {
  const ledBy = load.map((): number[] => []);
  for (const [partition, leader] of leaders.entries()) ledBy[leader]?.push(partition);
  const byLoad = load.map((_, broker) => broker).sort((a, b) => (load[b] ?? 0) - (load[a] ?? 0));
  for (const from of byLoad) {
    const via = new Map<number, number>();
    const queue = [from];
    for (const broker of queue) {
      for (const partition of ledBy[broker] ?? []) {
        for (const next of copies[partition] ?? []) {
          if (next === from || via.has(next)) continue;
          via.set(next, partition);
          if (better(from, next)) {
            load[from] = (load[from] ?? 0) - 1;
            load[next] = (load[next] ?? 0) + 1;
            for (let at = next; at !== from;) {
              const moved = via.get(at) ?? 0;
              const previous = leaders[moved] ?? from;
              leaders[moved] = at;
              at = previous;
            }
            return true;
          }
          queue.push(next);
        }
      }
    }
  }
  return false;
}

/** The copies in order: the leader first, then the copy that would lead most evenly after it, then the rest. */
export function orderCopies(copies: readonly number[][], leaders: readonly number[], brokers: number): number[][] {
  const secondOf = new Map<number, number>();
  const seconds = Array.from({ length: brokers }, () => 0);
  return copies.map((partition, index) => {
    const leader = leaders[index] ?? 0;
    const pair = (broker: number): number => leader * brokers + broker;
    const followers = partition
      .filter((broker) => broker !== leader)
      .sort(
        (a, b) =>
          (secondOf.get(pair(a)) ?? 0) - (secondOf.get(pair(b)) ?? 0) || (seconds[a] ?? 0) - (seconds[b] ?? 0) || a - b,
      );
    const second = followers[0];
    if (second !== undefined) {
      secondOf.set(pair(second), (secondOf.get(pair(second)) ?? 0) + 1);
      seconds[second] = (seconds[second] ?? 0) + 1;
    }
    return [leader, ...followers];
  });
}

/** The numbers 0 to length-1, beginning with `by` (any whole number from 0). */
export function rotated(length: number, by: number): number[] {
  return Array.from({ length }, (_, index) => (index + by) % length);
}
