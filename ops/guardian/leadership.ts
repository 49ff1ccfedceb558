import type { ClusterDescription } from "../../planning/cluster/clusterDescription";
import type { KafkaAdmin } from "../kafka/admin";
import { ledByOthers } from "../balance/placementNow";
import { counted } from "../gateVerdict";
import { clusterAdmin } from "../kafkaClient";
import { noted } from "./nextActions";
import type { Memory } from "./memory";

/**
 * The time in ms that every broker has to be well before one gets its leads back. A broker that catches up a second
 * after its start has code that has never run: measured on the local stack, the lead given back at once costs writers
 * 3.3 s, 5 s later 1.2 s, a minute later 0.5 s (docs/decisions/0009).
 */
export const warmMs = 60_000;
const everyMs = 60_000;
/** The time in ms for all of it: it must not hold up the observation of the nodes. */
const deadlineMs = 5000;

/** Whether all these nodes have been well for so long. Pure. */
export function allWarm(memory: Memory, names: readonly string[], now: number): boolean {
  return names.every((name) => now - (memory.nodes[name]?.wellSince ?? now) >= warmMs);
}

/** Gives brokers that have been replaced or restarted their share of the leads back, when they are ready for it. */
export class Leadership {
  private lookedAt = -Infinity;
  /** Broker id -> how many partitions a dry run has spoken of; it does not say the same every minute. */
  private spokenOf: ReadonlyMap<number, number> = new Map();

  constructor(
    private readonly cluster: Pick<ClusterDescription, "brokers" | "zookeeper">,
    private readonly admin: Pick<KafkaAdmin, "metadata" | "electPreferred"> = clusterAdmin(cluster, deadlineMs),
  ) {}

  /**
   * Has leaders moved back, once a minute, and only while all brokers are warm. Says what was done, and gives the
   * memory with it. Rejects when Kafka does not answer or refuses.
   */
  async restore(memory: Memory, dryRun: boolean, now: number, say: (line: string) => void): Promise<Memory> {
    const { brokers } = this.cluster;
    const names = brokers.map(({ name }) => name);
    if (now - this.lookedAt < everyMs || !allWarm(memory, names, now)) return memory;
    this.lookedAt = now;
    const waiting = ledByOthers(await this.admin.metadata());
    const before = this.spokenOf;
    const counts = new Map(
      brokers.map(({ id }) => [id, waiting.filter(({ replicas: [preferred] }) => preferred === id).length]),
    );
    this.spokenOf = dryRun ? counts : new Map();
    if (!dryRun && waiting.length > 0) await this.admin.electPreferred(waiting);
    return brokers.reduce((noting, { id, name }) => {
      const count = counts.get(id) ?? 0;
      if (count === 0 || count === before.get(id)) return noting;
      const text =
        `${dryRun ? "would lead" : "leads"} ${counted(count, "partition")} again that others ` +
        "led while it was away";
      say(`${name}: ${text}`);
      return noted(noting, name, text, now);
    }, memory);
  }
}
