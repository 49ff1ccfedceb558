/** What tests of examples/activity share: one Kafka and one PostgreSQL, in which each has a topic and a database. */
import { randomUUID } from "node:crypto";
import { setTimeout as delay } from "node:timers/promises";
import { Kafka, logLevel, type CompressionTypes } from "kafkajs";

import { startKafka, type KafkaProcess } from "./kafka";
import { ask, startPostgres, type Postgres } from "./postgres";
import type { TestProcess } from "./process";
import { startStore } from "./activityProcess";

/** How to send messages. */
export interface SendOptions {
  /** Default: by the key. */
  readonly partition?: number;
  /** Default: each message has one of its own. */
  readonly keys?: readonly string[];
  /** Ms since 1970. Default: now. */
  readonly timestampMs?: number;
  /** Default: none. */
  readonly compression?: CompressionTypes;
}

/** A topic and a database, and stores between them. */
export interface ActivityScene {
  readonly kafka: KafkaProcess;
  readonly postgres: Postgres;
  readonly topic: string;
  /** The variables that a program of examples/activity wants. */
  readonly variables: Readonly<Record<string, string>>;
  readonly stores: readonly TestProcess[];
  /** Has a process end with the scene, and its log told when a wait is in vain. */
  own(process: TestProcess): TestProcess;
  /** Starts a store. */
  store(variables?: Readonly<Record<string, string>>): TestProcess;
  send(values: readonly (string | Buffer | null)[], options?: SendOptions): Promise<void>;
  /** Sends events. */
  sendEvents(events: readonly object[], options?: SendOptions): Promise<void>;
  ask<T extends object>(sql: string): Promise<T[]>;
  count(table: string): Promise<number>;
  /** Waits for two minutes at most; what fails counts as not true. */
  until(what: string, isTrue: () => boolean | Promise<boolean>): Promise<void>;
  /** Ends all processes, and removes the database. */
  end(): Promise<void>;
}

let services: Promise<readonly [KafkaProcess, Postgres]> | undefined;

/** After the tests of all files. */
after(async function () {
  this.timeout(60_000);
  const [kafka, postgres] = (await services?.catch(() => undefined)) ?? [];
  await Promise.all([kafka?.stop(), postgres?.remove()]);
});

/**
 * Makes a topic and an empty database.
 * @param name of both
 */
export async function activityScene(name: string, partitions: number): Promise<ActivityScene> {
  const [kafka, postgres] = await (services ??= Promise.all([startKafka({ "user-activity": 1 }), startPostgres()]));
  const topic = name;
  await kafka.makeTopics({ [topic]: partitions });
  await ask(postgres.url, `CREATE DATABASE "${name}"`);
  const url = new URL(`/${name}`, postgres.url).href;
  const client = new Kafka({ brokers: [kafka.bootstrapServers], logLevel: logLevel.NOTHING, requestTimeout: 60_000 });
  const producer = client.producer();
  await producer.connect();
  const stores: TestProcess[] = [];
  const processes: TestProcess[] = [];
  const variables = { DATABASE_URL: url, STACK_OUTPUTS: JSON.stringify(kafka), TOPIC: topic };
  const scene: ActivityScene = {
    kafka,
    postgres,
    topic,
    variables,
    stores,
    own: (process) => {
      processes.push(process);
      return process;
    },
    store: (more = {}) => {
      const store = startStore({ ...variables, ...more });
      stores.push(store);
      return scene.own(store);
    },
    send: async (values, { partition, keys, timestampMs = Date.now(), compression } = {}) => {
      const timestamp = String(timestampMs);
      const messages = values.map((value, index) => {
        return { key: keys?.[index] ?? String(index), value, partition, timestamp, headers: { accepted: timestamp } };
      });
      await producer.send({ topic, messages, acks: -1, compression });
    },
    sendEvents: (events, options) =>
      scene.send(
        events.map((event) => JSON.stringify(event)),
        options,
      ),
    ask: (sql) => ask(url, sql),
    count: async (table) => Number((await ask<{ count: string }>(url, `SELECT count(*) FROM ${table}`))[0]?.count),
    until: async (what, isTrue) => {
      for (const end = Date.now() + 120_000; ; await delay(100)) {
        if (await Promise.resolve(isTrue()).catch(() => false)) return;
        const logs = processes.map(({ log }, index) => `process ${index}:\n${log()}`).join("\n");
        if (Date.now() > end) throw new Error(`not within two minutes: ${what}\n${logs}`);
      }
    },
    end: async () => {
      await Promise.all(processes.map(({ end }) => end("SIGKILL")));
      await producer.disconnect();
      await ask(postgres.url, `DROP DATABASE IF EXISTS "${name}" WITH (FORCE)`);
    },
  };
  return scene;
}

/** An event as the collector writes it. */
export function storedEvent(more: Readonly<Record<string, unknown>> = {}) {
  const received = new Date().toISOString();
  const user = `u-${Math.floor(Math.random() * 50)}`;
  const common = { id: randomUUID() as string, user, session: "s-1", at: received, received, page: "/pricing" };
  return { ...common, type: "button_click", button: "buy", ...more };
}

/** What a store's metrics and health say. */
export async function asked({ log }: TestProcess, path: "/metrics" | "/healthz"): Promise<string> {
  const port = /metrics on port (\d+)/.exec(log())?.[1];
  return (await fetch(`http://127.0.0.1:${port}${path}`)).text();
}
