/**
 * A Kafka cluster in memory, with time of its own: copies move at a speed that its throttles hold back as Kafka's do.
 */
import type { ClusterView } from "../../../ops/kafkaGate";
import type { FoundAcl } from "../../../ops/kafka/acls";
import type {
  ConfigChange,
  ConfigValue,
  KafkaAdmin,
  LogDir,
  NewTopic,
  Reassignment,
  ReplicaMove,
  ResourceType,
  TopicPartition,
} from "../../../ops/kafka/admin";

export interface FakePartition {
  readonly topic: string;
  readonly partition: number;
  readonly replicas: readonly number[];
  /** Bytes of each copy. Default 0. */
  readonly bytes?: number;
  /** What producers write, bytes/s. Default 0. */
  readonly ingest?: number;
}

export interface FakeKafkaOptions {
  readonly brokers: readonly number[];
  readonly partitions: readonly FakePartition[];
  /** Bytes of each broker's volume. Default 100 GB. */
  readonly diskBytes?: number;
  /** What a broker can send or receive without a throttle, bytes/s. Default 200 MB/s. */
  readonly lineRate?: number;
}

interface Partition {
  readonly topic: string;
  readonly partition: number;
  leader: number;
  replicas: number[];
  isr: number[];
  ingest: number;
  /** Bytes of each copy, by broker. */
  readonly sizes: Map<number, number>;
  move?: { readonly from: readonly number[]; readonly to: readonly number[] };
}

const stepSeconds = 0.25;
const labelOf = ({ topic, partition }: TopicPartition) => `${topic}-${partition}`;

/** A copy that lacks less is to be let go, or producers would wait for it. */
const nearlyThere = 75e6;

export class FakeKafka implements Pick<KafkaAdmin, keyof KafkaAdmin> {
  /** Bytes of all copies that have moved. */
  bytesCopied = 0;
  /** The highest number of copies that one broker took in at once. */
  mostAtOnce = 0;
  /** The highest number of partitions that began to move together. */
  mostBegunTogether = 0;
  /** Partitions that at some time had fewer than two copies in sync, or no leader. */
  readonly hurt = new Set<string>();
  /** Copies made without a throttle while they lacked much, as `t-0 to 6`. */
  readonly unthrottled = new Set<string>();
  /** Copies that a throttle still held back when they caught up: producers would have waited for them. */
  readonly heldBackAtTheEnd = new Set<string>();
  /** Brokers that at some time had no rate although a list of copies to hold back was set: those went at full speed. */
  readonly withoutRate = new Set<number>();
  /** Whether nobody answers. */
  silent = false;
  /** Calls so far, by name. */
  readonly calls: string[] = [];
  private readonly acls = new Map<string, FoundAcl>();
  private readonly registered: Set<number>;
  private readonly partitions: Partition[];
  private readonly settings = new Map<string, Record<string, string>>();
  /** The entries of each list of throttled copies: cut up once, read at each step. */
  private readonly lists = new Map<string, ReadonlySet<string>>();

  constructor(private readonly options: FakeKafkaOptions) {
    this.registered = new Set(options.brokers);
    this.partitions = options.partitions.map(({ topic, partition, replicas, bytes = 0, ingest = 0 }) => ({
      topic,
      partition,
      leader: replicas[0] ?? -1,
      replicas: [...replicas],
      isr: [...replicas],
      ingest,
      sizes: new Map(replicas.map((broker) => [broker, bytes])),
    }));
  }

  // What happens to the cluster.

  kill(broker: number): void {
    this.registered.delete(broker);
    for (const partition of this.partitions) {
      if (partition.isr.length > 1) partition.isr = partition.isr.filter((id) => id !== broker);
      if (partition.leader === broker) this.elect(partition);
    }
  }

  revive(broker: number): void {
    this.registered.add(broker);
    for (const partition of this.partitions) {
      if (partition.leader < 0 && partition.isr.includes(broker)) this.elect(partition);
      if (!partition.replicas.includes(broker) || partition.isr.includes(broker)) continue;
      // A copy that was only being made goes on being made.
      if (partition.move === undefined || partition.move.from.includes(broker)) {
        partition.isr.push(broker);
        partition.sizes.set(broker, partition.sizes.get(partition.leader) ?? 0);
      }
      if (partition.leader < 0) this.elect(partition);
    }
  }

  fallBehind(label: string, broker: number): void {
    const partition = this.find(label);
    partition.isr = partition.isr.filter((id) => id !== broker);
    if (partition.leader === broker) this.elect(partition);
  }

  setIngest(label: string, ingest: number): void {
    this.find(label).ingest = ingest;
  }

  deleteTopic(name: string): void {
    for (let index = this.partitions.length - 1; index >= 0; index--) {
      if (this.partitions[index]?.topic === name) this.partitions.splice(index, 1);
    }
    this.settings.delete(`topic ${name}`);
  }

  advance(seconds: number): void {
    for (let passed = 0; passed < seconds; passed += stepSeconds) this.step(Math.min(stepSeconds, seconds - passed));
  }

  /** Every throttle that is set: `broker 3 leader.replication.throttled.rate`. */
  throttles(): string[] {
    return [...this.settings].flatMap(([resource, values]) =>
      Object.keys(values)
        .filter((key) => key.includes("replication.throttled"))
        .map((key) => `${resource} ${key}`),
    );
  }

  setting(type: ResourceType, name: string, key: string): string | undefined {
    return this.settings.get(`${type} ${name}`)?.[key];
  }

  /** Every current copy, of the partitions that are not being moved and of those that are. */
  copiesOn(broker: number): number {
    return this.partitions.filter(({ replicas }) => replicas.includes(broker)).length;
  }

  // What an administrator asks.

  metadata(): Promise<ClusterView> {
    return this.answer("metadata", () => {
      const names = [...new Set(this.partitions.map(({ topic }) => topic))];
      return {
        brokers: [...this.registered].map((id) => ({ id, host: `kafka-${id}.kafka.internal`, port: 9092 })),
        controllerId: Math.min(...this.registered),
        topics: names.map((name) => ({
          name,
          partitions: this.partitions
            .filter(({ topic }) => topic === name)
            .map(({ partition, leader, replicas, isr }) => ({
              partition,
              leader,
              replicas: [...replicas],
              isr: [...isr],
            })),
        })),
      };
    });
  }

  logDirs(): Promise<Map<number, LogDir[]>> {
    return this.answer("logDirs", () => {
      const totalBytes = this.options.diskBytes ?? 100e9;
      return new Map(
        [...this.registered].map((id) => {
          const partitions = this.partitions.flatMap(({ topic, partition, sizes }) => {
            const bytes = sizes.get(id);
            return bytes === undefined ? [] : [{ topic, partition, bytes, isFuture: false }];
          });
          const used = partitions.reduce((sum, { bytes }) => sum + bytes, 0);
          return [
            id,
            [{ path: "/var/lib/kafka/data", totalBytes, usableBytes: totalBytes - used, partitions }],
          ] as const;
        }),
      );
    });
  }

  reassign(moves: readonly ReplicaMove[]): Promise<void> {
    return this.answer("reassign", () => {
      this.mostBegunTogether = Math.max(this.mostBegunTogether, moves.filter(({ replicas }) => replicas).length);
      for (const { topic, partition, replicas } of moves) {
        const found = this.find(labelOf({ topic, partition }));
        const from = found.move?.from ?? found.replicas;
        const stranger = replicas?.find((id) => !this.registered.has(id) && !from.includes(id));
        if (stranger !== undefined)
          throw new Error(`${labelOf(found)}: INVALID_REPLICA_ASSIGNMENT: broker ${stranger}`);
        if (replicas === null && found.move === undefined) continue;
        const to = replicas ?? from;
        found.move = { from, to };
        found.replicas = [...to, ...from.filter((id) => !to.includes(id))];
        if (replicas === null) this.conclude(found);
        else this.concludeIfDone(found);
        for (const id of found.move?.to ?? []) if (!found.isr.includes(id)) this.noteThrottles(found, id, found.leader);
      }
    });
  }

  reassignments(): Promise<Reassignment[]> {
    return this.answer("reassignments", () =>
      this.partitions.flatMap(({ topic, partition, replicas, move }) => {
        if (move === undefined) return [];
        const adding = move.to.filter((id) => !move.from.includes(id));
        const removing = move.from.filter((id) => !move.to.includes(id));
        return [{ topic, partition, replicas: [...replicas], adding, removing }];
      }),
    );
  }

  setConfigs(changes: readonly ConfigChange[]): Promise<void> {
    return this.answer("setConfigs", () => {
      for (const { type, name, set = {}, remove = [] } of changes) {
        this.demand(type, name);
        const kept = Object.entries(this.settings.get(`${type} ${name}`) ?? {}).filter(
          ([key]) => !remove.includes(key),
        );
        this.settings.set(`${type} ${name}`, { ...Object.fromEntries(kept), ...set });
      }
      this.noteRates();
    });
  }

  configs(type: ResourceType, names: readonly string[]): Promise<Map<string, Record<string, ConfigValue>>> {
    return this.answer("configs", () => {
      return new Map(
        names.map((name) => {
          this.demand(type, name);
          const own = Object.entries(this.settings.get(`${type} ${name}`) ?? {});
          const values = own.map(([key, value]) => [key, { value, source: type }] as const);
          return [name, { "retention.ms": { value: "604800000", source: "default" }, ...Object.fromEntries(values) }];
        }),
      );
    });
  }

  electPreferred(partitions: readonly TopicPartition[] | "all"): Promise<void> {
    return this.answer("electPreferred", () => {
      for (const partition of partitions === "all"
        ? this.partitions
        : partitions.map((one) => this.find(labelOf(one)))) {
        const [preferred] = partition.replicas;
        if (preferred === undefined || !partition.isr.includes(preferred))
          throw new Error(`${labelOf(partition)}: PREFERRED_LEADER_NOT_AVAILABLE`);
        partition.leader = preferred;
      }
    });
  }

  createPartitions(topic: string, count: number, assignments: readonly (readonly number[])[]): Promise<void> {
    return this.answer("createPartitions", () => {
      const first = count - assignments.length;
      for (const [index, replicas] of assignments.entries()) this.create(topic, first + index, replicas);
    });
  }

  createTopics(topics: readonly NewTopic[]): Promise<void> {
    return this.answer("createTopics", () => {
      for (const { name, replicaAssignment, config } of topics) {
        for (const [partition, replicas] of replicaAssignment.entries()) this.create(name, partition, replicas);
        this.settings.set(`topic ${name}`, { ...config });
      }
    });
  }

  rights(): Promise<FoundAcl[]> {
    return this.answer("rights", () => [...this.acls.values()]);
  }

  giveRights(acls: readonly FoundAcl[]): Promise<void> {
    return this.answer("giveRights", () => acls.forEach((acl) => this.acls.set(JSON.stringify(acl), acl)));
  }

  takeRights(acls: readonly FoundAcl[]): Promise<void> {
    return this.answer("takeRights", () => acls.forEach((acl) => this.acls.delete(JSON.stringify(acl))));
  }

  private answer<T>(name: string, work: () => T): Promise<T> {
    this.calls.push(name);
    // Rejects instead of throwing, as a network client does.
    return Promise.resolve().then(() => {
      if (this.silent) throw new Error("no broker answers");
      return work();
    });
  }

  private noteRates(): void {
    const set = this.throttles();
    if (!set.some((one) => one.startsWith("topic "))) return;
    for (const side of ["leader", "follower"])
      for (const id of this.registered)
        if (!set.includes(`broker ${id} ${side}.replication.throttled.rate`)) this.withoutRate.add(id);
  }

  private create(topic: string, partition: number, replicas: readonly number[]): void {
    const sizes = new Map(replicas.map((id) => [id, 0]));
    this.partitions.push({
      topic,
      partition,
      leader: replicas[0] ?? -1,
      replicas: [...replicas],
      isr: [...replicas],
      ingest: 0,
      sizes,
    });
  }

  private find(label: string): Partition {
    const found = this.partitions.find((one) => labelOf(one) === label);
    if (found === undefined) throw new Error(`${label}: UNKNOWN_TOPIC_OR_PARTITION`);
    return found;
  }

  /** Kafka gives and takes a broker's own settings only through that broker. */
  private demand(type: ResourceType, name: string): void {
    if (type === "broker" && !this.registered.has(Number(name))) throw new Error(`broker ${name} is not registered`);
    if (type === "topic" && !this.partitions.some(({ topic }) => topic === name))
      throw new Error(`topic ${name}: UNKNOWN_TOPIC_OR_PARTITION`);
  }

  private elect(partition: Partition): void {
    const order = partition.move?.to ?? partition.replicas;
    const candidates = [...order, ...partition.replicas].filter((id) => partition.isr.includes(id));
    partition.leader = candidates.find((id) => this.registered.has(id)) ?? -1;
  }

  private concludeIfDone(partition: Partition): void {
    if (partition.move?.to.every((id) => partition.isr.includes(id))) this.conclude(partition);
    else if (partition.move?.to.length === 0) throw new Error("a partition without copies");
  }

  private conclude(partition: Partition): void {
    const { from, to } = partition.move ?? { from: [], to: [] };
    const done = to.every((id) => partition.isr.includes(id) || from.includes(id));
    partition.replicas = [...(done ? to : from)];
    partition.isr = partition.isr.filter((id) => partition.replicas.includes(id));
    for (const id of partition.sizes.keys()) if (!partition.replicas.includes(id)) partition.sizes.delete(id);
    partition.move = undefined;
    if (!partition.isr.includes(partition.leader)) this.elect(partition);
  }

  private listed(partition: Partition, side: "leader" | "follower", broker: number): boolean {
    const list = this.setting("topic", partition.topic, `${side}.replication.throttled.replicas`) ?? "";
    const entries = this.lists.get(list) ?? new Set(list.split(","));
    this.lists.set(list, entries);
    return entries.has(`${partition.partition}:${broker}`);
  }

  private step(seconds: number): void {
    for (const partition of this.partitions) {
      if (partition.leader < 0 || partition.isr.length < 2) this.hurt.add(labelOf(partition));
      for (const id of partition.isr) {
        partition.sizes.set(id, (partition.sizes.get(id) ?? 0) + partition.ingest * seconds);
      }
    }
    const copies = this.partitions.flatMap((partition) =>
      (partition.move?.to ?? [])
        .filter((id) => !partition.isr.includes(id) && this.registered.has(id) && partition.leader >= 0)
        .map((to) => ({ partition, to, from: partition.leader })),
    );
    for (const { partition, to, from } of copies) {
      this.noteThrottles(partition, to, from);
      const receiving = copies.filter((one) => one.to === to).length;
      const sending = copies.filter((one) => one.from === from).length;
      this.mostAtOnce = Math.max(this.mostAtOnce, receiving);
      const room = Math.min(
        this.rate(partition, "follower", to) / receiving,
        this.rate(partition, "leader", from) / sending,
      );
      const have = partition.sizes.get(to) ?? 0;
      const whole = partition.sizes.get(from) ?? 0;
      const copied = Math.min(whole - have, room * seconds);
      this.bytesCopied += copied;
      partition.sizes.set(to, have + copied);
      if (have + copied < whole) continue;
      partition.isr.push(to);
      if (this.throttle(partition, "follower", to) !== undefined)
        this.heldBackAtTheEnd.add(`${labelOf(partition)} to ${to}`);
    }
    for (const partition of this.partitions) this.concludeIfDone(partition);
  }

  /** Bytes/s for all copies that the broker sends or receives; a leader counts its followers in sync too. */
  private rate(partition: Partition, side: "leader" | "follower", broker: number): number {
    const line = this.options.lineRate ?? 200e6;
    const throttle = this.throttle(partition, side, broker);
    if (throttle === undefined) return line;
    if (side === "follower") return Math.min(line, throttle);
    const counted = this.partitions.filter((one) => one.leader === broker && this.listed(one, side, broker));
    const anyway = counted.reduce((sum, one) => sum + one.ingest * (one.isr.length - 1), 0);
    return Math.max(0, Math.min(line, throttle - anyway));
  }

  private noteThrottles(partition: Partition, to: number, from: number): void {
    const held = [this.throttle(partition, "follower", to), this.throttle(partition, "leader", from)];
    const lacks = (partition.sizes.get(from) ?? 0) - (partition.sizes.get(to) ?? 0);
    if (lacks < nearlyThere) return;
    if (held.includes(undefined)) this.unthrottled.add(`${labelOf(partition)} to ${to}`);
  }

  /** The rate that this copy is held to, if it is. */
  private throttle(partition: Partition, side: "leader" | "follower", broker: number): number | undefined {
    const rate = this.setting("broker", String(broker), `${side}.replication.throttled.rate`);
    return rate === undefined || !this.listed(partition, side, broker) ? undefined : Number(rate);
  }
}

/** Time that passes only in pauses, for the cluster too. */
export class FakeClock {
  private time = 0;
  private readonly timers = new Set<{ readonly ms: number; next: number; readonly action: () => void }>();
  private readonly events: { readonly at: number; readonly action: () => void }[] = [];
  private killed = false;
  private readonly onKill: (() => void)[] = [];

  constructor(private readonly kafka: FakeKafka) {}

  now(): number {
    return this.time;
  }

  /** Does this so many seconds after the start. */
  at(seconds: number, action: () => void): this {
    this.events.push({ at: seconds * 1000, action });
    return this;
  }

  /**
   * Resolves when the process that lives by this clock is killed so many seconds after the start: it stands still for
   * ever.
   */
  killAt(seconds: number): Promise<"killed"> {
    this.at(seconds, () => {
      this.killed = true;
      for (const tell of this.onKill) tell();
    });
    return new Promise((resolve) => this.onKill.push(() => resolve("killed")));
  }

  every(ms: number, action: () => void): () => void {
    const timer = { ms, next: this.time + ms, action };
    this.timers.add(timer);
    return () => this.timers.delete(timer);
  }

  async pause(ms: number): Promise<void> {
    const end = this.time + ms;
    while (this.time < end) {
      this.time = Math.min(end, this.time + 250);
      this.kafka.advance(0.25);
      for (const event of this.events.filter(({ at }) => at <= this.time)) {
        this.events.splice(this.events.indexOf(event), 1);
        event.action();
      }
      if (this.killed) return new Promise(() => undefined);
      for (const timer of this.timers) {
        if (timer.next > this.time) continue;
        timer.next += timer.ms;
        timer.action();
      }
    }
    await Promise.resolve();
  }
}
