/** What the store is compared with: Debezium's JDBC sink in Kafka Connect, from the same topic. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { extract } from "tar";

import { fetchByMaven } from "../../artifacts/maven";
import { cachedFolder, keyOf } from "../../lab/setup/cachedFolder";
import { freePort } from "../../ops/freePort";

const debezium = "3.4.0.Final";
/** It has `schema.content`, without which each message must carry its schema; 3.9 has not. */
const connect = "4.3.0";

/** The sink's table: the columns of `activity`, but for unknown fields, which it can't keep. */
export const sinkTable = `
  CREATE TABLE by_sink (
    id uuid PRIMARY KEY,
    at timestamptz NOT NULL,
    received timestamptz NOT NULL,
    seconds double precision,
    type text NOT NULL,
    "user" text NOT NULL,
    session text NOT NULL,
    page text NOT NULL,
    button text,
    referrer text
  );
  CREATE INDEX ON by_sink USING brin (at, received)`;

/** How the sink is to run. */
export interface SinkOptions {
  readonly bootstrapServers: string;
  readonly topic: string;
  readonly database: URL;
  readonly tasks: number;
  /** `upsert` stores an event that comes twice once; `insert` fails at it. */
  readonly insertMode: "insert" | "upsert";
}

/** A Connect process with the sink. */
export interface Sink {
  readonly pid: number;
  /** Its group of consumers. */
  readonly group: string;
  /** The end of its log, once it has ended by itself. */
  readonly failure: () => string | undefined;
  end(): Promise<void>;
}

/** Starts the sink. Its jars are fetched by Maven, once. */
export async function startSink({ bootstrapServers, topic, database, tasks, insertMode }: SinkOptions): Promise<Sink> {
  const jars = await sinkJars();
  const folder = mkdtempSync(join(tmpdir(), "sink-"));
  const name = `sink-${insertMode}-${Date.now()}`;
  const worker = write(join(folder, "worker.properties"), {
    "bootstrap.servers": bootstrapServers,
    listeners: `http://127.0.0.1:${await freePort()}`,
    "plugin.path": join(jars, "plugins"),
    "offset.storage.file.filename": join(folder, "offsets"),
    "offset.flush.interval.ms": 500,
    "key.converter": "org.apache.kafka.connect.storage.StringConverter",
    "value.converter": "org.apache.kafka.connect.json.JsonConverter",
    "value.converter.schemas.enable": true,
    "value.converter.schema.content": JSON.stringify(schema),
    // As many as the sink is to write at once; by default 500.
    "consumer.max.poll.records": batchRows,
  });
  const connector = write(join(folder, "connector.properties"), {
    name,
    "connector.class": "io.debezium.connector.jdbc.JdbcSinkConnector",
    topics: topic,
    "tasks.max": tasks,
    "connection.url": `jdbc:postgresql://${database.host}${database.pathname}?reWriteBatchedInserts=true`,
    "connection.username": database.username,
    "connection.password": "none",
    "collection.name.format": "by_sink",
    "insert.mode": insertMode,
    "primary.key.mode": "record_value",
    "primary.key.fields": "id",
    "quote.identifiers": true,
    "schema.evolution": "none",
    "batch.size": batchRows,
  });
  const logFile = join(folder, "log");
  const log = openSync(logFile, "a");
  const classes = `${join(jars, "connect")}/*`;
  const main = "org.apache.kafka.connect.cli.ConnectStandalone";
  const command = ["-Xmx1g", "-Dorg.slf4j.simpleLogger.defaultLogLevel=warn", "-cp", classes, main, worker, connector];
  const child = spawn("java", command, { stdio: ["ignore", log, log] });
  process.once("exit", () => child.kill("SIGKILL"));
  return {
    pid: child.pid ?? 0,
    group: `connect-${name}`,
    failure: () => {
      const text = readFileSync(logFile, "utf8");
      const failed = child.exitCode !== null || text.includes("Task threw an uncaught");
      return failed ? text.slice(0, 6000) : undefined;
    },
    end: async () => {
      const ended = once(child, "exit");
      if (child.exitCode === null && child.kill("SIGKILL")) await ended;
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

const batchRows = 2_000;

const field = (name: string, type: string, optional = false, as?: string) => ({
  field: name,
  type,
  optional,
  name: as,
});
const schema = {
  type: "struct",
  fields: [
    field("id", "string", false, "io.debezium.data.Uuid"),
    field("at", "string", false, "io.debezium.time.ZonedTimestamp"),
    field("received", "string", false, "io.debezium.time.ZonedTimestamp"),
    field("seconds", "double", true),
    field("type", "string"),
    field("user", "string"),
    field("session", "string"),
    field("page", "string"),
    field("button", "string", true),
    field("referrer", "string", true),
  ],
};

function write(file: string, properties: Readonly<Record<string, string | number | boolean>>): string {
  writeFileSync(
    file,
    Object.entries(properties)
      .map(([key, value]) => `${key}=${value}\n`)
      .join(""),
  );
  return file;
}

/** A folder with Connect's jars in `connect`, and the sink's in `plugins`. */
function sinkJars(): Promise<string> {
  const dependencies = [
    ...["runtime", "json", "transforms"].map((part) => `org.apache.kafka:connect-${part}:${connect}`),
    "org.slf4j:slf4j-simple:1.7.36",
    `io.debezium:debezium-connector-jdbc:${debezium}:tar.gz:plugin`,
  ];
  return cachedFolder({
    name: "debezium-sink",
    key: keyOf(dependencies),
    timeoutSeconds: 600,
    progress: () => undefined,
    build: async (draft) => {
      for (const part of ["connect", "plugins"]) mkdirSync(join(draft, part));
      const folder = join(draft, "connect");
      await fetchByMaven("Debezium's JDBC sink", { dependencies, overrides: [] }, folder);
      const archive = join(folder, `debezium-connector-jdbc-${debezium}-plugin.tar.gz`);
      await extract({ file: archive, cwd: join(draft, "plugins") });
      rmSync(archive);
    },
  });
}
