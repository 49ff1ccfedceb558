import type { ClusterDescription } from "../../planning/cluster/clusterDescription";
import { ask } from "../kafka/connection";
import type { ConfigValue, KafkaAdmin } from "../kafka/admin";
import { fetchOffsets, listGroups, type CommittedOffset, type Group } from "../kafka/groups";
import { describeLogDirs, type LogDir } from "../kafka/logDirs";
import { askAll, type BrokerAddress } from "../kafka/metadata";
import { listOffsets, type FoundOffset, type OffsetQuestion } from "../kafka/offsets";
import { groupBy, partitionName, type TopicPartition } from "../kafka/partitions";
import type { Request } from "../kafka/protocol";
import { clusterAdmin, kafkaAddress } from "../kafkaClient";
import type { ClusterView } from "../kafkaGate";
import { lagOf, type Lag, type PartitionFacts, type Retention } from "./lag";
import { Timeline } from "./timeline";

/** The time in ms for each answer. */
const answerMs = 5000;
/** The time in ms for which what topics keep, and the sizes of partitions, count as known. */
const knownMs = { retention: 5 * 60_000, sizes: 60_000 } as const;
/** The most questions about one partition at one look: each one makes what is known of a time much better. */
const mostRounds = 16;

/** The brokers, as they are asked about groups. What is asked of one rejects when it does not answer or refuses. */
export interface GroupSources {
  view(): Promise<ClusterView>;
  /** The groups that a broker is the coordinator of. */
  groups(broker: number): Promise<Group[]>;
  /** What its groups have committed, by their names. */
  committed(broker: number, groups: readonly string[]): Promise<ReadonlyMap<string, readonly CommittedOffset[]>>;
  /** The events by time of partitions that it leads. */
  offsets(broker: number, questions: readonly OffsetQuestion[]): Promise<FoundOffset[]>;
  logDirs(broker: number): Promise<LogDir[]>;
  configs: KafkaAdmin["configs"];
}

/** The cluster's brokers. */
export function groupSources(
  cluster: Pick<ClusterDescription, "brokers" | "zookeeper">,
  addresses: readonly BrokerAddress[] = cluster.brokers.map(kafkaAddress),
  admin: Pick<KafkaAdmin, "configs"> = clusterAdmin(cluster, answerMs, addresses),
): GroupSources {
  const askOne = async <A>(broker: number, request: Request<A>): Promise<A> => {
    const address = addresses.find(({ id }) => id === broker);
    if (address === undefined) throw new Error(`broker ${broker} is none of the settings`);
    return ask(address, request, answerMs);
  };
  return {
    view: () => askAll(addresses, { topics: "all", timeoutMs: answerMs }),
    groups: (broker) => askOne(broker, listGroups()),
    committed: (broker, groups) => askOne(broker, fetchOffsets(groups)),
    offsets: (broker, questions) => askOne(broker, listOffsets(questions)),
    logDirs: (broker) => askOne(broker, describeLogDirs(broker)),
    configs: (type, names) => admin.configs(type, names),
  };
}

/** What there is to tell of all groups. */
export interface GroupReport {
  readonly lags: readonly Lag[];
  /** Kafka's word for each group's state. */
  readonly states: ReadonlyMap<string, string>;
}

interface KnownGroup {
  readonly state: string;
  readonly committed: readonly CommittedOffset[];
}

/** Looks at every consumer group, and remembers what it takes to tell how far behind each is in time. */
export class GroupLookout {
  private groups: ReadonlyMap<string, KnownGroup> = new Map();
  /** By the partition's name. */
  private facts: ReadonlyMap<string, PartitionFacts> = new Map();
  private retention: ReadonlyMap<string, Retention> = new Map();
  private retentionAt = -Infinity;
  private sizes: ReadonlyMap<string, number> = new Map();
  private sizesAt = -Infinity;

  constructor(
    private readonly sources: GroupSources,
    private readonly clock: () => number = Date.now,
  ) {}

  /** Looks once. Of what a broker does not tell, the last known counts. Rejects when no broker answers. */
  async look(): Promise<GroupReport> {
    const view = await this.sources.view();
    const leaders = new Map(
      view.topics.flatMap(({ name, partitions }) =>
        partitions.map(({ partition, leader }) => [partitionName(name, partition), leader] as const),
      ),
    );
    this.groups = await this.askGroups(view);
    const committed = [...this.groups.values()].flatMap((group) => group.committed);
    const wanted = new Map(committed.map((place) => [labelOf(place), place]));
    const partitions = [...wanted.values()].filter((place) => (leaders.get(labelOf(place)) ?? -1) >= 0);
    const leaderOf = (one: TopicPartition) => leaders.get(labelOf(one)) ?? -1;
    const [ends, beginnings] = await Promise.all([
      this.offsets(partitions, "end", leaderOf),
      this.offsets(partitions, "beginning", leaderOf),
      this.learnRetention(new Set(partitions.map(({ topic }) => topic))),
      this.learnSizes(view),
    ]);
    const now = this.clock();
    const facts = new Map<string, PartitionFacts>();
    for (const label of wanted.keys()) {
      const [end, beginning, known] = [ends.get(label), beginnings.get(label), this.facts.get(label)];
      const timeline = known?.timeline ?? new Timeline();
      if (end !== undefined && beginning !== undefined) {
        timeline.extend({ at: now, offset: end });
        facts.set(label, { end, beginning, bytes: this.sizes.get(label), timeline });
      } else if (known !== undefined && leaders.has(label)) facts.set(label, known);
    }
    this.facts = facts;
    await this.learnTimes(committed, facts, leaderOf, now);
    const retentionOf = (topic: string) => this.retention.get(topic) ?? {};
    return {
      lags: [...this.groups].flatMap(([name, group]) =>
        lagOf(name, group.committed, (place) => facts.get(labelOf(place)), retentionOf, now),
      ),
      states: new Map([...this.groups].map(([name, { state }]) => [name, state])),
    };
  }

  /** Every group, of the broker that is its coordinator. One of a broker that tells nothing is as it was last. */
  private async askGroups({ brokers }: ClusterView): Promise<Map<string, KnownGroup>> {
    let isComplete = true;
    const asked = brokers.map(async ({ id }): Promise<[string, KnownGroup][]> => {
      try {
        const groups = await this.sources.groups(id);
        if (groups.length === 0) return [];
        const committed = await this.sources.committed(
          id,
          groups.map(({ name }) => name),
        );
        return groups.flatMap(({ name, state }) => {
          const places = committed.get(name);
          if (places === undefined) isComplete = false;
          return places === undefined ? [] : [[name, { state, committed: places }]];
        });
      } catch {
        isComplete = false;
        return [];
      }
    });
    const found = new Map((await Promise.all(asked)).flat());
    return isComplete ? found : new Map([...this.groups, ...found]);
  }

  /** The number of an event of each partition, as far as their leaders tell. */
  private async offsets(
    partitions: readonly TopicPartition[],
    since: OffsetQuestion["since"],
    leaderOf: (one: TopicPartition) => number,
  ): Promise<Map<string, number | undefined>> {
    const questions = partitions.map(({ topic, partition }) => ({ topic, partition, since }));
    const found = await this.askLeaders(questions, leaderOf);
    return new Map(found.map((one) => [labelOf(one), one.offset]));
  }

  private async askLeaders(
    questions: readonly OffsetQuestion[],
    leaderOf: (one: TopicPartition) => number,
  ): Promise<FoundOffset[]> {
    const asked = [...groupBy(questions, leaderOf)].map(([leader, some]) =>
      this.sources.offsets(leader, some).catch(() => []),
    );
    return (await Promise.all(asked)).flat();
  }

  /** Asks when events came that groups have yet to read, where that is not known well enough. */
  private async learnTimes(
    committed: readonly CommittedOffset[],
    facts: ReadonlyMap<string, PartitionFacts>,
    leaderOf: (one: TopicPartition) => number,
    now: number,
  ): Promise<void> {
    for (let round = 0; round < mostRounds; round++) {
      // A request may name a partition once.
      const questions = new Map<string, OffsetQuestion & { readonly since: number }>();
      for (const { topic, partition, offset } of committed) {
        const known = facts.get(partitionName(topic, partition));
        if (known === undefined || offset >= known.end) continue;
        const since = known.timeline.question(Math.max(offset, known.beginning), now);
        if (since !== undefined) questions.set(partitionName(topic, partition), { topic, partition, since });
      }
      if (questions.size === 0) return;
      for (const answer of await this.askLeaders([...questions.values()], leaderOf)) {
        const [known, question] = [facts.get(labelOf(answer)), questions.get(labelOf(answer))];
        if (known === undefined || question === undefined) continue;
        // Where no event is as young as that, all there are were there then.
        known.timeline.add({ at: question.since, offset: answer.offset ?? known.end });
      }
    }
  }

  /** Asks for how long topics keep events. Without an answer, what was known counts. */
  private async learnRetention(topics: ReadonlySet<string>): Promise<void> {
    const isKnown = [...topics].every((topic) => this.retention.has(topic));
    if (topics.size === 0 || (isKnown && this.clock() - this.retentionAt < knownMs.retention)) return;
    await this.sources.configs("topic", [...topics]).then(
      (configs) => {
        this.retention = new Map([...configs].map(([topic, values]) => [topic, retentionIn(values)]));
        this.retentionAt = this.clock();
      },
      () => undefined,
    );
  }

  /** Asks how large partitions are. Of a broker that does not answer, what was known counts. */
  private async learnSizes({ brokers }: ClusterView): Promise<void> {
    if (this.clock() - this.sizesAt < knownMs.sizes) return;
    this.sizesAt = this.clock();
    const sizes = new Map(this.sizes);
    const asked = brokers.map(({ id }) => this.sources.logDirs(id).catch(() => []));
    const copies = (await Promise.all(asked)).flat().flatMap(({ partitions }) => partitions);
    for (const [label, some] of groupBy(copies, labelOf)) sizes.set(label, Math.max(...some.map(({ bytes }) => bytes)));
    this.sizes = sizes;
  }
}

const labelOf = ({ topic, partition }: TopicPartition) => partitionName(topic, partition);

function retentionIn(values: Readonly<Record<string, ConfigValue>>): Retention {
  const limit = (key: string) => {
    const number = Number(values[key]?.value ?? -1);
    return number < 0 ? undefined : number;
  };
  const deletes = values["cleanup.policy"]?.value.includes("delete") === true;
  return deletes ? { ms: limit("retention.ms"), bytes: limit("retention.bytes") } : {};
}
