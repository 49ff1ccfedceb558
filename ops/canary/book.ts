import type { ClusterNode } from "../../planning/cluster/clusterDescription";
import type { Registry } from "prom-client";
import { CanaryMetrics, type Answering } from "./canaryMetrics";
import type { ExchangeListener } from "./exchange";
import { PartitionRecord } from "./partitionRecord";
import type { CanaryPartition } from "./topic";

/** How often in ms the time is to be accounted for. */
export const tickMs = 500;
/** The time in seconds without a tick after which the process did not run: its machine was busy, or held still. */
const asleepSeconds = 1.5;

/** Keeps the canary's books: what was written and read, when, and what became of it. */
export class CanaryBook implements ExchangeListener {
  private readonly records: ReadonlyMap<number, PartitionRecord>;
  private readonly metrics: CanaryMetrics;
  private readonly writeErrors = new Map<number, number>();
  private readErrors = 0;
  private asleep = 0;
  private awakeAt: number;

  /**
   * @param clock seconds, which never go back
   * @param say takes what an application would log
   */
  constructor(
    brokers: readonly ClusterNode[],
    partitions: readonly CanaryPartition[],
    private readonly say: (line: string) => void,
    private readonly clock: () => number = () => performance.now() / 1000,
  ) {
    this.awakeAt = clock();
    this.records = new Map(partitions.map(({ partition }) => [partition, new PartitionRecord(this.awakeAt)]));
    this.metrics = new CanaryMetrics(brokers, partitions);
  }

  /** Accounts for the time until now. Has to be called every half second. */
  tick(): void {
    const now = this.now();
    for (const record of this.records.values()) record.advance(now);
  }

  sent(partition: number, number: number): void {
    this.records.get(partition)?.sent(number, this.now());
  }

  acknowledged(partition: number, number: number): void {
    const seconds = this.records.get(partition)?.acknowledged(number, this.now());
    if (seconds !== undefined) this.metrics.written(partition, seconds);
  }

  failed(partition: number, number: number, problem: string): void {
    this.records.get(partition)?.failed(number, this.now());
    this.writeErrors.set(partition, (this.writeErrors.get(partition) ?? 0) + 1);
    this.say(`partition ${partition} could not be written: ${problem}`);
  }

  read(partition: number, number: number): void {
    const record = this.records.get(partition);
    if (record === undefined) return;
    const before = record.lost;
    const seconds = record.read(number, this.now());
    if (seconds !== undefined) this.metrics.read(partition, seconds);
    if (record.lost > before)
      this.say(`LOST: ${record.lost - before} acknowledged events before number ${number} of partition ${partition}`);
  }

  readingFailed(problem: string): void {
    this.readErrors++;
    this.say(`reading failed: ${problem}`);
  }

  /** Every metric as of the last tick. */
  registries(answering: Answering): Registry[] {
    const { records, writeErrors, readErrors, asleep, metrics } = this;
    return metrics.registries({ records, writeErrors, readErrors, asleepSeconds: asleep, answering });
  }

  /** The time; that since the last one is left out where it is more than the process can have been awake for. */
  private now(): number {
    const now = this.clock();
    if (now - this.awakeAt > asleepSeconds) {
      this.asleep += now - this.awakeAt;
      for (const record of this.records.values()) record.skip(now);
    }
    this.awakeAt = now;
    return now;
  }
}
