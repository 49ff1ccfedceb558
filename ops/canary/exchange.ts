/** The events of the canary: written one by one to each partition, and read by one consumer group. */
import { randomBytes } from "node:crypto";
import { setTimeout as pause } from "node:timers/promises";
import { Partitioners, type Producer } from "kafkajs";
import { canaryTopic } from "../../planning/cluster/names";
import type { CanaryClients } from "./clients";

/** The time in ms from one event of a partition to the next. */
const intervalMs = 1000;
/** The pause in ms after an error that reached the application: it may come at once, and again. */
const errorPauseMs = 1000;
/** The time in ms between two commits of the reader. */
const commitMs = 5000;

/** What the exchange tells of. */
export interface ExchangeListener {
  sent(partition: number, number: number): void;
  acknowledged(partition: number, number: number): void;
  /** The client has given an event up. */
  failed(partition: number, number: number, problem: string): void;
  read(partition: number, number: number): void;
  readingFailed(problem: string): void;
}

/** The events of one process of the canary: only these are measured. */
export class Exchange {
  private readonly run = randomBytes(6).toString("hex");
  private readonly ending = new AbortController();
  private readonly working: Promise<void>[] = [];

  constructor(
    private readonly clients: CanaryClients,
    private readonly listener: ExchangeListener,
  ) {}

  /** Begins to read, and to write to each of the partitions. */
  start(partitions: readonly number[]): void {
    const writing = partitions.map((partition, index) =>
      this.write(partition, (index * intervalMs) / partitions.length),
    );
    this.working.push(this.readAlways(), ...writing);
  }

  /** Ends it; the reader leaves its group. */
  async stop(): Promise<void> {
    this.ending.abort();
    await Promise.all(this.working);
  }

  private get ended(): boolean {
    return this.ending.signal.aborted;
  }

  /**
   * Writes to one partition, one event after the other. A producer of its own: in kafkajs 2.2.4 an idempotent
   * producer's sends to one broker wait for each other, so a silent broker would be felt at all partitions. After an
   * error it is a new one, as the old one would use the event's number for another one.
   */
  private async write(partition: number, delayMs: number): Promise<void> {
    await this.rest(delayMs);
    let producer: Producer | undefined;
    for (let number = 0; !this.ended; number++) {
      const begun = performance.now();
      this.listener.sent(partition, number);
      try {
        producer ??= await this.connected();
        await producer.send({
          topic: canaryTopic,
          messages: [{ partition, value: `${this.run} ${number}` }],
          ...this.clients.settings.send,
        });
        this.listener.acknowledged(partition, number);
      } catch (error) {
        this.listener.failed(partition, number, (error as Error).message);
        void producer?.disconnect().catch(() => undefined);
        producer = undefined;
        await this.rest(errorPauseMs);
      }
      // Events that were due meanwhile are left out.
      const late = (performance.now() - begun) % intervalMs;
      await this.rest(intervalMs - late);
    }
    void producer?.disconnect().catch(() => undefined);
  }

  private async connected(): Promise<Producer> {
    const producer = this.clients
      .producing()
      .producer({ ...this.clients.settings.producer, createPartitioner: Partitioners.DefaultPartitioner });
    try {
      await producer.connect();
      return producer;
    } catch (error) {
      void producer.disconnect().catch(() => undefined);
      throw error;
    }
  }

  /** Reads until it is ended. What kafkajs does not mend by itself makes a new consumer, as a supervisor would. */
  private async readAlways(): Promise<void> {
    while (!this.ended) {
      try {
        await this.readUntilCrash();
      } catch (error) {
        this.listener.readingFailed((error as Error).message);
        await this.rest(errorPauseMs);
      }
    }
  }

  /** Resolves when all is ended, and rejects when the consumer is. */
  private async readUntilCrash(): Promise<void> {
    const groupId = canaryTopic.slice(2);
    const consumer = this.clients.consuming().consumer({ groupId, ...this.clients.settings.consumer });
    const { signal } = this.ending;
    let end: (() => void) | undefined;
    try {
      await new Promise<void>((resolve, reject) => {
        end = () => resolve();
        signal.addEventListener("abort", end);
        consumer.on(consumer.events.CRASH, ({ payload: { error, restart } }) => {
          if (restart) this.listener.readingFailed(error.message);
          else reject(error);
        });
        const read = async () => {
          await consumer.connect();
          await consumer.subscribe({ topic: canaryTopic, fromBeginning: true });
          await consumer.run({
            autoCommitInterval: commitMs,
            eachMessage: ({ partition, message }) => {
              const [run, number] = (message.value?.toString() ?? "").split(" ");
              if (run === this.run) this.listener.read(partition, Number(number));
              return Promise.resolve();
            },
          });
        };
        read().catch(reject);
      });
    } finally {
      if (end !== undefined) signal.removeEventListener("abort", end);
      const leaving = consumer.disconnect().catch(() => undefined);
      if (this.ended) await leaving;
    }
  }

  private rest(ms: number): Promise<void> {
    return pause(Math.max(0, ms), undefined, { signal: this.ending.signal }).catch(() => undefined);
  }
}
