import { sum } from "../sum";
import { assignEvenly, grouped, roundDown, type Demand } from "./evenAssignment";
import { leastCrossing } from "./leastCrossing";
import { copiesAllowedInZone, zoneMembers, type PlacementBroker } from "./topicPlacement";

/** The copies of one partition, as they are. */
export interface PartitionReplicas {
  readonly topic: string;
  readonly partition: number;
  /** Broker ids of its copies, the preferred leader first. */
  readonly replicas: readonly number[];
  /** Bytes of one copy. */
  readonly bytes: number;
}

/** The cluster as it is, and the brokers and numbers of copies that it is to have. */
export interface MoveInput {
  readonly partitions: readonly PartitionReplicas[];
  /** The brokers that are to have copies: any other loses all of its own. */
  readonly brokers: readonly PlacementBroker[];
  readonly minInsyncReplicas: number;
  /** The number of copies a topic is to have; undefined: each partition as many as it has. */
  readonly copies: (topic: string) => number | undefined;
}

/** A partition whose copies change. */
export interface Move {
  readonly topic: string;
  readonly partition: number;
  readonly from: readonly number[];
  /** Broker ids of its copies afterwards, the preferred leader first. */
  readonly to: readonly number[];
  /** Bytes to copy: those of one copy for each broker that has none yet. */
  readonly bytes: number;
}

/** The share that one broker has of the copies, the leaderships and the bytes. */
export interface BrokerShare {
  readonly id: number;
  readonly copies: number;
  readonly leaders: number;
  readonly bytes: number;
}

/** What has to move, and how it leaves the brokers. */
export interface MovePlan {
  /** The moves. Those that free a broker which goes, add a missing copy or mend the zone rule come first. */
  readonly moves: readonly Move[];
  readonly bytes: number;
  /**
   * The fewest bytes that any plan copies: for each topic the copies that are missing, on brokers that go, or too many
   * in a zone, or those that brokers lack of their fair share, whichever is more.
   */
  readonly leastBytes: number;
  /** The brokers' shares, those that go included, in the order of their ids. */
  readonly balance: { readonly before: readonly BrokerShare[]; readonly after: readonly BrokerShare[] };
}

/** A partition with the number of copies that it is to have. */
interface Wanted extends PartitionReplicas {
  readonly copies: number;
  readonly perZone: number;
}

/**
 * What to move so that every partition has its copies, on these brokers, and:
 *
 * - no zone holds more copies of a partition than `copiesAllowedInZone`;
 * - of each topic every broker has its fair share of the copies and leads its fair share of the partitions, rounded
 *   down or up, and of all topics the same or within 5 % (a zone that may not hold its share has what it may; of the
 *   partitions of all topics a broker may lead two more than another beyond that where topics differ in their number of
 *   copies);
 * - within that, the fewest bytes are copied, then the fewest preferred leaders change, and the new leaders of a topic
 *   send the fewest bytes from zone to zone.
 *
 * Where all this is so, nothing is moved. The same input gives the same plan. Throws when there are fewer brokers than
 * copies.
 */
export function planMoves(input: MoveInput): MovePlan {
  const brokers = [...input.brokers].sort((a, b) => a.id - b.id);
  const wanted = wantedPartitions(input, brokers);
  const placed = chooseCopies(wanted, brokers);
  const leaders = withLeastCrossing(wanted, placed, choosePreferredLeaders(wanted, placed, brokers), brokers);
  const after = wanted.map((partition, index) => ({
    ...partition,
    replicas: ordered(partition.replicas, placed[index] ?? [], leaders[index]),
  }));
  const least = wanted.map((partition) => leastCopies(partition, brokers));
  const urgent: Move[] = [];
  const others: Move[] = [];
  for (const [index, { topic, partition, replicas: from, bytes }] of wanted.entries()) {
    const to = after[index]?.replicas ?? [];
    if (to.join() === from.join()) continue;
    const added = to.filter((id) => !from.includes(id)).length;
    const frees = from.some((id) => !brokers.some((broker) => broker.id === id));
    (frees || (least[index] ?? 0) > 0 ? urgent : others).push({ topic, partition, from, to, bytes: bytes * added });
  }
  const moves = [...urgent, ...others];
  return {
    moves,
    bytes: sum(moves.map(({ bytes }) => bytes)),
    leastBytes: sum(
      [...grouped(wanted, ({ topic }) => topic).values()].map((part) =>
        Math.max(
          sum(part.map((partition) => partition.bytes * leastCopies(partition, brokers))),
          leastEvenBytes(part, brokers),
        ),
      ),
    ),
    balance: { before: brokerShares(wanted, brokers), after: brokerShares(after, brokers) },
  };
}

function wantedPartitions(input: MoveInput, brokers: readonly PlacementBroker[]): Wanted[] {
  const zones = zoneMembers(brokers);
  const sorted = [...input.partitions].sort(
    (a, b) => (a.topic < b.topic ? -1 : a.topic > b.topic ? 1 : 0) || a.partition - b.partition,
  );
  return sorted.map((partition) => {
    const copies = input.copies(partition.topic) ?? partition.replicas.length;
    if (copies > brokers.length) {
      throw new Error(
        `topic ${partition.topic}: ${copies} copies need as many brokers, there are ${brokers.length}; ` +
          "add brokers, or lower its number of copies first",
      );
    }
    const { minInsyncReplicas } = input;
    return {
      ...partition,
      copies,
      perZone: copiesAllowedInZone({ replicationFactor: copies, minInsyncReplicas }, zones),
    };
  });
}

/** Chooses for each partition the brokers that are to have it, by id. */
function chooseCopies(wanted: readonly Wanted[], brokers: readonly PlacementBroker[]): number[][] {
  // Whole numbers that stay small enough for the flow to be exact, however much the cluster holds.
  const unit = Math.max(1, sum(wanted.map(({ bytes }) => bytes)) / 2 ** 24);
  const demands = wanted.map(({ topic, replicas, bytes, copies, perZone }): Demand => {
    const price = (id: number): number => {
      // An empty copy is not moved for nothing either.
      if (!replicas.includes(id)) return Math.max(1, Math.round(bytes / unit));
      // Counts only where bytes don't decide.
      return id === replicas[0] ? -1 / 1024 : 0;
    };
    return {
      topic,
      count: copies,
      perZone,
      prices: new Map(brokers.map(({ id }, broker) => [broker, price(id)])),
      fairShares: fairShares(copies, perZone, brokers),
    };
  });
  return assignEvenly(demands, brokers).map((chosen) => chosen.map((broker) => brokers[broker]?.id ?? 0));
}

/** Chooses for each partition its preferred leader, one of `placed`, by id. */
function choosePreferredLeaders(
  wanted: readonly Wanted[],
  placed: readonly number[][],
  brokers: readonly PlacementBroker[],
): (number | undefined)[] {
  const demands = wanted.map(({ topic, replicas }, index): Demand => {
    const candidates = [...brokers.entries()].filter(([, { id }]) => placed[index]?.includes(id));
    return {
      topic,
      count: 1,
      perZone: 1,
      prices: new Map(candidates.map(([broker, { id }]) => [broker, id === replicas[0] ? 0 : 1])),
      fairShares: brokers.map(() => 1 / brokers.length),
    };
  });
  return assignEvenly(demands, brokers).map(([leader]) => (leader === undefined ? undefined : brokers[leader]?.id));
}

/** The same leaders, those that are new exchanged within their topic so that the fewest bytes cross zones. */
function withLeastCrossing(
  wanted: readonly Wanted[],
  placed: readonly number[][],
  leaders: readonly (number | undefined)[],
  brokers: readonly PlacementBroker[],
): (number | undefined)[] {
  const zoneOf = new Map(brokers.map(({ id, zone }) => [id, zone]));
  const exchanged = [...leaders];
  const changed = [...wanted.entries()].filter(([index, { replicas }]) => leaders[index] !== replicas[0]);
  for (const part of grouped(changed, ([, { topic }]) => topic).values()) {
    const indexes = part.map(([index]) => index);
    const better = leastCrossing(
      indexes.map((index) => placed[index] ?? []),
      indexes.map((index) => leaders[index] ?? -1),
      (id) => zoneOf.get(id),
    );
    for (const [at, index] of indexes.entries()) exchanged[index] = better[at];
  }
  return exchanged;
}

/** The copies of one partition dealt to all brokers evenly, where a zone takes no more than `perZone`. */
function fairShares(copies: number, perZone: number, brokers: readonly PlacementBroker[]): number[] {
  const shares = brokers.map(() => 0);
  let copiesLeft = copies;
  let brokersLeft = brokers.length;
  // The largest zone is the first to be full.
  for (const members of zoneMembers(brokers).sort((a, b) => b.length - a.length)) {
    const share = Math.min(copiesLeft / brokersLeft, perZone / members.length);
    for (const broker of members) shares[broker] = share;
    copiesLeft -= share * members.length;
    brokersLeft -= members.length;
  }
  return shares;
}

/**
 * The new copies in order: the leader first; those that stay keep theirs, and new ones come in the places of those that
 * go.
 */
function ordered(from: readonly number[], to: readonly number[], leader: number | undefined): number[] {
  const added = to.filter((id) => !from.includes(id));
  const places = from.map((id) => (to.includes(id) ? id : added.shift()));
  const followers = [...places, ...added].filter((id) => id !== undefined && id !== leader);
  return [leader, ...followers].filter((id) => id !== undefined);
}

/** The number of copies of the partition that must be made, whatever is done with all others. */
function leastCopies({ replicas, copies, perZone }: Wanted, brokers: readonly PlacementBroker[]): number {
  const holders = brokers.filter(({ id }) => replicas.includes(id));
  return Math.max(0, copies - sum(zoneMembers(holders).map((members) => Math.min(perZone, members.length))));
}

/**
 * The fewest bytes that give every broker its fair share of one topic, rounded down, if it can choose the smallest
 * partitions.
 */
function leastEvenBytes(topic: readonly Wanted[], brokers: readonly PlacementBroker[]): number {
  const shares = topic.map(({ copies, perZone }) => fairShares(copies, perZone, brokers));
  return sum(
    brokers.map(({ id }, broker) => {
      const others = topic.filter(({ replicas }) => !replicas.includes(id)).map(({ bytes }) => bytes);
      const held = topic.length - others.length;
      const lacks = roundDown(sum(shares.map((share) => share[broker] ?? 0))) - held;
      return sum(others.sort((a, b) => a - b).slice(0, Math.max(0, lacks)));
    }),
  );
}

function brokerShares(partitions: readonly PartitionReplicas[], brokers: readonly PlacementBroker[]): BrokerShare[] {
  const shares = new Map(brokers.map(({ id }) => [id, { id, copies: 0, leaders: 0, bytes: 0 }]));
  for (const { replicas, bytes } of partitions) {
    for (const [index, id] of replicas.entries()) {
      const share = shares.get(id) ?? { id, copies: 0, leaders: 0, bytes: 0 };
      share.copies++;
      if (index === 0) share.leaders++;
      share.bytes += bytes;
      shares.set(id, share);
    }
  }
  return [...shares.values()].sort((a, b) => a.id - b.id);
}
