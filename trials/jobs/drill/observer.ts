import { fullSince, isFull, sameObservation, type Observation } from "../../drills/loadReport";
import { askAll, type BrokerAddress } from "../../../ops/kafka/metadata";
import type { ClusterView } from "../../../ops/kafkaGate";

const everyMs = 500;
const timeoutMs = 1000;
/** The time in ms after the last answer from which nothing is known any more. */
const staleMs = 5000;

/** Observes the cluster all the time, through whatever brokers answer. */
export class Observer {
  private readonly changes: Observation[] = [];
  private readonly shrinks: number[] = [];
  private lastAt = 0;
  private lastIsr: ReadonlyMap<number, readonly number[]> = new Map();
  private readonly timer: NodeJS.Timeout;
  private asking = false;
  private readonly brokerIds: readonly number[];

  constructor(
    private readonly brokers: readonly BrokerAddress[],
    private readonly topic: string,
  ) {
    this.brokerIds = brokers.map(({ id }) => id);
    this.timer = setInterval(() => void this.observe(), everyMs);
  }

  stop(): void {
    clearInterval(this.timer);
  }

  get observations(): readonly Observation[] {
    return this.changes;
  }

  /** The number of times that a partition of the topic lost a member of its ISR. */
  shrinksSince(from: number): number {
    return this.shrinks.filter((at) => at >= from).length;
  }

  /** The time since when every ISR is full; undefined: it isn't, or nobody says so. */
  get fullSince(): number | undefined {
    return Date.now() - this.lastAt > staleMs ? undefined : fullSince(this.changes, this.brokerIds);
  }

  /** The ISRs that are not full, in words; empty when all are. */
  get missing(): string {
    const last = this.changes.at(-1);
    if (last === undefined || Date.now() - this.lastAt > staleMs) return "no broker describes the cluster";
    if (isFull(last, this.brokerIds)) return "";
    const away = this.brokerIds.filter((id) => !last.brokers.includes(id));
    return [
      ...(away.length > 0 ? [`broker ${away.join(", ")} is not registered`] : []),
      ...(last.underReplicated > 0 ? [`${last.underReplicated} partitions are under-replicated`] : []),
      ...(last.offline > 0 ? [`${last.offline} partitions have no leader`] : []),
    ].join(", ");
  }

  private async observe(): Promise<void> {
    // One observation of a time: a silent broker makes one last a second.
    if (this.asking) return;
    this.asking = true;
    try {
      const view = await askAll(this.brokers, { topics: "all", timeoutMs }).catch(() => undefined);
      if (view !== undefined) this.take(view, Date.now());
    } finally {
      this.asking = false;
    }
  }

  private take({ controllerId, brokers, topics }: ClusterView, at: number): void {
    this.lastAt = at;
    const partitions = topics.flatMap((each) => each.partitions);
    const observation: Observation = {
      at,
      controllerId,
      brokers: brokers.map(({ id }) => id),
      underReplicated: partitions.filter(({ isr, replicas }) => isr.length < replicas.length).length,
      offline: partitions.filter(({ leader }) => leader < 0).length,
    };
    const last = this.changes.at(-1);
    if (last === undefined || !sameObservation(last, observation)) this.changes.push(observation);
    const ours = topics.find(({ name }) => name === this.topic)?.partitions ?? [];
    const isr = new Map(ours.map((one) => [one.partition, one.isr]));
    for (const [partition, members] of isr) {
      const before = this.lastIsr.get(partition) ?? [];
      if (before.some((id) => !members.includes(id))) this.shrinks.push(at);
    }
    this.lastIsr = isr;
  }
}
