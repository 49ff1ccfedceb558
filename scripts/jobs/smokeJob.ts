/** The smoke test's job on the client host; bundled into one file. Reads PARAMETERS_FILE, writes RESULT_FILE. */
import { readFileSync, writeFileSync } from "node:fs";
import { Kafka, Partitioners, logLevel, type LogEntry, type Message, type RecordMetadata } from "kafkajs";
import { eventMessage, generateEvents } from "../events";
import { findSecondClient, readWith, writeWith, type SecondClient } from "./secondClient";
import type { SmokeParameters, SmokeReport } from "./smokeReport";
import { percentiles, Tally } from "./statistics";

const eventsPerBatch = 1000;
/** Producers side by side, each with its own share of the users, so that each user's events stay in order. */
const producers = 4;
/** Events that each of the two clients writes for the other one to read. */
const exchanged = 50;

const file = (name: string) => {
  const path = process.env[name];
  if (path === undefined) throw new Error(`the environment variable ${name} is missing`);
  return path;
};

interface Position {
  readonly partition: number;
  readonly offset: string;
}

interface Read {
  readonly tally: Tally;
  /** Bitmap of the exchanged events' numbers that were read. */
  readonly exchangedNumbers: ReadonlySet<number>;
  readonly seconds: number;
}

class SmokeJob {
  private readonly kafka: Kafka;
  private readonly deadline: number;
  private readonly group: string;
  /** What is being done, for the message when time is up. */
  step = "reading the topic's offsets";

  constructor(private readonly parameters: SmokeParameters) {
    const { clientProperties, runId, deadlineSeconds } = parameters;
    this.group = `smoke-${runId}`;
    this.deadline = Date.now() + deadlineSeconds * 1000;
    this.kafka = new Kafka({
      clientId: "kafka-on-ec2-smoke",
      ...clientProperties.kafkajs.client,
      brokers: [...clientProperties.kafkajs.client.brokers],
      logLevel: logLevel.ERROR,
      logCreator: () => briefLog(),
    });
  }

  async run(): Promise<SmokeReport> {
    const { topic, runId } = this.parameters;
    const start = await this.endOfTopic();
    this.step = "writing";
    console.log(`topic ${topic} has ${start.length} partitions; writing ${this.parameters.count} events`);
    const { latencies, bytes, seconds } = await this.write();
    console.log(`written in ${seconds.toFixed(1)} s`);

    this.step = "writing by a second client";
    const second = findSecondClient(this.parameters);
    const from = typeof second === "string" ? undefined : await this.writeExchanged(second);
    const {
      tally,
      exchangedNumbers,
      seconds: readSeconds,
    } = await this.readBack(start, from === undefined ? 0 : 2 * exchanged);
    this.step = "reading by a second client";
    console.log(`read ${tally.distinct} of ${tally.expected} events in ${readSeconds.toFixed(1)} s`);

    return {
      runId,
      topic,
      written: { events: this.parameters.count, bytes, seconds },
      ackLatencyMs: percentiles(latencies),
      eventsPerBatch,
      read: { events: tally.distinct, seconds: readSeconds },
      missing: tally.expected - tally.distinct,
      missingExamples: tally.missingExamples(),
      duplicates: tally.duplicates,
      outOfOrder: tally.outOfOrder,
      ...(typeof second === "string" || from === undefined
        ? { secondClientNote: typeof second === "string" ? second : undefined }
        : {
            secondClient: {
              client: second.name,
              written: exchanged,
              expected: 2 * exchanged,
              read: await this.readExchanged(second, from),
              readByKafkajs: [...exchangedNumbers].filter((number) => number >= exchanged).length,
            },
          }),
    };
  }

  /** Where the topic ends now: what others wrote before is not read, in production it may be terabytes. */
  private async endOfTopic(): Promise<Position[]> {
    const admin = this.kafka.admin();
    await admin.connect();
    try {
      const offsets = await admin.fetchTopicOffsets(this.parameters.topic);
      return offsets.map(({ partition, high }) => ({ partition, offset: high }));
    } finally {
      await admin.disconnect();
    }
  }

  private producer() {
    const { kafkajs } = this.parameters.clientProperties;
    return this.kafka.producer({ ...kafkajs.producer, createPartitioner: Partitioners.DefaultPartitioner });
  }

  /** Writes the numbered events in batches and times every acknowledgement. */
  private async write(): Promise<{ latencies: number[]; bytes: number; seconds: number }> {
    const { clientProperties, topic, count } = this.parameters;
    // Made before the clock starts: the cluster is measured, not the generator.
    const shares = Array.from({ length: producers }, (): Message[] => []);
    let bytes = 0;
    for (const event of generateEvents(this.parameters)) {
      const message = eventMessage(event);
      bytes += Buffer.byteLength(message.key) + Buffer.byteLength(message.value);
      shares[Number(message.key.replace(/\D/g, "")) % producers]?.push(message);
    }
    const latencies: number[] = [];
    let written = 0;
    const clients = shares.map(() => this.producer());
    const ticker = setInterval(() => console.log(`written ${written} of ${count}`), 4000);
    try {
      await Promise.all(clients.map((client) => client.connect()));
      const started = performance.now();
      await Promise.all(
        clients.map(async (client, index) => {
          const share = shares[index] ?? [];
          for (let first = 0; first < share.length; first += eventsPerBatch) {
            const messages = share.slice(first, first + eventsPerBatch);
            const sent = performance.now();
            await client.send({ topic, messages, ...clientProperties.kafkajs.send });
            latencies.push(Math.round(performance.now() - sent));
            written += messages.length;
          }
        }),
      );
      return { latencies, bytes, seconds: (performance.now() - started) / 1000 };
    } finally {
      clearInterval(ticker);
      await Promise.all(clients.map((client) => client.disconnect()));
    }
  }

  /** kafkajs and the other client write under one key, which both must map to one partition. Gives where these events begin. */
  private async writeExchanged(second: SecondClient): Promise<Position> {
    const { clientProperties, topic, runId } = this.parameters;
    const key = `exchange-${runId}`;
    const value = (number: number) => JSON.stringify({ type: "exchange", runId, number });
    const numbers = [...Array(exchanged).keys()];
    const producer = this.producer();
    await producer.connect();
    let metadata: RecordMetadata[];
    try {
      metadata = await producer.send({
        topic,
        messages: numbers.map((number) => ({ key, value: value(number) })),
        ...clientProperties.kafkajs.send,
      });
    } finally {
      await producer.disconnect();
    }
    const [record] = metadata;
    if (record?.baseOffset === undefined) throw new Error("the broker acknowledged without an offset");
    console.log(`${second.name} writes ${exchanged} events`);
    await writeWith(
      second,
      numbers.map((number) => `${key}\t${value(exchanged + number)}`),
      this.remainingMs(60_000),
    );
    return { partition: record.partition, offset: record.baseOffset };
  }

  private async readExchanged(second: SecondClient, from: Position): Promise<number> {
    const seen = new Set<number>();
    console.log(`${second.name} reads ${2 * exchanged} events from partition ${from.partition}`);
    const { output } = await readWith(
      second,
      from,
      (text) => {
        const number = this.exchangedNumber(text);
        if (number !== undefined) seen.add(number);
        return seen.size === 2 * exchanged ? "enough" : "more";
      },
      this.remainingMs(60_000),
    );
    if (seen.size < 2 * exchanged) console.log(`${second.name} read only ${seen.size}: ${output}`);
    return seen.size;
  }

  private exchangedNumber(text: string): number | undefined {
    if (!text.includes(this.parameters.runId)) return undefined;
    const event = JSON.parse(text) as { type: string; number: number };
    return event.type === "exchange" ? event.number : undefined;
  }

  /** Reads from the noted positions by a consumer group of its own until every event is there, or nothing more comes. */
  private async readBack(start: readonly Position[], exchangedCount: number): Promise<Read> {
    const { clientProperties, topic, count, runId } = this.parameters;
    const tally = new Tally(count);
    const exchangedNumbers = new Set<number>();
    const consumer = this.kafka.consumer({ groupId: this.group, ...clientProperties.kafkajs.consumer });
    let finish: () => void = () => undefined;
    let fail: (error: Error) => void = () => undefined;
    const done = new Promise<void>((resolve, reject) => {
      finish = resolve;
      fail = reject;
    });
    const alarm = setTimeout(finish, this.remainingMs(120_000));
    consumer.on(consumer.events.CRASH, ({ payload: { error, restart } }) => {
      if (!restart) fail(error);
    });
    await consumer.connect();
    try {
      await consumer.subscribe({ topic, fromBeginning: true });
      let started = 0;
      let last = 0;
      await consumer.run({
        partitionsConsumedConcurrently: 3,
        eachBatch: ({ batch }) => {
          started ||= performance.now();
          for (const { key, value } of batch.messages) {
            const text = value?.toString() ?? "";
            // Cheaper than parsing, and the topic may be full of other people's events.
            if (!text.includes(runId)) continue;
            const event = JSON.parse(text) as { type: string; number: number };
            if (event.type === "exchange") exchangedNumbers.add(event.number);
            else tally.add(event.number, key?.toString() ?? "");
          }
          last = performance.now();
          if (tally.complete && exchangedNumbers.size >= exchangedCount) finish();
          return Promise.resolve();
        },
      });
      for (const { partition, offset } of start) consumer.seek({ topic, partition, offset });
      await done;
      return { tally, exchangedNumbers, seconds: Math.max(0.001, (last - started) / 1000) };
    } finally {
      clearTimeout(alarm);
      await consumer.disconnect();
      await this.deleteGroup();
    }
  }

  /** Leaves nothing behind; a group that can't be deleted expires by itself. */
  private async deleteGroup(): Promise<void> {
    const admin = this.kafka.admin();
    try {
      await admin.connect();
      await admin.deleteGroups([this.group]);
    } catch (error) {
      console.log(`consumer group ${this.group} stays: ${(error as Error).message}`);
    } finally {
      await admin.disconnect();
    }
  }

  private remainingMs(limit: number): number {
    return Math.max(1000, Math.min(limit, this.deadline - Date.now()));
  }
}

/** kafkajs' errors, one short line each; it retries the same thing many times, so a repeated line is left out. */
function briefLog(): (entry: LogEntry) => void {
  let last = "";
  return ({ namespace, log }) => {
    const details = [log.error, log.broker].filter((part) => typeof part === "string").join(", ");
    const line = `kafkajs ${namespace}: ${log.message}${details === "" ? "" : ` (${details})`}`;
    if (line !== last) console.log(line);
    last = line;
  };
}

async function main(): Promise<void> {
  const parameters = JSON.parse(readFileSync(file("PARAMETERS_FILE"), "utf8")) as SmokeParameters;
  const result = file("RESULT_FILE");
  const job = new SmokeJob(parameters);
  // The client settings retry without end, as they should; so the end is here.
  const alarm = setTimeout(() => {
    console.error(`smoke test: not done within ${parameters.deadlineSeconds} s: it hung while ${job.step}`);
    process.exit(1);
  }, parameters.deadlineSeconds * 1000);
  writeFileSync(result, JSON.stringify(await job.run()));
  clearTimeout(alarm);
}

main().then(
  () => process.exit(0),
  (error: Error) => {
    console.error(`smoke test: ${error.message}`);
    process.exit(1);
  },
);
