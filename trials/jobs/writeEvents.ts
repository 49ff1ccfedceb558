import type { Message } from "kafkajs";
import { eventMessage, generateEvents } from "../events";
import type { SmokeClient } from "./smokeClient";

/** The number of events of a batch. */
export const eventsPerBatch = 1000;
/**
 * The number of producers side by side, each with its own share of the users, so that each user's events stay in order.
 */
const producers = 4;

/** The events that were written. */
export interface Written {
  /** The times in ms from send to acknowledgement, one a batch. */
  readonly latencies: readonly number[];
  /** Bytes of keys and values. */
  readonly bytes: number;
  readonly seconds: number;
}

/** Writes the numbered events in batches and times every acknowledgement. */
export async function writeEvents(client: SmokeClient): Promise<Written> {
  const { clientProperties, topic, count } = client.parameters;
  // Made before the clock starts: the cluster is measured, not the generator.
  const shares = Array.from({ length: producers }, (): Message[] => []);
  let bytes = 0;
  for (const event of generateEvents(client.parameters)) {
    const message = eventMessage(event);
    bytes += Buffer.byteLength(message.key) + Buffer.byteLength(message.value);
    shares[Number(message.key.replace(/\D/g, "")) % producers]?.push(message);
  }
  const latencies: number[] = [];
  let written = 0;
  const running = shares.map((messages) => ({ producer: client.producer(), messages }));
  const ticker = setInterval(() => console.log(`written ${written} of ${count}`), 4000);
  try {
    await Promise.all(running.map(({ producer }) => producer.connect()));
    const started = performance.now();
    await Promise.all(
      running.map(async ({ producer, messages }) => {
        for (let first = 0; first < messages.length; first += eventsPerBatch) {
          const batch = messages.slice(first, first + eventsPerBatch);
          const sent = performance.now();
          await producer.send({ topic, messages: batch, ...clientProperties.kafkajs.send });
          latencies.push(Math.round(performance.now() - sent));
          written += batch.length;
        }
      }),
    );
    return { latencies, bytes, seconds: (performance.now() - started) / 1000 };
  } finally {
    clearInterval(ticker);
    await Promise.all(running.map(({ producer }) => producer.disconnect()));
  }
}
