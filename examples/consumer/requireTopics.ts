import type { Kafka } from "kafkajs";

/**
 * Throws when one of these topics does not exist, and names it. kafkajs' `send` to such a topic tries for two minutes,
 * and its error names none.
 */
export async function requireTopics(kafka: Kafka, topics: readonly string[]): Promise<void> {
  const admin = kafka.admin();
  await admin.connect();
  try {
    const there = await admin.listTopics();
    const missing = topics.filter((topic) => !there.includes(topic));
    if (missing.length === 0) return;
    // Kafka's own begin so.
    const own = there.filter((topic) => !topic.startsWith("__")).sort();
    throw new Error(`no topic ${missing.join(", ")} in the cluster, which has: ${own.join(", ") || "none"}`);
  } finally {
    await admin.disconnect();
  }
}
