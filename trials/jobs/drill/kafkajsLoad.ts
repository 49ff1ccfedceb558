import { setTimeout as pause } from "node:timers/promises";
import { Partitioners, type Producer } from "kafkajs";
import type { Acknowledgements } from "./acknowledgements";
import type { Clients } from "./clients";
import { eventValue } from "./events";
import { NumberList } from "./acknowledgements";
import { within } from "./within";

/** The most events that go at once, when a partition was away for a while. */
const largestBatch = 500;
const errorPauseMs = 250;

/**
 * Writes to every partition at its own pace. One producer for each partition, and one send at a time, for three reasons
 * in kafkajs 2.2.4: an idempotent producer's sends to one broker wait for each other, so that a silent broker costs
 * each of them a timeout in turn; a send that fails gives its sequence numbers back, and another one of the same
 * partition may already have used them; and a send to several partitions forgets those whose leader changes in the
 * middle of it.
 */
export class KafkajsLoad {
  /** The times in ms from the first send of a batch to its acknowledgement. */
  readonly latencies = new NumberList();
  private stopping = false;
  private readonly writing: readonly Promise<void>[];

  constructor(
    private readonly clients: Clients,
    private readonly topic: string,
    private readonly partitions: number,
    private readonly intervalMs: number,
    private readonly acknowledgements: Acknowledgements,
  ) {
    this.writing = Array.from({ length: partitions }, (_, partition) => this.write(partition));
  }

  /** Stops writing, and lets it finish what it has begun. */
  async stop(limitMs: number): Promise<void> {
    this.stopping = true;
    await within(limitMs, Promise.all(this.writing));
  }

  private async write(partition: number): Promise<void> {
    const { intervalMs, partitions, topic, acknowledgements } = this;
    // Spread over the interval.
    const started = Date.now() + (partition * intervalMs) / partitions;
    let producer = await this.connected();
    for (let next = 0; !this.stopping;) {
      const due = Math.floor((Date.now() - started) / intervalMs) + 1 - next;
      if (due <= 0) {
        await pause(Math.max(1, started + next * intervalMs - Date.now()));
        continue;
      }
      const numbers = Array.from(
        { length: Math.min(due, largestBatch) },
        (_, index) => (next + index) * partitions + partition,
      );
      const messages = numbers.map((number) => ({ partition, value: eventValue("kafkajs", number) }));
      const begun = Date.now();
      // An application that gets an error sends the same events again.
      for (;;) {
        try {
          await producer.send({ topic, messages, ...this.clients.sendOptions() });
          break;
        } catch (error) {
          acknowledgements.failed((error as Error).message);
          if (this.stopping) return;
          void producer.disconnect().catch(() => undefined);
          // An error may come at once, and again.
          await pause(errorPauseMs);
          producer = await this.connected();
        }
      }
      const now = Date.now();
      this.latencies.push(now - begun);
      for (const number of numbers) acknowledgements.add(number, partition, now);
      next += numbers.length;
    }
    await within(2000, producer.disconnect());
  }

  /** A connected producer of its own; tries until there is one. */
  private async connected(): Promise<Producer> {
    for (;;) {
      const producer = this.clients
        .producing()
        .producer({ ...this.clients.producerConfig(), createPartitioner: Partitioners.DefaultPartitioner });
      try {
        await producer.connect();
        return producer;
      } catch (error) {
        if (this.stopping) return producer;
        this.acknowledgements.failed((error as Error).message);
        void producer.disconnect().catch(() => undefined);
        await pause(500);
      }
    }
  }
}
