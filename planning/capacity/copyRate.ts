/** The lowest copy rate, bytes/s. More slowly is of no use: a volume of 30 GB would take an hour. */
const leastRate = 10e6;

/**
 * How fast a broker may copy beside its traffic, bytes/s: of what its machine has left, a third to read copies for
 * others, a third to write those that it gets, and a third for traffic that grows. Never below 10 MB/s.
 *
 * @param forGood bytes/s that its network, its bandwidth to EBS and its volume all give for good
 * @param written bytes/s that producers make it write
 */
export function copyRate(forGood: number, written: number): number {
  return Math.round(Math.max(leastRate, (forGood - written) / 3));
}
