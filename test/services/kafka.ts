/**
 * A real Kafka for tests: one process that is broker and controller, on loopback, with the project's own jars. It needs
 * no ZooKeeper unless a test is about that.
 */
import { spawn, type ChildProcess } from "node:child_process";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { createReadStream, mkdirSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pipeline } from "node:stream/promises";
import { setTimeout as pause } from "node:timers/promises";
import { Kafka, logLevel, type Admin } from "kafkajs";
import { extract } from "tar";

import { ensureKafkaArchive } from "../../artifacts/archives";
import { cachedFolder } from "../../lab/setup/cachedFolder";
import { freePort } from "../../ops/freePort";
import { clientProperties, type ClientProperties } from "../../planning/cluster/clientProperties";

const version = "3.9.2";
/** On an idle machine it takes 4 s. */
const startSeconds = 120;

/** A Kafka process with the part of the stack's outputs that applications read. */
export interface KafkaProcess {
  readonly port: number;
  readonly bootstrapServers: string;
  readonly topics: readonly { readonly name: string; readonly partitions: number }[];
  readonly clientProperties: ClientProperties;
  isRunning(): boolean;
  /** Ends it at once, as a power cut would. It can be started again. */
  kill(): Promise<void>;
  /** Holds it still: connections stay, and nothing is answered. */
  freeze(): void;
  thaw(): void;
  /** Starts it again with its data, on the same port. */
  start(): Promise<void>;
  /** Makes topics with these numbers of partitions. Needs a running broker. */
  makeTopics(topics: Readonly<Record<string, number>>): Promise<void>;
  /** Does something by an admin client. Needs a running broker. */
  admin<T>(work: (admin: Admin) => Promise<T>): Promise<T>;
  /** Every message of a topic, partition by partition, the oldest first. Needs a running broker. */
  messages(topic: string): Promise<readonly KafkaMessage[]>;
  /** Ends it for good and removes its data. */
  stop(): Promise<void>;
}

/** A message as it was read. */
export interface KafkaMessage {
  readonly partition: number;
  readonly key: string | undefined;
  readonly value: string | undefined;
  readonly timestamp: string;
  readonly headers: Readonly<Record<string, string>>;
}

/** A small JVM that is there soon. */
export const smallJvm = ["-Xms64m", "-Xmx256m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1"];

/**
 * Starts Kafka with these topics and their numbers of partitions. Makes the archive of Kafka's jars when it is not
 * there. Throws with the end of Kafka's log when it does not start in time.
 * @param jvm the flags of the JVM
 * @param zookeeper the port of a ZooKeeper that it is to use, and its broker id there
 */
export async function startKafka(
  topics: Readonly<Record<string, number>>,
  jvm: readonly string[] = smallJvm,
  zookeeper?: { readonly port: number; readonly id: number },
): Promise<KafkaProcess> {
  const jars = await kafkaJars(version);
  const folder = mkdtempSync(join(tmpdir(), "kafka-"));
  const port = await freePort();
  const bootstrapServers = `127.0.0.1:${port}`;
  const kind = zookeeper ? zookeeperProperties(port, zookeeper) : kraftProperties(port, await freePort());
  writeFileSync(join(folder, "server.properties"), properties({ ...kind, ...commonProperties(folder) }));
  writeFileSync(join(folder, "log4j.properties"), log4jProperties);
  mkdirSync(join(folder, "data"));
  if (zookeeper === undefined) {
    // What `kafka-storage format` would write, without another start of Java.
    const clusterId = randomBytes(16).toString("base64url");
    writeFileSync(join(folder, "data", "meta.properties"), `version=1\ncluster.id=${clusterId}\nnode.id=1\n`);
  }

  const forClients = clientProperties([bootstrapServers], Math.max(...Object.values(topics)));
  // Not the cluster's: those give a busy machine too little time.
  const patient = { connectionTimeout: 20_000, requestTimeout: 60_000, retry: { retries: 10 } };
  const kafka = new Kafka({ clientId: "test", logLevel: logLevel.NOTHING, brokers: [bootstrapServers], ...patient });
  const logFile = join(folder, "kafka.log");
  let child: ChildProcess | undefined;
  // Whatever ends the tests, it does not outlive them.
  process.once("exit", () => child?.kill("SIGKILL"));

  const start = async (): Promise<void> => {
    const log = openSync(logFile, "a");
    const settings = [`-Dlog4j.configuration=file:${join(folder, "log4j.properties")}`, `-Dkafka.logs.dir=${folder}`];
    const command = ["-cp", join(jars, "*"), "kafka.Kafka", join(folder, "server.properties")];
    const started = spawn("java", [...jvm, ...settings, ...command], { stdio: ["ignore", log, log] });
    child = started;
    const admin = kafka.admin({ retry: { retries: 0 } });
    for (const end = Date.now() + startSeconds * 1000; ; await pause(200)) {
      try {
        await admin.connect();
        await admin.describeCluster();
        break;
      } catch (error) {
        if (isAlive(started) && Date.now() < end) continue;
        started.kill("SIGKILL");
        const evidence = readFileSync(logFile, "utf8").split("\n").slice(-30).join("\n");
        throw new Error(`Kafka did not start within ${startSeconds} s (${(error as Error).message}):\n${evidence}`);
      }
    }
    await admin.disconnect();
  };

  const kill = async (): Promise<void> => {
    const killed = child;
    child = undefined;
    if (killed === undefined || !isAlive(killed)) return;
    const exit = once(killed, "exit");
    killed.kill("SIGKILL");
    await exit;
  };

  const stop = async (): Promise<void> => {
    await kill();
    rmSync(folder, { recursive: true, force: true });
  };

  try {
    await start();
    await makeTopics(kafka, topics);
  } catch (error) {
    await stop();
    throw error;
  }
  return {
    port,
    bootstrapServers,
    topics: Object.entries(topics).map(([name, partitions]) => ({ name, partitions })),
    clientProperties: forClients,
    isRunning: () => child !== undefined && isAlive(child),
    kill,
    freeze: () => child?.kill("SIGSTOP"),
    thaw: () => child?.kill("SIGCONT"),
    start,
    makeTopics: (more) => makeTopics(kafka, more),
    admin: (work) => withAdmin(kafka, work),
    messages: (topic) => readAll(kafka, topic),
    stop,
  };
}

async function withAdmin<T>(kafka: Kafka, work: (admin: Admin) => Promise<T>): Promise<T> {
  const admin = kafka.admin();
  await admin.connect();
  return work(admin).finally(() => admin.disconnect());
}

async function makeTopics(kafka: Kafka, topics: Readonly<Record<string, number>>): Promise<void> {
  const wanted = Object.entries(topics).map(([topic, numPartitions]) => ({ topic, numPartitions }));
  await withAdmin(kafka, async (admin) => {
    // kafkajs' own wait ends with an error when the broker has not heard of the topic yet.
    await admin.createTopics({ topics: wanted, waitForLeaders: false });
    for (const end = Date.now() + startSeconds * 1000; ; await pause(50)) {
      try {
        // Each partition's leader answers.
        for (const topic of Object.keys(topics)) await admin.fetchTopicOffsets(topic);
        return;
      } catch (error) {
        if (Date.now() > end) throw error;
      }
    }
  });
}

async function readAll(kafka: Kafka, topic: string): Promise<readonly KafkaMessage[]> {
  const ends = await withAdmin(kafka, (admin) => admin.fetchTopicOffsets(topic));
  const left = new Map(ends.filter(({ low, high }) => low !== high).map(({ partition, high }) => [partition, high]));
  const read: KafkaMessage[] = [];
  if (left.size === 0) return read;
  const consumer = kafka.consumer({
    groupId: `test-${randomBytes(6).toString("hex")}`,
    maxWaitTimeInMs: 100,
    sessionTimeout: 60_000,
    // A consumer has five of its own, whatever its client has: a busy machine takes longer to load a coordinator.
    retry: { retries: 10 },
  });
  await consumer.connect();
  await consumer.subscribe({ topic, fromBeginning: true });
  await new Promise<void>((resolve, reject) => {
    consumer.on(consumer.events.CRASH, ({ payload }) => reject(payload.error));
    const eachMessage = ({ partition, message }: { partition: number; message: RawMessage }): Promise<void> => {
      const { key, value, timestamp, headers, offset } = message;
      const texts = Object.entries(headers ?? {}).map(([name, text]) => [name, String(text)] as const);
      read.push({
        partition,
        key: key?.toString(),
        value: value?.toString(),
        timestamp,
        headers: Object.fromEntries(texts),
      });
      if (BigInt(offset) + 1n >= BigInt(left.get(partition) ?? 0)) left.delete(partition);
      if (left.size === 0) resolve();
      return Promise.resolve();
    };
    consumer.run({ autoCommit: false, eachMessage }).catch(reject);
  }).finally(() => consumer.disconnect());
  return read.sort((a, b) => a.partition - b.partition);
}

interface RawMessage {
  readonly key: Buffer | null;
  readonly value: Buffer | null;
  readonly timestamp: string;
  readonly headers?: Readonly<Record<string, unknown>>;
  readonly offset: string;
}

const isAlive = ({ exitCode, signalCode }: ChildProcess) => exitCode === null && signalCode === null;

/** The folder with a version's jars, the brokers' agent among them. */
export async function kafkaJars(version: string): Promise<string> {
  const archive = await ensureKafkaArchive(version);
  const folder = await cachedFolder({
    name: "kafka",
    key: archive.sha512.slice(0, 16),
    timeoutSeconds: 120,
    progress: () => undefined,
    build: (draft) => pipeline(createReadStream(archive.path), extract({ cwd: draft })),
  });
  return join(folder, "libs");
}

type Properties = Readonly<Record<string, string | number | boolean>>;

function properties(values: Properties): string {
  return Object.entries(values)
    .map(([name, value]) => `${name}=${value}\n`)
    .join("");
}

function kraftProperties(port: number, controllerPort: number): Properties {
  return {
    "process.roles": "broker,controller",
    "node.id": 1,
    "controller.quorum.voters": `1@127.0.0.1:${controllerPort}`,
    listeners: `PLAINTEXT://127.0.0.1:${port},CONTROLLER://127.0.0.1:${controllerPort}`,
    "controller.listener.names": "CONTROLLER",
    // Started again after its death, it has to wait until the session before has ended.
    "broker.session.timeout.ms": 3_000,
    "broker.heartbeat.interval.ms": 500,
  };
}

function zookeeperProperties(port: number, zookeeper: { readonly port: number; readonly id: number }): Properties {
  return {
    "broker.id": zookeeper.id,
    listeners: `PLAINTEXT://127.0.0.1:${port}`,
    "zookeeper.connect": `127.0.0.1:${zookeeper.port}`,
    // As the cluster has it.
    "zookeeper.session.timeout.ms": 6_000,
    "zookeeper.connection.timeout.ms": 60_000,
  };
}

function commonProperties(folder: string): Properties {
  return {
    "log.dirs": join(folder, "data"),
    "num.partitions": 1,
    "auto.create.topics.enable": false,
    // As the cluster has it.
    "log.message.timestamp.type": "LogAppendTime",
    "offsets.topic.num.partitions": 1,
    "offsets.topic.replication.factor": 1,
    "transaction.state.log.num.partitions": 1,
    "transaction.state.log.replication.factor": 1,
    "transaction.state.log.min.isr": 1,
    "group.initial.rebalance.delay.ms": 0,
  };
}

const log4jProperties = `log4j.rootLogger=WARN, out
log4j.appender.out=org.apache.log4j.ConsoleAppender
log4j.appender.out.layout=org.apache.log4j.PatternLayout
log4j.appender.out.layout.ConversionPattern=%d %p %m (%c)%n
`;
