import { sum } from "../sum";
import { leastCrossing } from "./leastCrossing";
import { chooseLeaders, orderCopies, rotated } from "./topicLeaders";

/** A broker as placement sees it. */
export interface PlacementBroker {
  readonly id: number;
  readonly zone: string;
}

/** A topic, and the brokers on which it is to be placed. */
export interface TopicPlacementInput {
  readonly partitions: number;
  readonly replicationFactor: number;
  /** The number of copies of every partition that are left when any one zone is lost, where the zones allow it. */
  readonly minInsyncReplicas: number;
  readonly brokers: readonly PlacementBroker[];
  /**
   * The topic's position in the list of topics. It moves the start, so that the remainders of many topics do not pile
   * up on one broker.
   */
  readonly topicIndex: number;
  /** The topic's other partitions, which stay as they are: what they leave uneven is evened out. Default: none. */
  readonly existing?: readonly (readonly number[])[];
}

/**
 * Places a topic: for each partition the broker ids of its copies, the preferred leader first. The same input gives the
 * same placement.
 *
 * - No zone has more than `replicationFactor - minInsyncReplicas` copies of a partition (more only where the zones are
 *   too few).
 * - Within that, copies and leaders of the topic differ by at most 1 between any two brokers wherever that is possible,
 *   those of `existing` counted too.
 * - The second copies, which lead when the first broker is lost, are spread too.
 * - With as many leaders on each broker, no other choice of them sends fewer bytes from zone to zone (`leastCrossing`).
 *
 * Throws when there are fewer brokers than copies.
 */
export function placeTopic(input: TopicPlacementInput): number[][] {
  const { partitions, replicationFactor, brokers, existing = [] } = input;
  if (brokers.length < replicationFactor) {
    throw new Error(`${replicationFactor} copies need as many brokers, there are ${brokers.length}`);
  }
  const zones = zoneMembers(brokers);
  const maxPerZone = copiesAllowedInZone(input, zones);
  const copies = chooseBrokers(input, zones, maxPerZone);
  const led = countOn(
    brokers,
    existing.map(([leader]) => leader),
  );
  const first = start(input.topicIndex, existing.length + partitions, brokers.length);
  const even = chooseLeaders(copies, brokers.length, first, led);
  const leaders = leastCrossing(copies, even, (broker) => brokers[broker]?.zone);
  return orderCopies(copies, leaders, brokers.length).map((partition) =>
    partition.map((broker) => brokers[broker]?.id ?? 0),
  );
}

/** How many of `ids` each broker is. */
function countOn(brokers: readonly PlacementBroker[], ids: readonly (number | undefined)[]): number[] {
  return brokers.map(({ id }) => ids.filter((other) => other === id).length);
}

/** Positions of the brokers of each zone. */
export function zoneMembers(brokers: readonly PlacementBroker[]): number[][] {
  const members = new Map<string, number[]>();
  for (const [position, { zone }] of brokers.entries()) members.set(zone, [...(members.get(zone) ?? []), position]);
  return [...members.values()];
}

/** The most copies of a partition that one zone may hold. Needs at least as many brokers as copies. */
export function copiesAllowedInZone(
  { replicationFactor, minInsyncReplicas }: Pick<TopicPlacementInput, "replicationFactor" | "minInsyncReplicas">,
  zones: readonly number[][],
): number {
  const room = (limit: number): number => sum(zones.map((zone) => Math.min(zone.length, limit)));
  let limit = Math.max(1, replicationFactor - minInsyncReplicas);
  while (room(limit) < replicationFactor) limit++;
  return limit;
}

/**
 * The broker at which dealing `count` things to `brokers` starts: each topic's remainder begins where the last one's
 * ended.
 */
function start(topicIndex: number, count: number, brokers: number): number {
  return (topicIndex * (count % brokers)) % brokers;
}

/** The number of copies that each broker gets: as even, with those it has, as the limits of its zone allow. */
function copyQuotas(input: TopicPlacementInput, zones: readonly number[][], maxPerZone: number): number[] {
  const { partitions, replicationFactor, brokers, existing = [] } = input;
  const total = partitions * replicationFactor;
  const quotas = brokers.map(() => 0);
  const zoneOfBroker = positionToZone(zones, brokers.length);
  const zoneRoom = zones.map((zone) => Math.min(zone.length, maxPerZone) * partitions);
  const had = countOn(brokers, existing.flat());
  const order = rotated(brokers.length, start(input.topicIndex, total + sum(had), brokers.length));
  let left = total;
  // Rounds: in each, one copy for each broker that may still have one and has not more yet than the round's number; a
  // broker or zone that is full drops out.
  for (let round = Math.min(...had); left > 0; round++) {
    for (const broker of order) {
      const zone = zoneOfBroker[broker] ?? 0;
      if (left === 0) break;
      if ((had[broker] ?? 0) > round) continue;
      if ((quotas[broker] ?? 0) >= partitions || (zoneRoom[zone] ?? 0) === 0) continue;
      quotas[broker] = (quotas[broker] ?? 0) + 1;
      zoneRoom[zone] = (zoneRoom[zone] ?? 0) - 1;
      left--;
    }
  }
  return quotas;
}

/**
 * Deals the quotas out, partition by partition. A partition takes first what can't wait: a broker that must be in every
 * partition still to come, and from each zone as many as the later partitions could not take any more. With these taken
 * there is always a solution for the rest, so nothing is ever undone.
 */
function chooseBrokers(input: TopicPlacementInput, zones: readonly number[][], maxPerZone: number): number[][] {
  const { partitions, replicationFactor, brokers } = input;
  const quotas = copyQuotas(input, zones, maxPerZone);
  const zoneOfBroker = positionToZone(zones, brokers.length);
  const areAlike = new Set(zones.map(({ length }) => length)).size === 1;
  return Array.from({ length: partitions }, (_, partition) => {
    const later = partitions - partition - 1;
    // Most left first; among equals the order turns with the partition, so that the same brokers do not always meet.
    const order = rotated(brokers.length, partition + input.topicIndex);
    const candidates = order
      .filter((broker) => (quotas[broker] ?? 0) > 0)
      .sort((a, b) => (quotas[b] ?? 0) - (quotas[a] ?? 0));
    const chosen: number[] = [];
    const inZone = zones.map(() => 0);
    const take = (broker: number): void => {
      const zone = zoneOfBroker[broker] ?? 0;
      chosen.push(broker);
      inZone[zone] = (inZone[zone] ?? 0) + 1;
      quotas[broker] = (quotas[broker] ?? 0) - 1;
    };
    for (const broker of candidates) if ((quotas[broker] ?? 0) > later) take(broker);
    for (const [zone, members] of zones.entries()) {
      const laterRoom = Math.min(members.length, maxPerZone) * later;
      for (const broker of candidates) {
        if (sum(members.map((member) => quotas[member] ?? 0)) <= laterRoom) break;
        if (zoneOfBroker[broker] === zone && !chosen.includes(broker)) take(broker);
      }
    }
    // Where zones are alike, one without a copy comes first: consumers read the copy in theirs, and each zone has two
    // as often as any other, so that leaders with a copy beside them are to be had everywhere.
    for (const most of areAlike ? [1, maxPerZone] : [maxPerZone]) {
      for (const broker of candidates) {
        if (chosen.length === replicationFactor) break;
        if (!chosen.includes(broker) && (inZone[zoneOfBroker[broker] ?? 0] ?? 0) < most) take(broker);
      }
    }
    return chosen;
  });
}

function positionToZone(zones: readonly number[][], brokers: number): number[] {
  const result = Array.from({ length: brokers }, () => 0);
  for (const [zone, members] of zones.entries()) for (const member of members) result[member] = zone;
  return result;
}
