import { setTimeout as pause } from "node:timers/promises";
import { Kafka, logLevel } from "kafkajs";
import { KafkaAdmin } from "../../../ops/kafka/admin";
import { brokerAddress } from "../../../ops/kafka/metadata";
import { until } from "../drill/within";
import type { ClientFaultParameters, OldEventsResult, OldKind } from "./parameters";

const dayMs = 24 * 3_600_000;
const times: Readonly<Record<OldKind, number>> = { "nine days old": -9 * dayMs, "a year ahead": 365 * dayMs };
const eventsOfAKind = 100;
/** The time in ms in which Kafka has looked for what is too old, and deleted it: its interval and its delay, twice. */
const deletedMs = 150_000;

/**
 * Writes events with times of their own into a topic of a week, and into one of half a minute; both have no setting
 * that says what counts, as those that somebody makes. Gives what is left of them, once Kafka has deleted what it
 * deletes.
 */
export async function oldEvents(
  { brokers, clientProperties, topic, replicas }: Extract<ClientFaultParameters, { readonly kind: "old-events" }>,
  begun: () => void,
): Promise<OldEventsResult> {
  const admin = new KafkaAdmin(brokers.map(brokerAddress));
  const { client, producer: settings, send } = clientProperties.kafkajs;
  const kafka = new Kafka({ ...client, brokers: [...client.brokers], logLevel: logLevel.ERROR });
  const topics = { week: `${topic}-week`, short: `${topic}-short` };
  const replicaAssignment = [replicas];
  await admin.createTopics([
    { name: topics.week, replicaAssignment, config: { "retention.ms": String(7 * dayMs) } },
    { name: topics.short, replicaAssignment, config: { "retention.ms": "30000", "segment.ms": "10000" } },
  ]);
  const asking = kafka.admin();
  await asking.connect();
  const producer = kafka.producer(settings);
  await producer.connect();
  try {
    const write = async (name: string): Promise<Record<OldKind, number>> => {
      const written = { "nine days old": 0, "a year ahead": 0 };
      for (const [kind, offset] of Object.entries(times) as [OldKind, number][]) {
        const messages = Array.from({ length: eventsOfAKind }, (_, number) => ({
          value: `${kind} ${number}`,
          timestamp: String(Date.now() + offset),
        }));
        await producer.send({ topic: name, messages, ...send });
        written[kind] = messages.length;
      }
      return written;
    };
    const left = async (name: string) => {
      const [partition] = await asking.fetchTopicOffsets(name);
      return Number(partition?.high) - Number(partition?.low);
    };
    const written = await write(topics.week);
    await write(topics.short);
    begun();
    await pause(deletedMs);
    const kept = await left(topics.week);
    // The last segment goes when it is closed, which a write after `segment.ms` does not wait for.
    await until(deletedMs, async () => ((await left(topics.short)) === 0 ? "" : "events past their time")).catch(
      () => undefined,
    );
    return { written, kept, leftAfterRetention: await left(topics.short) };
  } finally {
    await producer.disconnect();
    await asking.deleteTopics({ topics: Object.values(topics), timeout: 10_000 }).catch(() => undefined);
    await asking.disconnect();
  }
}
