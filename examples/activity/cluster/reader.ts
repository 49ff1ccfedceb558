/** Reads what a topic has, beside all groups: for the reconciliation. */
import { randomUUID } from "node:crypto";
import type { KafkaMessage } from "kafkajs";
import { silenceMs } from "../../consumer/silenceLimited";
import { clientFor } from "./client";
import type { StackOutputs } from "./outputs";

/**
 * Reads a topic from the first message of this time to the end that it has now, the oldest first in each partition.
 * Throws when that takes longer than the deadline.
 */
export async function readSince(
  outputs: StackOutputs,
  topic: string,
  { fromMs, deadlineMs }: { readonly fromMs: number; readonly deadlineMs: number },
  onMessage: (partition: number, message: KafkaMessage) => void,
): Promise<void> {
  const { consumerClient, consumer: settings } = outputs.clientProperties.kafkajs;
  const groupId = `reconcile-${randomUUID()}`;
  const kafka = await clientFor(topic, silenceMs.consumer, { clientId: "reconcile", ...consumerClient });
  const admin = kafka.admin();
  await admin.connect();
  const consumer = kafka.consumer({ ...settings, groupId });
  try {
    const starts = new Map(
      (await admin.fetchTopicOffsetsByTimestamp(topic, fromMs)).map(({ partition, offset }) => [partition, offset]),
    );
    const left = new Map<number, number>();
    for (const { partition, high } of await admin.fetchTopicOffsets(topic)) {
      if (Number(starts.get(partition)) < Number(high)) left.set(partition, Number(high));
    }
    if (left.size === 0) return;
    await consumer.connect();
    await consumer.subscribe({ topic, fromBeginning: true });
    await new Promise<void>((resolve, reject) => {
      setTimeout(() => reject(new Error(`not read within ${deadlineMs / 1000} s: ${topic}`)), deadlineMs).unref();
      consumer.on(consumer.events.CRASH, ({ payload }) => reject(payload.error));
      consumer.on(consumer.events.GROUP_JOIN, () => {
        for (const [partition, offset] of starts) consumer.seek({ topic, partition, offset });
      });
      const eachBatch = ({ batch }: { readonly batch: { partition: number; messages: KafkaMessage[] } }) => {
        const end = left.get(batch.partition);
        if (end === undefined) return Promise.resolve();
        for (const message of batch.messages) {
          if (Number(message.offset) < end) onMessage(batch.partition, message);
        }
        if (Number(batch.messages.at(-1)?.offset) >= end - 1) left.delete(batch.partition);
        if (left.size === 0) resolve();
        return Promise.resolve();
      };
      consumer.run({ autoCommit: false, eachBatch }).catch(reject);
    });
  } finally {
    await consumer.disconnect();
    await admin.deleteGroups([groupId]).catch(() => undefined);
    await admin.disconnect();
  }
}
