import { randomFillSync } from "node:crypto";
import { setTimeout as pause } from "node:timers/promises";
import type { Clients } from "../drill/clients";

/**
 * Bytes of an event, which no codec makes smaller, and events of a batch: nearly the largest batch that our producers
 * write, which is all that one answer holds.
 */
const eventBytes = 1000;
const eventsOfBatch = 515;
/** Batches a second in all, 20 MB/s: the cluster has a load beside. */
const batchesPerSecond = 40;

/** The events of each partition, when a topic of so many partitions holds so many MB. */
export const eventsOfPartition = (megabytes: number, partitions: number): number =>
  Math.ceil((megabytes * 1e6) / (eventBytes * eventsOfBatch * partitions)) * eventsOfBatch;

/** Writes that many events to each partition, with the producer's settings of the outputs. */
export async function fillBacklog(clients: Clients, topic: string, partitions: number, events: number): Promise<void> {
  const paceMs = (1000 * partitions) / batchesPerSecond;
  // As kafkajs wants it: one partition for each producer, and one send at a time.
  const fill = async (partition: number): Promise<void> => {
    const producer = clients.producing().producer(clients.producerConfig());
    await producer.connect();
    try {
      for (let written = 0; written < events; written += eventsOfBatch) {
        const value = () => randomFillSync(Buffer.allocUnsafe(eventBytes));
        const messages = Array.from({ length: eventsOfBatch }, () => ({ partition, value: value() }));
        const due = pause(paceMs);
        await producer.send({ topic, messages, ...clients.sendOptions() });
        await due;
      }
    } finally {
      await producer.disconnect();
    }
  };
  await Promise.all(Array.from({ length: partitions }, (_, partition) => fill(partition)));
}
