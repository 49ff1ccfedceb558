import type { RecordMetadata } from "kafkajs";
import { generateEvents } from "../events";
import { readWith, writeWith, type SecondClient } from "./secondClient";
import type { SmokeClient } from "./smokeClient";
import type { SmokeParameters } from "./smokeReport";

/** The number of events that each of the two clients writes for the other one to read. */
export const exchanged = 50;

/** The position in the topic at which the exchanged events begin. */
export interface Position {
  readonly partition: number;
  readonly offset: string;
}

/** The run id of the exchanged events, which have a numbering of their own. */
export const exchangeRun = ({ runId }: SmokeParameters) => `${runId}-exchange`;

/** kafkajs and the other client write under one key, which both must map to one partition. */
export async function writeExchanged(client: SmokeClient, second: SecondClient): Promise<Position> {
  const { clientProperties, topic, seed, startTime } = client.parameters;
  const runId = exchangeRun(client.parameters);
  const values = [...generateEvents({ runId, count: 2 * exchanged, seed, startTime })].map((event) =>
    JSON.stringify(event),
  );
  const producer = client.producer();
  await producer.connect();
  let metadata: RecordMetadata[];
  try {
    const messages = values.slice(0, exchanged).map((value) => ({ key: runId, value }));
    metadata = await producer.send({ topic, messages, ...clientProperties.kafkajs.send });
  } finally {
    await producer.disconnect();
  }
  const [record] = metadata;
  if (record?.baseOffset === undefined) throw new Error("the broker acknowledged without an offset");
  console.log(`${second.name} writes ${exchanged} events`);
  await writeWith(
    second,
    values.slice(exchanged).map((value) => `${runId}\t${value}`),
    client.remainingMs(60_000),
  );
  return { partition: record.partition, offset: record.baseOffset };
}

/** The number of both clients' events that the second client reads. */
export async function readExchanged(client: SmokeClient, second: SecondClient, from: Position): Promise<number> {
  const runId = exchangeRun(client.parameters);
  const seen = new Set<number>();
  console.log(`${second.name} reads ${2 * exchanged} events from partition ${from.partition}`);
  const { output } = await readWith(
    second,
    from,
    (text) => {
      if (text.includes(runId)) seen.add((JSON.parse(text) as { number: number }).number);
      return seen.size === 2 * exchanged ? "enough" : "more";
    },
    client.remainingMs(60_000),
  );
  if (seen.size < 2 * exchanged) console.log(`${second.name} read only ${seen.size}: ${output}`);
  return seen.size;
}
