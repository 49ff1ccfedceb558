/**
 * Measures how fast the store brings events from Kafka to PostgreSQL, and what processor time each part takes. All of
 * it runs on this machine. Usage: npx tsx test/services/storeRate.ts [--events N] [--partitions N] [--processes N]
 * [--rounds N] [--with-sink] [--outage]: `--with-sink` takes Debezium's JDBC sink too, for `--sink-events`; with
 * `--outage` PostgreSQL is away while all events come, and the stores, which have waited for it, catch up.
 */
import { setTimeout as delay } from "node:timers/promises";
import { parseArgs } from "node:util";
import { Kafka, logLevel } from "kafkajs";
import { Client } from "pg";

import { eventTopic as topic } from "../../examples/activity/events/message";
import { withConnection } from "../../examples/activity/store/database";
import { startStore } from "./activityProcess";
import { activityEvent, fillTopic } from "./activityEvents";
import { sinkTable, startSink, type SinkOptions } from "./debeziumSink";
import { startKafka, type KafkaProcess } from "./kafka";
import { startPostgres } from "./postgres";
import { childNamed, mostMemoryMiB, processorSeconds } from "./processorTime";

const { values } = parseArgs({
  options: {
    events: { type: "string", default: "1000000" },
    partitions: { type: "string", default: "6" },
    processes: { type: "string", default: "1" },
    rounds: { type: "string", default: "1" },
    "with-sink": { type: "boolean", default: false },
    "sink-events": { type: "string", default: "150000" },
    outage: { type: "boolean", default: false },
  },
});
const [events, sinkEvents] = [Number(values.events), Number(values["sink-events"])];
const [partitions, processes, rounds] = [Number(values.partitions), Number(values.processes), Number(values.rounds)];

/** What an event took, in µs of a processor, and what was reached. */
interface Measured {
  readonly way: string;
  readonly rate: number;
  readonly itself: number;
  readonly postgres: number;
  readonly kafka: number;
  readonly memoryMiB: number;
}

/** One way from Kafka to PostgreSQL, while it runs. */
interface Running {
  readonly way: string;
  readonly pids: readonly number[];
  /** Whether it has begun: a start takes seconds of processor time. */
  readonly hasBegun: (done: number) => boolean;
  /** Events that are stored. */
  readonly done: () => Promise<number>;
  /** Throws when it has ended. */
  readonly check: () => void;
}

async function main(): Promise<void> {
  const kafka = await startKafka({ [topic]: partitions });
  // PostgreSQL as it is by default, with fsync, but for memory and the time between checkpoints.
  const postgres = await startPostgres({ fsync: "on", shared_buffers: "1GB", max_wal_size: "4GB" }).catch(
    async (error: unknown) => {
      await kafka.stop();
      throw error;
    },
  );
  const fill = async () => {
    const bytes = await fillTopic(kafka.bootstrapServers, topic, events);
    console.log(`${events} events of ${bytes.toFixed(0)} bytes in ${partitions} partitions; processor time an event:`);
    return bytes;
  };
  try {
    if (values.outage) {
      let bytes = 0;
      const away = async () => {
        await postgres.stop();
        bytes = await fill();
        await postgres.start();
      };
      const measured = await withDatabase(postgres.url, (database) => measureStore(kafka, database, away));
      tell(measured, bytes);
      return;
    }
    const bytes = await fill();
    const all: Measured[] = [];
    for (let round = 0; round < rounds; round++) {
      const ways: ((database: URL) => Promise<Measured>)[] = [(database) => measureStore(kafka, database), measureRows];
      if (values["with-sink"]) {
        for (const mode of ["upsert", "insert"] as const) ways.push((database) => measureSink(kafka, database, mode));
      }
      for (const way of ways) {
        const measured = await withDatabase(postgres.url, way);
        all.push(measured);
        tell(measured, bytes);
      }
    }
    compare(all);
  } finally {
    await postgres.remove();
    await kafka.stop();
  }
}

/** Does something with a database of its own. */
async function withDatabase<T>(url: string, work: (database: URL) => Promise<T>): Promise<T> {
  const name = `rate_${Date.now()}`;
  const ask = (sql: string) => withConnection(url, (client) => client.query(sql));
  await ask(`CREATE DATABASE ${name}`);
  const database = new URL(url);
  database.pathname = name;
  const result = await work(database);
  await ask(`DROP DATABASE ${name} WITH (FORCE)`);
  return result;
}

/** Measures until so many events are stored. */
async function measure({ way, pids, hasBegun, done, check }: Running, wanted: number): Promise<Measured> {
  const [postgres, broker] = [childNamed("postgres"), childNamed("java")];
  const used = () => ({
    ms: Date.now(),
    itself: pids.reduce((sum, pid) => sum + processorSeconds(pid), 0),
    postgres: processorSeconds(postgres),
    kafka: processorSeconds(broker),
  });
  let first: ReturnType<typeof used> | undefined;
  let atFirst = 0;
  for (;;) {
    check();
    const stored = await done();
    if (first === undefined && hasBegun(stored)) [first, atFirst] = [used(), stored];
    if (stored < wanted) {
      await delay(100);
      continue;
    }
    const last = used();
    if (first === undefined || stored === atFirst) throw new Error("it was over at once: give more --events");
    const measured = stored - atFirst;
    const microseconds = (part: "itself" | "postgres" | "kafka") =>
      ((last[part] - (first?.[part] ?? 0)) / measured) * 1e6;
    return {
      way,
      rate: measured / ((last.ms - first.ms) / 1000),
      itself: microseconds("itself"),
      postgres: microseconds("postgres"),
      kafka: microseconds("kafka"),
      memoryMiB: Math.max(...pids.map(mostMemoryMiB)),
    };
  }
}

/** @param meanwhile what happens once the stores have begun */
async function measureStore(kafka: KafkaProcess, database: URL, meanwhile?: () => Promise<void>): Promise<Measured> {
  const variables = {
    DATABASE_URL: database.href,
    GROUP: `store-${Date.now()}`,
    STACK_OUTPUTS: JSON.stringify(kafka),
    LINGER_MS: "200",
  };
  const stores = Array.from({ length: processes }, () => startStore(variables));
  const hasBegun = () => stores.every(({ log }) => log().includes("store: has"));
  if (meanwhile !== undefined) {
    while (!hasBegun()) await delay(100);
    await meanwhile();
  }
  const client = new Client(database.href);
  client.on("error", () => undefined);
  await client.connect();
  const running: Running = {
    way: `store, ${processes} process(es)`,
    pids: stores.map(({ child }) => child.pid ?? 0),
    hasBegun,
    done: async () => {
      // Before its migrations there is no such table.
      const asked = client.query<{ sum: string | null }>("SELECT sum(next) FROM consumed_offsets");
      return Number((await asked.catch(() => undefined))?.rows[0]?.sum ?? 0);
    },
    check: () => {
      const ended = stores.find(({ child }) => child.exitCode !== null);
      if (ended !== undefined) throw new Error(`a store has ended:\n${ended.log()}`);
    },
  };
  const measured = await measure(running, events);
  await Promise.all(stores.map(({ end }) => end("SIGTERM")));
  await client.end();
  return measured;
}

async function measureSink(
  kafka: KafkaProcess,
  database: URL,
  insertMode: SinkOptions["insertMode"],
): Promise<Measured> {
  const client = new Client(database.href);
  await client.connect();
  await client.query(sinkTable);
  const sink = await startSink({
    bootstrapServers: kafka.bootstrapServers,
    topic,
    database,
    tasks: processes,
    insertMode,
  });
  const admin = new Kafka({ brokers: [kafka.bootstrapServers], logLevel: logLevel.NOTHING }).admin();
  await admin.connect();
  const running: Running = {
    way: `sink, ${insertMode}, ${processes} task(s)`,
    pids: [sink.pid],
    hasBegun: (done) => done > 0,
    done: async () => {
      // A broker that has just made the group can't answer yet.
      const [offsets] = await admin.fetchOffsets({ groupId: sink.group, topics: [topic] }).catch(() => []);
      return (offsets?.partitions ?? []).reduce((sum, { offset }) => sum + Math.max(0, Number(offset)), 0);
    },
    check: () => {
      const failure = sink.failure();
      if (failure !== undefined) throw new Error(`the sink has failed:\n${failure}`);
    },
  };
  try {
    return await measure(running, Math.min(events, sinkEvents));
  } finally {
    await sink.end();
    await admin.disconnect();
    await client.end();
  }
}

/** Row by row, 500 in a transaction, as a sink without batches of statements does. */
async function measureRows(database: URL): Promise<Measured> {
  const client = new Client(database.href);
  await client.connect();
  await client.query(sinkTable);
  const wanted = 10_000;
  const columns = ["id", "at", "received", "seconds", "type", "user", "session", "page", "button", "referrer"];
  const places = columns.map((_, index) => `$${index + 1}`);
  const text = `INSERT INTO by_sink VALUES (${places.join(", ")}) ON CONFLICT DO NOTHING`;
  let done = 0;
  const write = async () => {
    for (let index = 0; index < wanted; index++) {
      const event = activityEvent(index, Date.now());
      if (index % 500 === 0) await client.query("BEGIN");
      await client.query({ name: "row", text, values: columns.map((column) => event[column]) });
      if (index % 500 === 499) {
        await client.query("COMMIT");
        done = index + 1;
      }
    }
  };
  const running: Running = {
    way: "row by row",
    pids: [process.pid],
    hasBegun: () => true,
    done: () => Promise.resolve(done),
    check: () => undefined,
  };
  const [measured] = await Promise.all([measure(running, wanted), write()]);
  await client.end();
  return measured;
}

function tell({ way, rate, itself, postgres, kafka, memoryMiB }: Measured, bytes: number): void {
  const together = itself + postgres + kafka;
  console.log(
    `${way}: itself ${itself.toFixed(1)} µs, PostgreSQL ${postgres.toFixed(1)}, Kafka ${kafka.toFixed(1)}, ` +
      `together ${together.toFixed(1)}; ${rate.toFixed(0)} events/s, ${((rate * bytes) / 1e6).toFixed(1)} MB/s; ` +
      `memory ${memoryMiB.toFixed(0)} MiB`,
  );
}

/** How many times as much each other way takes, round by round. */
function compare(all: readonly Measured[]): void {
  const together = ({ itself, postgres, kafka }: Measured) => itself + postgres + kafka;
  const [store, ...others] = [...new Set(all.map(({ way }) => way))];
  const of = (way: string | undefined) => all.filter((one) => one.way === way);
  for (const other of others) {
    const ratios = (value: (one: Measured) => number) => {
      const each = of(other).map((one, round) => value(one) / value(of(store)[round] as Measured));
      return each.map((ratio) => ratio.toFixed(1)).join(", ");
    };
    console.log(
      `${other}: ${ratios(together)} times the processor time of the store, ` +
        `${ratios(({ postgres }) => postgres)} times PostgreSQL's; the store's rate is ` +
        `${of(other)
          .map(({ rate }, round) => ((of(store)[round]?.rate ?? 0) / rate).toFixed(1))
          .join(", ")} times its`,
    );
  }
}

main().then(
  () => process.exit(0),
  (error: Error) => {
    console.error(error);
    process.exit(1);
  },
);
