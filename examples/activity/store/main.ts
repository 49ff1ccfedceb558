/** Reads events from Kafka and stores each exactly once in PostgreSQL. Start as many as there is work for. */
import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { setTimeout as delay } from "node:timers/promises";
import { DatabaseError } from "pg";
import { startConsumer, type EventConsumer } from "../cluster/consumer";
import { readStackOutputs } from "../cluster/outputs";
import { sayOnce } from "../service/sayOnce";
import { makeChunk } from "./chunk";
import { connect, dropDays, makeDays, withConnection } from "./database";
import { makeMetrics, serve, type State } from "./metrics";
import { migrate, NewerSchema } from "./migrate";
import { readOffsets } from "./offsets";
import { readSettings } from "./settings";
import { Writer } from "./writer";

/** Ms for ending in good order: supervisors kill after 30 s. */
const endMs = 25_000;
const hourMs = 3_600_000;
const tellGroupMs = 5_000;
const connectAgainMs = 2_000;

async function main(): Promise<void> {
  const settings = readSettings(process.env);
  const outputs = readStackOutputs(process.env);
  const { DATABASE_URL: url, TOPIC: topic, GROUP: group } = settings;
  const say = sayOnce();
  let away: { readonly reason: string; readonly sinceMs: number } | undefined;
  const onAway = (error: Error | undefined) => {
    const reason = error && (error.message || String(error));
    if (reason !== undefined) say(`PostgreSQL: ${reason}; what is not stored stays in Kafka`);
    else if (away !== undefined) console.log(`PostgreSQL is back after ${seconds(Date.now() - away.sinceMs)} s`);
    away = reason === undefined ? undefined : { reason, sinceMs: away?.sinceMs ?? Date.now() };
  };
  const lag = new Map<number, number>();
  const state: State = { lag, queueBytes: () => writer.bytes, away: () => away };
  const metrics = makeMetrics(state);

  await untilReady(url, onAway);
  // Where each partition has come to by the last transactions, for the group's monitors.
  const told = new Map<number, number>();
  const consumer: { is?: EventConsumer } = {};
  const writer = new Writer({
    group,
    topic,
    connect: () => connect(url, makeDays),
    queueBytes: settings.QUEUE_MIB * 2 ** 20,
    batchBytes: settings.BATCH_MIB * 2 ** 20,
    lingerMs: settings.LINGER_MS,
    deadlineMs: settings.TRANSACTION_SECONDS * 1000,
    onLoaded: ({ stored, rejected, doubles, next, moved }, ms) => {
      for (const [outcome, count] of Object.entries({ stored, rejected, double: doubles })) {
        metrics.messages.inc({ outcome }, count);
      }
      metrics.transactions.observe(ms / 1000);
      for (const [partition, offset] of next) told.set(partition, offset);
      if (moved.length > 0) consumer.is?.restart(moved);
    },
    onAway,
  });
  const written = writer.run();
  const server = serve(metrics, state, settings);
  await once(server, "listening");
  console.log(`store: metrics on port ${(server.address() as AddressInfo).port}`);

  consumer.is = await startConsumer(
    outputs,
    { topic, group },
    {
      startAt: async (partitions, isRebalance) => {
        if (isRebalance) {
          await writer.reset();
          lag.clear();
          told.clear();
          writer.slot = Math.min(...partitions);
          console.log(`store: has ${partitions.length} partitions of ${topic}`);
        }
        try {
          const offsets = await withConnection(url, (client) => readOffsets(client, { group, topic }, partitions));
          onAway(undefined);
          return offsets;
        } catch (error) {
          onAway(error as Error);
          throw error;
        }
      },
      take: async (run, heartbeat) => {
        lag.set(run.partition, run.lag);
        await writer.add(makeChunk(run, Date.now()), heartbeat);
      },
      onGone: (partition, from, to) => {
        metrics.gone.inc(to - from);
        console.error(`partition ${partition}: Kafka's retention removed the offsets ${from} to ${to - 1} unread`);
      },
      onTrouble: ({ message }) => say(`reading: ${message}`),
      onCrash: (error) => fail(error),
    },
  );
  console.log(`store ready: ${topic} as group ${group}`);

  setInterval(() => {
    void consumer.is?.tellGroup(told).catch(() => undefined);
  }, tellGroupMs);
  const retain = () =>
    withConnection(url, async (client) => {
      await makeDays(client);
      const dropped = await dropDays(client, settings.RETENTION_DAYS);
      if (dropped > 0) console.log(`dropped ${dropped} days older than ${settings.RETENTION_DAYS} days`);
    }).catch((error: Error) => say(`retention: ${error.message}; again in an hour`));
  void retain();
  setInterval(() => void retain(), hourMs);

  let ending = false;
  const end = async (signal: string): Promise<void> => {
    if (ending) return;
    ending = true;
    console.log(`${signal}: storing what was read, then leaving the group`);
    setTimeout(() => fail(new Error(`not ended within ${endMs} ms`)), endMs).unref();
    consumer.is?.hold();
    writer.end(endMs / 2);
    await written;
    await consumer.is?.tellGroup(told).catch(() => undefined);
    await consumer.is?.close();
    console.log("ended");
    process.exit(0);
  };
  for (const signal of ["SIGINT", "SIGTERM"]) process.on(signal, () => void end(signal));
}

/** Waits for the database, and migrates it. Throws what waiting can't mend. */
async function untilReady(url: string, onAway: (error: Error | undefined) => void): Promise<void> {
  for (;;) {
    try {
      const applied = await withConnection(url, migrate);
      onAway(undefined);
      if (applied > 0) console.log(`store: ${applied} migrations applied`);
      return;
    } catch (error) {
      // 28: the password or the rights to connect; 3D: no such database; 42: an error in a migration.
      const lasts = error instanceof DatabaseError && /^(28|3D|42)/.test(error.code ?? "");
      if (lasts) throw new Error(`DATABASE_URL: ${error.message}; change the address or the rights, and start again`);
      if (error instanceof NewerSchema) throw error;
      onAway(error as Error);
      await delay(connectAgainMs);
    }
  }
}

function seconds(ms: number): string {
  return (ms / 1000).toFixed(1);
}

function fail(error: Error): never {
  console.error(error.message);
  process.exit(1);
}

main().catch(fail);
