/** Counts the events of `user-activity` by type. Start as many as there is work for: they share the partitions. */
import { Kafka, logLevel } from "kafkajs";
import { readStackOutputs } from "./outputs";
import { requireTopics } from "./requireTopics";
import { silenceLimited, silenceMs } from "./silenceLimited";
import { zoneOfThisMachine } from "./zone";

const topic = process.env.TOPIC ?? "user-activity";
const groupId = process.env.GROUP ?? "event-counter";
/** Seconds between two reports. */
const reportEvery = 5;

async function main(): Promise<void> {
  const { clientProperties } = readStackOutputs();
  const { consumerClient, consumer: settings } = clientProperties.kafkajs;
  const socketFactory = silenceLimited(silenceMs.consumer);
  const kafka = new Kafka({ clientId: "event-counter", logLevel: logLevel.ERROR, ...consumerClient, socketFactory });
  // The copy in the same zone is read where there is one, which costs no traffic between zones.
  const rackId = await zoneOfThisMachine();
  const consumer = kafka.consumer({ groupId, ...settings, rackId });

  const counts = new Map<string, number>();
  let total = 0;
  const report = () => {
    const byType = [...counts].sort().map(([type, count]) => `${type} ${count}`);
    console.log(`${new Date().toISOString()} ${total} events: ${byType.join(", ") || "none yet"}`);
  };

  // Leaving the group in good order hands its partitions to the others at once, instead of after the session timeout.
  let leaving = false;
  const leave = (signal: string) => {
    if (leaving) return;
    leaving = true;
    console.log(`${signal}: finishing the batch, committing and leaving the group`);
    consumer.disconnect().then(
      () => {
        report();
        process.exit(0);
      },
      (error: Error) => {
        console.error(`could not leave in good order: ${error.message}`);
        process.exit(1);
      },
    );
  };
  process.on("SIGINT", () => leave("SIGINT"));
  process.on("SIGTERM", () => leave("SIGTERM"));
  // kafkajs restarts by itself after whatever can pass; anything else should end the process, and its supervisor start
  // it anew.
  consumer.on(consumer.events.CRASH, ({ payload: { error, restart } }) => {
    if (restart) return;
    console.error(`consumer failed: ${error.message}`);
    process.exit(1);
  });

  await requireTopics(kafka, [topic]);
  await consumer.connect();
  // From the beginning also because a kafkajs consumer that reads a copy which has lost its end begins anew there.
  await consumer.subscribe({ topic, fromBeginning: true });
  await consumer.run({
    partitionsConsumedConcurrently: 3,
    // Offsets are committed after this has returned: an event is counted at least once, so make the real work
    // repeatable.
    eachMessage: ({ message }) => {
      const type = eventType(message.value);
      counts.set(type, (counts.get(type) ?? 0) + 1);
      total++;
      return Promise.resolve();
    },
  });
  setInterval(report, reportEvery * 1000);
}

/** One event that can't be read must not stop all that come after it. */
function eventType(value: Buffer | null): string {
  try {
    return (JSON.parse(value?.toString() ?? "") as { type?: string }).type ?? "unknown";
  } catch {
    return "unreadable";
  }
}

main().catch((error: Error) => {
  console.error(error.message);
  process.exit(1);
});
