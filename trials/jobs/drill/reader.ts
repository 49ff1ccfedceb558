/** One member of the consumer group, in a thread of its own. */
import { setTimeout as pause } from "node:timers/promises";
import { parentPort } from "node:worker_threads";
import type { Consumer } from "kafkajs";
import type { ClientName } from "../../drills/loadReport";
import { Clients } from "./clients";
import { parseEvent } from "./events";
import type { DrillParameters } from "./parameters";

/** The task of a reader. */
export interface ReaderTask {
  readonly parameters: DrillParameters;
  readonly groupId: string;
}

/** A message of a reader: a batch that it has read, what it has committed, or only that it is alive. */
export type ReaderMessage = "alive" | ReadBatch | Committed;

/** Offsets that a reader has committed, and the cluster has acknowledged. */
export interface Committed {
  readonly committed: readonly { readonly partition: number; readonly offset: number }[];
}

/** A batch that a reader has read. */
export interface ReadBatch {
  readonly partition: number;
  readonly at: number;
  readonly numbers: Readonly<Record<ClientName, readonly number[]>>;
}

const aliveEveryMs = 1000;

/**
 * Reads until the thread is ended; a crash that kafkajs does not mend itself makes a new consumer, as a supervisor
 * would.
 */
export async function readAlways({ parameters, groupId }: ReaderTask): Promise<never> {
  const clients = new Clients(parameters);
  setInterval(() => tell("alive"), aliveEveryMs);
  for (;;) {
    const consumer = clients.consuming().consumer(clients.consumerConfig(groupId));
    try {
      await new Promise<void>((_, reject) => {
        consumer.on(consumer.events.CRASH, ({ payload: { error, restart } }) => {
          if (!restart) reject(error);
        });
        consumer.on(consumer.events.COMMIT_OFFSETS, ({ payload: { topics } }) => {
          tell(committedOf(topics));
        });
        read(consumer, parameters.topic).catch(reject);
      });
    } catch (error) {
      console.log(`a consumer ended: ${(error as Error).message}`);
    }
    void consumer.disconnect().catch(() => undefined);
    await pause(500);
  }
}

/** What has been committed; kafkajs 2.2.4 gives the partition's number as text, against its own type. */
export function committedOf(
  topics: readonly { readonly partitions: readonly { readonly partition: number; readonly offset: string }[] }[],
): Committed {
  const committed = topics.flatMap(({ partitions }) =>
    partitions.map(({ partition, offset }) => ({ partition: Number(partition), offset: Number(offset) })),
  );
  return { committed };
}

const tell = (message: ReaderMessage) => parentPort?.postMessage(message);

async function read(consumer: Consumer, topic: string): Promise<void> {
  await consumer.connect();
  await consumer.subscribe({ topic, fromBeginning: true });
  await consumer.run({
    partitionsConsumedConcurrently: 3,
    // Otherwise kafkajs commits after every batch, and its partitions wait for each other's commits.
    autoCommit: false,
    autoCommitInterval: 1000,
    eachBatch: async (payload) => {
      const numbers: Record<ClientName, number[]> = { kafkajs: [], java: [] };
      for (const { value } of payload.batch.messages) {
        const event = parseEvent(value?.toString("latin1", 0, 20) ?? "");
        if (event !== undefined) numbers[event.client].push(event.number);
      }
      tell({ partition: payload.batch.partition, at: Date.now(), numbers });
      await payload.commitOffsetsIfNecessary();
    },
  });
}
