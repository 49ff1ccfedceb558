import { Kafka, logLevel, type KafkaConfig } from "kafkajs";
import { requireTopics } from "../../consumer/requireTopics";
import { silenceLimited } from "../../consumer/silenceLimited";

/**
 * A client for one topic. Throws when no broker can be reached, and when the topic does not exist.
 * @param silenceMs after which a broker that owes an answer is left
 */
export async function clientFor(topic: string, silenceMs: number, config: KafkaConfig): Promise<Kafka> {
  const kafka = new Kafka({ logLevel: logLevel.NOTHING, ...config, socketFactory: silenceLimited(silenceMs) });
  await requireTopics(kafka, [topic]);
  return kafka;
}
