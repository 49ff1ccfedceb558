import type { Clients } from "../drill/clients";
import type { ClientProperties } from "../../../planning/cluster/clientProperties";
import type { ConsumerLine, Stretch } from "./catchUp";

/** The time in ms between two lines about what was read. */
const sayEveryMs = 200;

/**
 * Reads a topic as an application would, and prints what Kafka's VerifiableConsumer prints, until the process is told
 * to end.
 */
export async function readAndSay(
  clients: Clients,
  { kafkajs }: ClientProperties,
  topic: string,
  groupId: string,
): Promise<never> {
  const say = (line: ConsumerLine) => console.log(JSON.stringify(line));
  const consumer = clients.consuming().consumer({ groupId, ...kafkajs.consumer });
  consumer.on(consumer.events.GROUP_JOIN, () => say({ name: "partitions_assigned" }));
  consumer.on(consumer.events.CRASH, ({ payload: { error } }) => say({ name: "crash", message: error.message }));
  let stretches: Stretch[] = [];
  setInterval(() => {
    if (stretches.length > 0) say({ name: "records_consumed", partitions: stretches });
    stretches = [];
  }, sayEveryMs);
  await consumer.connect();
  await consumer.subscribe({ topic, fromBeginning: true });
  await consumer.run({
    partitionsConsumedConcurrently: 3,
    eachMessage: ({ partition, message }) => {
      stretches = withEvent(stretches, partition, Number(message.offset));
      return Promise.resolve();
    },
  });
  await new Promise((resolve) => process.once("SIGTERM", resolve));
  await consumer.disconnect();
  process.exit(0);
}

/** The stretches with one more event: it continues the last one of its partition, or begins another. */
function withEvent(stretches: readonly Stretch[], partition: number, offset: number): Stretch[] {
  const last = stretches.findLastIndex((one) => one.partition === partition);
  const before = stretches[last];
  return before?.maxOffset === offset - 1
    ? stretches.with(last, { ...before, count: before.count + 1, maxOffset: offset })
    : [...stretches, { partition, count: 1, minOffset: offset, maxOffset: offset }];
}
