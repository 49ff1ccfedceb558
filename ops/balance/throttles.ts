import { copyRate } from "../../planning/capacity/copyRate";
import type { Move } from "../../planning/placement/replicaMoves";
import type { ConfigChange, KafkaAdmin, ResourceType, TopicPartition } from "../kafka/admin";
import type { ClusterView } from "../kafkaGate";
import { added, allPartitions, labelOf, largestCopy, type CopySizes, type PlacedPartition } from "./placementNow";
import type { Ingest } from "./traffic";

/** Kafka's settings of how fast a broker sends and receives throttled copies, bytes/s; on the broker. */
export const rateKeys = {
  sent: "leader.replication.throttled.rate",
  received: "follower.replication.throttled.rate",
} as const;
/** Kafka's settings of which copies those are; on the topic. */
export const replicaKeys = {
  sent: "leader.replication.throttled.replicas",
  received: "follower.replication.throttled.replicas",
} as const;
const keys = [...Object.values(rateKeys), ...Object.values(replicaKeys)];

/** The part of the admin client that throttles need. */
export type ThrottleAdmin = Pick<KafkaAdmin, "metadata" | "configs" | "setConfigs">;

/** The rates of a throttle, bytes/s for each broker. */
export interface Rates {
  readonly sent: number;
  readonly received: number;
}

/**
 * The rate at which a broker may copy beside its traffic, bytes/s: the busiest broker decides.
 * @param forGood see `copyRate`
 */
export function copyRateNow(view: ClusterView, ingest: Ingest, forGood: number): number {
  return copyRate(
    forGood,
    busiest(allPartitions(view), ({ isr }) => isr, ingest),
  );
}

/**
 * The rates of the throttles: `rate`, but at least half as fast again as what producers add to it meanwhile, or no copy
 * would ever catch up. A leader counts what it sends to followers in sync too (it never holds that back), so that is
 * added.
 */
export function throttleRates(moves: readonly Move[], view: ClusterView, ingest: Ingest, rate: number): Rates {
  const newCopies = new Map(moves.map((move) => [labelOf(move), added(move)]));
  const moving = allPartitions(view).filter((partition) => newCopies.has(labelOf(partition)));
  const joining = (partition: PlacedPartition) =>
    (newCopies.get(labelOf(partition)) ?? []).filter((broker) => !partition.isr.includes(broker));
  const leader = (partition: PlacedPartition, times: number) => Array<number>(times).fill(partition.leader);
  const received = busiest(moving, joining, ingest);
  const sent = busiest(moving, (one) => leader(one, joining(one).length), ingest);
  const sentAnyway = busiest(moving, (one) => leader(one, Math.max(0, one.isr.length - 1)), ingest);
  return {
    sent: Math.ceil(sentAnyway + Math.max(rate, 1.5 * sent)),
    received: Math.ceil(Math.max(rate, 1.5 * received)),
  };
}

/** The ingest of all partitions that concern a broker, where that is most. */
function busiest(
  partitions: readonly PlacedPartition[],
  brokersOf: (partition: PlacedPartition) => readonly number[],
  ingest: Ingest,
): number {
  const sums = new Map<number, number>();
  for (const partition of partitions) {
    for (const broker of brokersOf(partition)) {
      sums.set(broker, (sums.get(broker) ?? 0) + (ingest.get(labelOf(partition)) ?? 0));
    }
  }
  return Math.max(0, ...sums.values());
}

/** New copies of one partition that are held back. */
export interface HeldBack extends TopicPartition {
  /** Ids of the brokers on which the partition lies: any of them may lead. */
  readonly from: readonly number[];
  readonly copies: readonly number[];
}

/**
 * Seconds of traffic: a copy may catch up between two observations when it lacks no more than what comes in during
 * them.
 */
const nearlySeconds = 1.5;

/**
 * The new copies that lack much. A copy that has once caught up is waited for by `acks=all` although it is not in the
 * ISR yet (Kafka's `Partition.maybeIncrementLeaderHW`), and Kafka holds it back all the same: writes would stand still
 * for as long as others use the rate up. Measured: 5.8 s for a partition of 250 kB that moved beside large ones. So
 * none is held back for its last bytes.
 */
export function copiesToHoldBack(moves: readonly Move[], sizes: CopySizes, rate: number): HeldBack[] {
  return moves.flatMap((move) => {
    const { topic, partition, from } = move;
    const whole = largestCopy(sizes, move, from);
    const copies = added(move).filter((broker) => whole - largestCopy(sizes, move, [broker]) > nearlySeconds * rate);
    return copies.length === 0 ? [] : [{ topic, partition, from, copies }];
  });
}

/** Throttles the given copies and nothing else. */
export async function setThrottles(admin: ThrottleAdmin, heldBack: readonly HeldBack[], rates: Rates): Promise<void> {
  const { brokers, topics } = await admin.metadata();
  const wanted = throttledReplicas(heldBack.filter(({ topic }) => topics.some(({ name }) => name === topic)));
  const stale = (await findThrottles(admin, "topic")).filter(({ name }) => !wanted.some((one) => one.name === name));
  const onBrokers = brokers.map(({ id }): ConfigChange => ({
    type: "broker",
    name: String(id),
    set: { [rateKeys.sent]: String(rates.sent), [rateKeys.received]: String(rates.received) },
  }));
  // The rates first: a throttled copy whose broker knows no rate is not held back at all.
  if (wanted.length > 0) await admin.setConfigs(onBrokers);
  if (wanted.length + stale.length > 0) await admin.setConfigs([...wanted, ...stale]);
}

/**
 * The changes of topics that throttle the copies: received copies where they are new, sent ones wherever the leader may
 * be.
 */
function throttledReplicas(heldBack: readonly HeldBack[]): ConfigChange[] {
  return [...new Set(heldBack.map(({ topic }) => topic))].map((name) => {
    const list = (brokers: (one: HeldBack) => readonly number[]) =>
      heldBack
        .filter(({ topic }) => topic === name)
        .flatMap((one) => brokers(one).map((broker) => `${one.partition}:${broker}`))
        .join(",");
    const set = { [replicaKeys.sent]: list(({ from }) => from), [replicaKeys.received]: list(({ copies }) => copies) };
    return { type: "topic", name, set };
  });
}

/**
 * Removes every throttle that there is, also of an earlier run, and looks again whether they are gone. The rate of a
 * broker that is not running stays until the next time; without copies that it applies to it has no effect. Throws when
 * one is left; gives the names of what had some.
 */
export async function removeThrottles(admin: ThrottleAdmin): Promise<string[]> {
  const removed: string[] = [];
  // The topics first: what is listed and finds no rate would not be held back for that moment.
  for (const type of ["topic", "broker"] as const) {
    const found = await findThrottles(admin, type);
    if (found.length === 0) continue;
    await admin.setConfigs(found);
    removed.push(...found.map(({ name }) => `${type} ${name}`));
    const left = await findThrottles(admin, type);
    if (left.length > 0) {
      throw new Error(`throttles are still set on ${type} ${left.map(({ name }) => name).join(", ")}`);
    }
  }
  return removed;
}

/** The names of what has a throttle: `topic user-activity`, `broker 2`. */
export async function throttledThings(admin: Pick<ThrottleAdmin, "metadata" | "configs">): Promise<string[]> {
  const found = [...(await findThrottles(admin, "topic")), ...(await findThrottles(admin, "broker"))];
  return found.map(({ type, name }) => `${type} ${name}`);
}

/** The changes that remove the throttles which are set. */
async function findThrottles(
  admin: Pick<ThrottleAdmin, "metadata" | "configs">,
  type: ResourceType,
): Promise<ConfigChange[]> {
  const { brokers, topics } = await admin.metadata();
  const names = type === "topic" ? topics.map(({ name }) => name) : brokers.map(({ id }) => String(id));
  if (names.length === 0) return [];
  return [...(await admin.configs(type, names))].flatMap(([name, values]) => {
    const remove = keys.filter((key) => values[key]?.source === type);
    return remove.length === 0 ? [] : [{ type, name, remove }];
  });
}
