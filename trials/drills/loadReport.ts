/**
 * The report of a drill's load as data, and the figures made of it: pure functions. Times are milliseconds since 1970.
 */

/** The report of a drill's load. */
export interface LoadReport {
  readonly startedAt: number;
  readonly faultAt: number | null;
  readonly undoneAt: number | null;
  /** When every ISR of every topic became full for good; null: not within the time given. */
  readonly fullIsrAt: number | null;
  readonly endedAt: number;
  readonly clients: readonly ClientReport[];
  /** The time that acknowledged events waited until the consumer group had read them. */
  readonly consumer: { readonly longestGapMs: number; readonly gaps: readonly Gap[] };
  /** The observations that differ from the one before. */
  readonly observations: readonly Observation[];
  /** The number of times that a partition of the drill's topic lost a member of its ISR, from the fault on. */
  readonly isrShrinks?: number;
  /** The longest time in ms for which the load's own process stood still: no gap can be told from less. */
  readonly longestPauseMs?: number;
  /** The copies, each read from its own broker and compared; absent where not every ISR was full. */
  readonly copies?: CopiesReport;
  /** The number of events that were there before the load and are not there any more. */
  readonly preloadLost?: number;
}

/** The comparison of the copies of the drill's topic and of its consumer group's committed offsets. */
export interface CopiesReport {
  /** The number of copies that were read. */
  readonly read: number;
  /** What is not the same in all, or not there any more, one sentence each. */
  readonly faults: readonly string[];
}

/** The figures of one client. */
export interface ClientReport {
  readonly client: ClientName;
  readonly acknowledged: number;
  /** The number of events that were acknowledged, and are not in the topic at the end. */
  readonly lost: number;
  readonly lostExamples: readonly number[];
  /** The number of copies in the topic beyond the first of a number. */
  readonly duplicates: number;
  /** The number of errors that reached the application. */
  readonly errors: number;
  readonly errorExamples: readonly string[];
  readonly longestGapMs: number;
  /** The longest gap of each partition between two acknowledgements, from shortly before the fault on. */
  readonly gaps: readonly Gap[];
  /** Acknowledgements in each second from `startedAt` on. */
  readonly acknowledgedPerSecond: readonly number[];
  /**
   * The 99th percentile in ms from the first send of an event to its acknowledgement; absent for a client that does not
   * say.
   */
  readonly ackP99Ms?: number;
}

/** The name of a client. */
export type ClientName = "kafkajs" | "java";

/** A time without an acknowledgement. */
export interface Gap {
  readonly partition: number;
  readonly ms: number;
  readonly from: number;
  readonly to: number;
}

/** The cluster as its brokers describe it. */
export interface Observation {
  readonly at: number;
  readonly controllerId: number;
  /** Ids of the brokers that are registered. */
  readonly brokers: readonly number[];
  /** The number of partitions of all topics that lack a copy in sync. */
  readonly underReplicated: number;
  readonly offline: number;
}

/**
 * The time in ms before the fault from which gaps count: one that a fault makes may begin a little before the drill
 * knows of the fault.
 */
export const beforeFaultMs = 2000;

/**
 * The longest time of each partition without an acknowledgement, that reaches into `from`..`to`. One that has begun
 * before `from` counts in full; one that does not end counts until `to`.
 * @param times of each partition's acknowledgements, ascending
 */
export function longestGaps(times: readonly ArrayLike<number>[], from: number, to: number): Gap[] {
  return times.map((acknowledged, partition) => {
    let longest: Gap | undefined;
    let last: number | undefined;
    const consider = (next: number) => {
      const begin = last ?? from;
      if (next > from && next - begin > (longest?.ms ?? -1))
        longest = { partition, ms: next - begin, from: begin, to: next };
    };
    for (let index = 0; index < acknowledged.length; index++) {
      const at = acknowledged[index] as number;
      if (at > to) break;
      consider(at);
      last = at;
    }
    consider(to);
    return longest ?? { partition, ms: 0, from: to, to };
  });
}

/** The same where nobody could write before `from`: what is acknowledged after it counts, and the wait for it. */
export function gapsAfter(times: readonly Float64Array[], from: number, to: number): Gap[] {
  return longestGaps(
    times.map((all) => all.filter((at) => at >= from)),
    from,
    to,
  );
}

/** The longest stretch without an acknowledgement, on any partition, from shortly before the fault until the end. */
export function longestGap(client: ClientReport): Gap | undefined {
  return client.gaps.reduce<Gap | undefined>((worst, gap) => (worst && worst.ms >= gap.ms ? worst : gap), undefined);
}

/** The longest of the gaps, in ms. */
export const longestOf = (gaps: readonly Gap[]): number => Math.max(0, ...gaps.map(({ ms }) => ms));

/** For each second from `from` to `to`, how many of the times fall into it. */
export function perSecond(times: readonly ArrayLike<number>[], from: number, to: number): number[] {
  const counts = new Array<number>(Math.max(0, Math.ceil((to - from) / 1000))).fill(0);
  for (const list of times) {
    for (let index = 0; index < list.length; index++) {
      const second = Math.floor(((list[index] as number) - from) / 1000);
      if (second >= 0 && second < counts.length) counts[second] = (counts[second] ?? 0) + 1;
    }
  }
  return counts;
}

/** Whether every ISR is full, every partition led, every broker registered. */
export function isFull(observation: Observation, brokerIds: readonly number[]): boolean {
  const { underReplicated, offline, brokers } = observation;
  return underReplicated === 0 && offline === 0 && brokerIds.every((id) => brokers.includes(id));
}

/** When all became full; undefined when it isn't at the end. */
export function fullSince(observations: readonly Observation[], brokerIds: readonly number[]): number | undefined {
  let since: number | undefined;
  for (const observation of observations) {
    if (isFull(observation, brokerIds)) since ??= observation.at;
    else since = undefined;
  }
  return since;
}

/** Whether two observations say the same. */
export function sameObservation(a: Observation, b: Observation): boolean {
  return (
    a.controllerId === b.controllerId &&
    a.underReplicated === b.underReplicated &&
    a.offline === b.offline &&
    a.brokers.join() === b.brokers.join()
  );
}
