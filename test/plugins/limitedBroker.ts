/** One Kafka process that is broker and controller, on loopback, with the flags of the JVM that a node has. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { createReadStream, mkdirSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pipeline } from "node:stream/promises";
import { setTimeout as pause } from "node:timers/promises";
import { Kafka, logLevel } from "kafkajs";
import { extract } from "tar";
import { ensureKafkaArchive } from "../../artifacts/archives";
import { cachedFolder } from "../../lab/setup/cachedFolder";

/** A running broker. */
export interface LimitedBroker {
  readonly port: number;
  isRunning(): boolean;
  /** How many whole collections of garbage there were. */
  fullCollections(): number;
  log(): string;
  stop(): Promise<void>;
}

/** The folder with a version's jars, the agent among them. */
export async function librariesOf(version: string): Promise<string> {
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

/** Starts a broker with an empty topic. Throws with the end of its log when it does not start within 110 s. */
export async function startBroker(libraries: string, jvmOptions: readonly string[], topic: string) {
  const folder = mkdtempSync(join(tmpdir(), "limited-broker-"));
  const [port, controller] = [await freePort(), await freePort()];
  const files = { log: join(folder, "kafka.log"), gc: join(folder, "gc.log"), log4j: join(folder, "log4j.properties") };
  writeFileSync(
    files.log4j,
    "log4j.rootLogger=WARN, out\nlog4j.appender.out=org.apache.log4j.ConsoleAppender\n" +
      "log4j.appender.out.layout=org.apache.log4j.PatternLayout\nlog4j.appender.out.layout.ConversionPattern=%p %m%n\n",
  );
  // What `kafka-storage format` would write, without another start of Java.
  mkdirSync(join(folder, "data"));
  writeFileSync(join(folder, "data", "meta.properties"), "version=1\ncluster.id=AAAAAAAAAAAAAAAAAAAAAA\nnode.id=1\n");
  writeFileSync(
    join(folder, "server.properties"),
    `process.roles=broker,controller\nnode.id=1\ncontroller.quorum.voters=1@127.0.0.1:${controller}\n` +
      `listeners=PLAINTEXT://127.0.0.1:${port},CONTROLLER://127.0.0.1:${controller}\n` +
      `controller.listener.names=CONTROLLER\nlog.dirs=${join(folder, "data")}\n`,
  );
  const output = openSync(files.log, "a");
  const kafka = ["-cp", join(libraries, "*"), "kafka.Kafka", join(folder, "server.properties")];
  const options = jvmOptions.map((option) =>
    option.replace("/opt/kafka/libs", libraries).replace("/var/log/kafka/gc.log", files.gc),
  );
  const child = spawn("java", [...options, `-Dlog4j.configuration=file:${files.log4j}`, ...kafka], {
    stdio: ["ignore", output, output],
  });
  const broker: LimitedBroker = {
    port,
    isRunning: () => child.exitCode === null && child.signalCode === null,
    fullCollections: () => readFileSync(files.gc, "utf8").match(/Pause Full/g)?.length ?? 0,
    log: () => readFileSync(files.log, "utf8"),
    stop: async () => {
      if (broker.isRunning()) {
        const exit = once(child, "exit");
        child.kill("SIGKILL");
        await exit;
      }
      rmSync(folder, { recursive: true, force: true });
    },
  };
  const admin = new Kafka({
    brokers: [`127.0.0.1:${port}`],
    logLevel: logLevel.NOTHING,
    retry: { retries: 0 },
  }).admin();
  for (const end = Date.now() + 110_000; ; await pause(300)) {
    try {
      await admin.connect();
      await admin.createTopics({ topics: [{ topic, numPartitions: 1 }], waitForLeaders: true });
      await admin.disconnect();
      return broker;
    } catch (error) {
      if (broker.isRunning() && Date.now() < end) continue;
      const evidence = broker.log().split("\n").slice(-30).join("\n");
      await broker.stop();
      throw new Error(`Kafka did not start (${(error as Error).message}):\n${evidence}`);
    }
  }
}

async function freePort(): Promise<number> {
  const server = createServer();
  await once(server.listen(0, "127.0.0.1"), "listening");
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, "close");
  return port;
}
