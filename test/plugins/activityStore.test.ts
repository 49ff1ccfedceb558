import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { randomUUID } from "node:crypto";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { promisify } from "node:util";
import { Kafka, logLevel, type Producer } from "kafkajs";
import { Client } from "pg";

import { repository } from "../../artifacts/repository";
import { startKafka, type KafkaProcess } from "../services/kafka";
import { startPostgres, type Postgres } from "../services/postgres";
import { startStore, type StoreProcess } from "./activityStoreProcess";

const topic = "user-activity";
const partitions = 6;

/** An event as the collector writes it. */
function event(more: Record<string, unknown> = {}): Record<string, unknown> & { readonly id: string } {
  const received = new Date().toISOString();
  const user = `u-${Math.floor(Math.random() * 50)}`;
  const common = { id: randomUUID(), user, session: "s-1", at: received, received, page: "/pricing" };
  return { ...common, type: "button_click", button: "buy", ...more };
}

describe("the store, with a real Kafka and a real PostgreSQL", function () {
  this.timeout(300_000);
  let kafka: KafkaProcess;
  let postgres: Postgres;
  let producer: Producer;
  const stores: StoreProcess[] = [];

  before(async () => {
    [kafka, postgres] = await Promise.all([startKafka({ [topic]: partitions }), startPostgres()]);
    const client = new Kafka({ brokers: [kafka.bootstrapServers], logLevel: logLevel.NOTHING, requestTimeout: 60_000 });
    producer = client.producer();
    await producer.connect();
  });
  after(async () => {
    await Promise.all(stores.map(({ end }) => end("SIGKILL")));
    await producer?.disconnect();
    await Promise.all([kafka?.stop(), postgres?.remove()]);
  });

  const store = (variables: Record<string, string> = {}): StoreProcess => {
    const started = startStore({ DATABASE_URL: postgres.url, STACK_OUTPUTS: JSON.stringify(kafka), ...variables });
    stores.push(started);
    return started;
  };
  const send = async (
    values: readonly (string | Buffer | null)[],
    keys?: readonly string[],
    timestamp = String(Date.now()),
  ): Promise<void> => {
    const messages = values.map((value, index) => {
      return { key: keys?.[index] ?? String(index), value, timestamp, headers: { accepted: timestamp } };
    });
    await producer.send({ topic, messages, acks: -1 });
  };
  const ask = async <T extends object>(sql: string): Promise<T[]> => {
    const client = new Client(postgres.url);
    client.on("error", () => undefined);
    await client.connect();
    try {
      return (await client.query<T>(sql)).rows;
    } finally {
      await client.end();
    }
  };
  const until = async (what: string, isTrue: () => Promise<boolean>): Promise<void> => {
    for (const end = Date.now() + 120_000; ; await delay(200)) {
      if (await isTrue().catch(() => false)) return;
      const logs = stores.map(({ log }, index) => `store ${index}:\n${log()}`).join("\n");
      if (Date.now() > end) throw new Error(`not within two minutes: ${what}\n${logs}`);
    }
  };
  const count = async (table: string): Promise<number> => {
    const [row] = await ask<{ count: string }>(`SELECT count(*) FROM ${table}`);
    return Number(row?.count);
  };

  it("stores each event once, keeps what it does not know, and says why a message is no event", async () => {
    const now = Date.now();
    const strange = { user: 'ü\t\\ "x"\n', page: "/a\\N\r\n.", plan: { deep: ["\t\\"] }, note: "\\." };
    const good = [event(strange), event({ type: "page_view", button: undefined }), event()];
    const [twice] = [event({ user: "twice" })];
    const old = new Date(now - 10 * 86_400_000).toISOString();
    const ahead = new Date(now + 2 * 3_600_000).toISOString();
    const bad: readonly (readonly [string | Buffer | null, RegExp])[] = [
      ["{", /no JSON/],
      [null, /no value/],
      [Buffer.from([0x22, 0xff, 0x22]), /UTF-8/],
      [JSON.stringify(event({ page: "x".repeat(900_000) })), /bytes/],
      ["[".repeat(50_000) + "]".repeat(50_000), /bytes|within one another/],
      [JSON.stringify(event({ seconds: "12" })), /seconds/],
      [JSON.stringify(event({ type: "unheard_of" })), /page_view, button_click, time_on_page/],
      [JSON.stringify(event({ page: "/\0" })), /NUL/],
      [JSON.stringify(event({ received: old, at: old })), /more than 7 days ago/],
      [JSON.stringify(event({ received: ahead, at: ahead })), /an hour ahead/],
    ];
    await send(
      [...good.map((one) => JSON.stringify(one)), JSON.stringify(twice), JSON.stringify(twice)],
      ["a", "b", "c", "one key", "another key"],
    );
    for (const [value] of bad) await send([value]);
    store();
    await until("all messages have an end", async () => {
      return (await count("activity")) === 4 && (await count("rejected")) === bad.length;
    });
    const rows = await ask<{ id: string; user_id: string; page: string; rest: unknown }>("SELECT * FROM activity");
    const stored = rows.find(({ id }) => id === good[0]?.id);
    assert.deepEqual(
      { user: stored?.user_id, page: stored?.page, ...(stored?.rest as object) },
      { user: strange.user, page: strange.page, plan: strange.plan, note: strange.note },
    );
    const rejected = await ask<{ reason: string; raw: Buffer | null }>("SELECT reason, raw FROM rejected");
    for (const [value, reason] of bad) {
      const raw = value === null ? null : Buffer.from(value);
      const kept = rejected.find((one) => (raw === null ? one.raw === null : one.raw?.equals(raw)));
      assert.match(kept?.reason ?? "not kept", reason);
    }
    const clicks = await ask<{ clicks: string }>(
      "SELECT sum(clicks) AS clicks FROM clicks_by_hour WHERE button = 'buy'",
    );
    assert.deepEqual(clicks, [{ clicks: "3" }]);
  });

  it("stores once what a browser sends on two days, and takes what has waited for a week in both places", async () => {
    const dayMs = 86_400_000;
    const midnight = Math.floor(Date.now() / dayMs) * dayMs;
    const times = (at: number, received: number) => ({
      at: new Date(at).toISOString(),
      received: new Date(received).toISOString(),
    });
    const sent = event(times(midnight - 2000, midnight - 1000));
    const again = { ...sent, ...times(midnight - 2000, Date.now()) };
    const late = event(times(Date.now() - 13.9 * dayMs, Date.now() - 6.95 * dayMs));
    const before = await count("activity");
    const sendOne = (one: Record<string, unknown>) =>
      send([JSON.stringify(one)], ["key"], String(Date.parse(one.received as string)));
    await sendOne(sent);
    await sendOne(late);
    await until("both are stored", async () => (await count("activity")) === before + 2);
    await sendOne(again);
    const port = /metrics on port (\d+)/.exec(stores[0]?.log() ?? "")?.[1];
    await until("the second one is counted as a double, after the one of the test before", async () => {
      const metrics = await (await fetch(`http://127.0.0.1:${port}/metrics`)).text();
      return metrics.includes('store_messages_total{outcome="double"} 2\n');
    });
    const rows = await ask<{ id: string }>(`SELECT id FROM activity WHERE id IN ('${sent.id}', '${late.id}')`);
    assert.deepEqual(rows.map(({ id }) => id).sort(), [sent.id, late.id].sort());
  });

  it("loses none and stores none twice when a store is killed, a second one joins, and PostgreSQL crashes", async () => {
    const before = await count("activity");
    const total = 40_000;
    const sent = (async () => {
      for (let at = 0; at < total; at += 1000) {
        await send(Array.from({ length: 1000 }, () => JSON.stringify(event({ page: `/${at}` }))));
      }
    })();
    await until("the first store is at work", async () => (await count("activity")) > before + 1000);
    const second = store({ BATCH_MIB: "1" });
    await until("the second store has joined", () => Promise.resolve(second.log().includes("store: has")));
    await stores[0]?.end("SIGKILL");
    await postgres.stop("immediate");
    await delay(500);
    await postgres.start();
    const third = store();
    await sent;
    await until("all are stored", async () => (await count("activity")) >= before + total);
    assert.equal(await count("activity"), before + total);
    assert.deepEqual(
      await ask("SELECT sum(events)::integer AS events FROM activity_hourly"),
      await ask("SELECT count(*)::integer AS events FROM activity"),
    );
    assert.deepEqual(
      await ask("SELECT count(*)::integer AS users FROM active_users"),
      await ask("SELECT count(DISTINCT (date_trunc('hour', received), user_id))::integer AS users FROM activity"),
    );
    // Before that, a signal ends it as any other process.
    await until("the third store is ready", () => Promise.resolve(third.log().includes("store ready")));
    assert.deepEqual(await Promise.all([second.end("SIGTERM"), third.end("SIGTERM")]), [0, 0]);
  });

  it("is found whole by the reconciliation, which names what is missing", async () => {
    const minute = (ms: number) => new Date(Math.floor(ms / 60_000) * 60_000).toISOString();
    const settings = { FROM: minute(Date.now() - 600_000), TO: minute(Date.now() + 60_000), WAIT_SECONDS: "0" };
    const main = join(repository, "examples", "activity", "reconcile", "main.ts");
    const variables = { DATABASE_URL: postgres.url, STACK_OUTPUTS: JSON.stringify(kafka), ...settings };
    const run = () => {
      const env = { ...process.env, ...variables };
      return promisify(execFile)(process.execPath, ["--import", "tsx", main], {
        env,
        cwd: repository,
        timeout: 120_000,
      });
    };
    assert.match((await run()).stdout, /every event is stored once/);
    await ask("DELETE FROM activity WHERE id IN (SELECT id FROM activity WHERE user_id <> 'twice' LIMIT 2)");
    await assert.rejects(run(), { code: 1, stdout: /events are missing, or there twice/ });
  });

  it("refuses a newer schema, and a database that is not there, with one clear error", async () => {
    await ask("INSERT INTO schema_version (version, name) VALUES (999, 'later')");
    const older = store();
    const lost = store({ DATABASE_URL: `${postgres.url}-of-nobody` });
    await until("both have ended", () => Promise.resolve(older.child.exitCode === 1 && lost.child.exitCode === 1));
    assert.match(older.log(), /schema version 999, and this program knows versions up to 1: deploy the newer program/);
    assert.match(lost.log(), /DATABASE_URL: database "postgres-of-nobody" does not exist; change the address/);
  });
});
