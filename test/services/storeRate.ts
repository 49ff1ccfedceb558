/**
 * Measures how fast the store brings events from Kafka to PostgreSQL, and what processor time each part takes. All of
 * it runs on this machine. Usage: npx tsx test/services/storeRate.ts [--events N] [--partitions N] [--processes N]
 */
import { randomBytes } from "node:crypto";
import { readFileSync, readdirSync } from "node:fs";
import { setTimeout as delay } from "node:timers/promises";
import { parseArgs } from "node:util";
import { CompressionTypes, Kafka, logLevel } from "kafkajs";
import { Client } from "pg";

import { copyColumns, makeChunk } from "../../examples/activity/store/chunk";
import { startStore } from "../plugins/activityProcess";
import { startKafka, type KafkaProcess } from "./kafka";
import { startPostgres, type Postgres } from "./postgres";

const { values } = parseArgs({
  options: {
    events: { type: "string", default: "300000" },
    partitions: { type: "string", default: "6" },
    processes: { type: "string", default: "1" },
  },
});
const [events, partitions, processes] = [Number(values.events), Number(values.partitions), Number(values.processes)];
const topic = "user-activity";

const users = 20_000;
const buttons = ["buy", "add-to-cart", "share", "wish", "compare", "more", "less", "help"];

/** UUID version 7, as the browser makes it. */
function uuid(ms: number): string {
  const bytes = randomBytes(16);
  bytes.writeUIntBE(ms, 0, 6);
  bytes[6] = ((bytes[6] ?? 0) & 15) | 0x70;
  bytes[8] = ((bytes[8] ?? 0) & 63) | 0x80;
  return bytes.toString("hex").replace(/^(.{8})(.{4})(.{4})(.{4})/, "$1-$2-$3-$4-");
}

function event(index: number, ms: number): Record<string, unknown> {
  const user = Math.floor(Math.random() * users);
  const time = new Date(ms).toISOString();
  const page = `/shop/category-${index % 17}/product-${index % 200}`;
  const common = { id: uuid(ms), user: `u-${user}`, session: `s-${user}-1764`, at: time, received: time, page };
  const known =
    index % 10 < 5
      ? { ...common, type: "page_view", referrer: "https://www.example.com/search?q=shoes" }
      : index % 10 < 8
        ? { ...common, type: "button_click", button: buttons[index % 8] }
        : { ...common, type: "time_on_page", seconds: (index % 3000) / 10 };
  return { ...known, agent: "Firefox/131 Linux", width: 1920 };
}

/** Seconds of processor time of a process and its children. */
function processorSeconds(pid: number): number {
  const stat = (of: string | number) => readFileSync(`/proc/${of}/stat`, "utf8").split(") ").at(-1)?.split(" ") ?? [];
  const own = stat(pid);
  // utime, stime, and those of children that have ended.
  let ticks = [11, 12, 13, 14].reduce((sum, field) => sum + Number(own[field]), 0);
  for (const other of readdirSync("/proc").filter((name) => /^\d+$/.test(name))) {
    try {
      const fields = stat(other);
      if (Number(fields[1]) === pid) ticks += Number(fields[11]) + Number(fields[12]);
    } catch {
      // It has ended.
    }
  }
  return ticks / 100;
}

/** Pids of this process's children, by the name of their program. */
function children(): Map<string, number> {
  const found = new Map<string, number>();
  for (const pid of readdirSync("/proc").filter((name) => /^\d+$/.test(name))) {
    try {
      const text = readFileSync(`/proc/${pid}/stat`, "utf8");
      if (text.split(") ").at(-1)?.split(" ")[1] === String(process.pid)) {
        found.set(text.slice(text.indexOf("(") + 1, text.lastIndexOf(")")), Number(pid));
      }
    } catch {
      // It has ended.
    }
  }
  return found;
}

async function main(): Promise<void> {
  const kafka = await startKafka({ [topic]: partitions });
  try {
    // PostgreSQL as it is by default, with fsync, but for memory and the time between checkpoints.
    const postgres = await startPostgres({ fsync: "on", shared_buffers: "1GB", max_wal_size: "8GB" });
    try {
      await measure(kafka, postgres);
    } finally {
      await postgres.remove();
    }
  } finally {
    await kafka.stop();
  }
}

async function measure(kafka: KafkaProcess, postgres: Postgres): Promise<void> {
  const pids = children();
  const producer = new Kafka({ brokers: [kafka.bootstrapServers], logLevel: logLevel.NOTHING }).producer();
  await producer.connect();
  let bytes = 0;
  const sample: string[] = [];
  const batch = 5_000;
  for (let at = 0; at < events; at += batch) {
    const ms = Date.now();
    const messages = Array.from({ length: batch }, (_, index) => {
      const made = event(at + index, ms);
      const value = JSON.stringify(made);
      bytes += value.length;
      if (sample.length < 5_000) sample.push(value);
      return { key: String(made.user), value, timestamp: String(ms), headers: { accepted: String(ms) } };
    });
    await producer.send({ topic, messages, compression: CompressionTypes.GZIP });
  }
  await producer.disconnect();
  const each = bytes / events;
  console.log(`${events} events of ${each.toFixed(0)} bytes in ${partitions} partitions, ${processes} stores`);

  const client = new Client(postgres.url);
  // The server may end before it, after an error.
  client.on("error", () => undefined);
  await client.connect();
  const variables = { DATABASE_URL: postgres.url, STACK_OUTPUTS: JSON.stringify(kafka), LINGER_MS: "200" };
  const stores = Array.from({ length: processes }, () => startStore(variables));
  const used = () => {
    const of = (pid: number | undefined) => processorSeconds(pid ?? 0);
    const store = stores.reduce((sum, { child }) => sum + of(child.pid), 0);
    return { ms: Date.now(), store, postgres: of(pids.get("postgres")), kafka: of(pids.get("java")) };
  };
  // From the first transaction on: a start takes seconds of processor time.
  let first: ReturnType<typeof used> | undefined;
  let stored = 0;
  let atFirst = 0;
  while (stored < events) {
    await delay(100);
    const ended = stores.find(({ child }) => child.exitCode !== null);
    if (ended !== undefined) throw new Error(`a store has ended:\n${ended.log()}`);
    // The sum of the counts: counting the events themselves would take time from what is measured.
    const asked = client.query<{ sum: string | null }>("SELECT sum(events) FROM activity_hourly");
    stored = Number((await asked.catch(() => undefined))?.rows[0]?.sum ?? 0);
    if (stored > 0 && first === undefined) [first, atFirst] = [used(), stored];
  }
  const last = used();
  if (first === undefined || atFirst === events) throw new Error("one transaction was enough: give more --events");
  const measured = events - atFirst;
  const rate = measured / ((last.ms - first.ms) / 1000);
  console.log(`${rate.toFixed(0)} events/s, ${((rate * each) / 1e6).toFixed(1)} MB/s`);
  for (const part of ["store", "postgres", "kafka"] as const) {
    console.log(`${part}: ${(((last[part] - first[part]) / measured) * 1e6).toFixed(1)} µs of a processor an event`);
  }
  for (const { child } of stores) {
    const status = readFileSync(`/proc/${child.pid}/status`, "utf8");
    console.log(`store's memory, at most: ${/VmHWM:\s+(\d+)/.exec(status)?.[1]} KiB`);
  }
  await Promise.all(stores.map(({ end }) => end("SIGTERM")));

  // The same events row by row, 500 in a transaction, as a sink without COPY does.
  await client.query("CREATE TABLE by_row (LIKE activity); CREATE UNIQUE INDEX ON by_row (id)");
  const messages = sample.map((value, offset) => ({
    offset: String(offset),
    timestamp: "0",
    value: Buffer.from(value),
  }));
  const chunk = makeChunk({ partition: 0, from: 0, next: sample.length, messages }, Date.now());
  const parameters = chunk.rows
    .toString()
    .split("\n")
    .slice(0, -1)
    .map((row) => row.split("\t").map((text) => (text === "\\N" ? null : text)));
  const rowsBegan = Date.now();
  const postgresBeforeRows = processorSeconds(pids.get("postgres") ?? 0);
  for (const [index, row] of parameters.entries()) {
    if (index % 500 === 0) await client.query("BEGIN");
    const text =
      `INSERT INTO by_row (${copyColumns}) ` +
      "VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11) ON CONFLICT DO NOTHING";
    await client.query({ name: "row", text, values: row });
    if (index % 500 === 499) await client.query("COMMIT");
  }
  const rowRate = sample.length / ((Date.now() - rowsBegan) / 1000);
  console.log(`row by row: ${rowRate.toFixed(0)} events/s; the store is ${(rate / rowRate).toFixed(1)} times as fast`);
  const rowSeconds = processorSeconds(pids.get("postgres") ?? 0) - postgresBeforeRows;
  console.log(`postgres, row by row: ${((rowSeconds / sample.length) * 1e6).toFixed(1)} µs of a processor an event`);
  await client.end();
}

main().then(
  () => process.exit(0),
  (error: Error) => {
    console.error(error);
    process.exit(1);
  },
);
