import { fullSince, isFull, sameObservation, type Observation } from "../../drills/loadReport";
import { askAll, type Metadata } from "./metadata";

const everyMs = 500;
const timeoutMs = 1000;
/** So long after the last answer nothing is known any more. */
const staleMs = 5000;

/** Looks at the cluster all the time, through whatever brokers answer. */
export class Observer {
  private readonly changes: Observation[] = [];
  private readonly shrinks: number[] = [];
  private lastAt = 0;
  private lastIsr: ReadonlyMap<number, readonly number[]> = new Map();
  private readonly timer: NodeJS.Timeout;
  private asking = false;

  /** @param addresses `host:port` by broker id */
  constructor(
    private readonly addresses: ReadonlyMap<number, string>,
    private readonly brokerIds: readonly number[],
    private readonly topic: string,
  ) {
    this.timer = setInterval(() => void this.look(), everyMs);
  }

  stop(): void {
    clearInterval(this.timer);
  }

  get observations(): readonly Observation[] {
    return this.changes;
  }

  /** How often a partition of the topic lost a member of its ISR. */
  shrinksSince(from: number): number {
    return this.shrinks.filter((at) => at >= from).length;
  }

  /** Since when every ISR is full; undefined: it isn't, or nobody says so. */
  get fullSince(): number | undefined {
    return Date.now() - this.lastAt > staleMs ? undefined : fullSince(this.changes, this.brokerIds);
  }

  /** What is missing to full ISRs; empty when nothing is. */
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

  private async look(): Promise<void> {
    // One look at a time: a silent broker makes one last a second.
    if (this.asking) return;
    this.asking = true;
    try {
      const metadata = await askAll(this.addresses, timeoutMs);
      if (metadata !== undefined) this.take(metadata, Date.now());
    } finally {
      this.asking = false;
    }
  }

  private take(metadata: Metadata, at: number): void {
    this.lastAt = at;
    const partitions = [...metadata.topics.values()].flat();
    const observation: Observation = {
      at,
      controllerId: metadata.controllerId,
      brokers: metadata.brokers,
      underReplicated: partitions.filter(({ isr, replicas }) => isr.length < replicas.length).length,
      offline: partitions.filter(({ leader }) => leader < 0).length,
    };
    const last = this.changes.at(-1);
    if (last === undefined || !sameObservation(last, observation)) this.changes.push(observation);
    const isr = new Map((metadata.topics.get(this.topic) ?? []).map((one) => [one.partition, one.isr]));
    for (const [partition, members] of isr) {
      const before = this.lastIsr.get(partition) ?? [];
      if (before.some((id) => !members.includes(id))) this.shrinks.push(at);
    }
    this.lastIsr = isr;
  }
}
