/** The producer's edge to Kafka: all that the collector knows of kafkajs is here. */
import { KafkaJSError, type RetryOptions } from "kafkajs";
import { silenceMs } from "../../consumer/silenceLimited";
import type { EventMessage } from "../events/message";
import { rememberedPartitions, sendAll } from "./acknowledged";
import { clientFor } from "./client";
import type { StackOutputs } from "./outputs";

/** A connection that writes events. After an error it is of no use any more: close it and connect anew. */
export interface EventProducer {
  /** Resolves when every in-sync copy has all of them. */
  send(messages: readonly EventMessage[]): Promise<void>;
  close(): Promise<void>;
}

/**
 * Connects to the cluster. Throws when no broker can be reached ({@link isOutage}), and when the topic does not exist.
 * @param tryMs how long connecting and each `send` try again
 */
export async function connectProducer(outputs: StackOutputs, topic: string, tryMs: number): Promise<EventProducer> {
  const { client, producer: settings, send } = outputs.clientProperties.kafkajs;
  const retry = shortened(settings.retry, tryMs);
  const kafka = await clientFor(topic, silenceMs.producer, { clientId: "collector", ...client, retry });
  const { createPartitioner, partitionOf } = rememberedPartitions();
  const producer = kafka.producer({ ...settings, retry, createPartitioner });
  await producer.connect();
  return {
    send: (messages) => sendAll(messages, (some) => producer.send({ topic, messages: some, ...send }), partitionOf),
    close: () => producer.disconnect(),
  };
}

/** Whether an error is of Kafka or of the way to it, and may pass by itself. */
export function isOutage(error: unknown): boolean {
  return error instanceof KafkaJSError;
}

/** As many tries as fit into the time when each fails at once. */
function shortened(retry: RetryOptions | undefined, tryMs: number): RetryOptions {
  return { ...retry, retries: Math.ceil(tryMs / (retry?.maxRetryTime ?? 1000)) };
}
