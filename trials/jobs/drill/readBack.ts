import { setTimeout as pause } from "node:timers/promises";
import type { ClientName } from "../../drills/loadReport";
import type { Acknowledgements } from "./acknowledgements";
import type { Clients } from "./clients";
import { parseEvent } from "./events";

/** The number of times that each number of a client is in the topic. */
export class Copies {
  private counts = new Uint8Array(1 << 16);

  add(number: number): void {
    if (number >= this.counts.length) {
      const larger = new Uint8Array(Math.max(number + 1, 2 * this.counts.length));
      larger.set(this.counts);
      this.counts = larger;
    }
    this.counts[number] = Math.min(255, this.of(number) + 1);
  }

  of(number: number): number {
    return this.counts[number] ?? 0;
  }

  get duplicates(): number {
    return this.counts.reduce((sum, count) => sum + Math.max(0, count - 1), 0);
  }

  /** The acknowledged numbers that are not in the topic. */
  lost(acknowledgements: Pick<Acknowledgements, "numbers" | "at">): number[] {
    const lost: number[] = [];
    for (let number = 0; number < acknowledgements.numbers; number++) {
      if (acknowledgements.at(number) > 0 && this.of(number) === 0) lost.push(number);
    }
    return lost;
  }
}

/** The content of a topic, by client. */
export type Content = Readonly<Record<ClientName, Copies>>;

/**
 * Reads the whole topic from its beginning by a new consumer group. Throws when it does not come to the end in time.
 */
export async function readBack(clients: Clients, topic: string, groupId: string, limitMs: number): Promise<Content> {
  const content: Content = { kafkajs: new Copies(), java: new Copies() };
  const deadline = Date.now() + limitMs;
  const kafka = clients.managing();
  const admin = kafka.admin();
  await admin.connect();
  const ends = new Map((await admin.fetchTopicOffsets(topic)).map(({ partition, high }) => [partition, Number(high)]));
  await admin.disconnect();
  const next = new Map([...ends.keys()].map((partition) => [partition, 0]));
  const missing = () => [...ends].filter(([partition, end]) => (next.get(partition) ?? 0) < end);
  const consumer = kafka.consumer({ groupId, maxWaitTimeInMs: 500 });
  try {
    await consumer.connect();
    await consumer.subscribe({ topic, fromBeginning: true });
    await consumer.run({
      autoCommit: false,
      partitionsConsumedConcurrently: 3,
      eachBatch: ({ batch }) => {
        for (const { offset, value } of batch.messages) {
          // A group that is formed anew starts again.
          if (Number(offset) < (next.get(batch.partition) ?? 0)) continue;
          next.set(batch.partition, Number(offset) + 1);
          const event = parseEvent(value?.toString("latin1", 0, 20) ?? "");
          if (event !== undefined) content[event.client].add(event.number);
        }
        return Promise.resolve();
      },
    });
    while (missing().length > 0) {
      if (Date.now() > deadline) {
        const what = missing().map(([partition, end]) => `partition ${partition} at ${next.get(partition)} of ${end}`);
        throw new Error(`the topic could not be read back within ${limitMs / 1000} s: ${what.join(", ")}`);
      }
      await pause(100);
    }
    return content;
  } finally {
    await consumer.disconnect().catch(() => undefined);
  }
}
