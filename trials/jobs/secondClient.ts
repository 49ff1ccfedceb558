import { spawn, spawnSync } from "node:child_process";
import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { SmokeParameters } from "./smokeReport";

/** A Kafka client that shares no code with kafkajs, run as a program. */
export interface SecondClient {
  readonly name: string;
  /** The command that reads `key<TAB>value` lines from its input and writes them to the topic. */
  readonly writeCommand: readonly [string, ...string[]];
  /** The command that prints the values of one partition from an offset on, and need not end by itself. */
  readonly readCommand: (partition: number, offset: string) => readonly [string, ...string[]];
}

const exists = (command: string) => spawnSync(command, ["--version"], { stdio: "ignore" }).error === undefined;

/** The best second client of this host, or the reason for which there is none. */
export function findSecondClient(parameters: SmokeParameters): SecondClient | string {
  if (parameters.kafkaLibraries !== undefined && exists("java"))
    return javaClient(parameters, parameters.kafkaLibraries);
  if (exists("kcat")) return kcat(parameters);
  return "neither Kafka's Java tools nor kcat are on this host";
}

function javaClient({ topic, clientProperties: { java, kafkajs } }: SmokeParameters, libraries: string): SecondClient {
  const folder = mkdtempSync(join(tmpdir(), "kafka-tools-"));
  const producer = join(folder, "producer.properties");
  const consumer = join(folder, "consumer.properties");
  writeFileSync(producer, java.producer);
  writeFileSync(consumer, java.consumer);
  // Two short runs: the first compiler stage and the serial collector start fastest.
  const start = ["java", "-Xmx128m", "-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", "-cp", `${libraries}/*`] as const;
  const bootstrap = ["--bootstrap-server", kafkajs.client.brokers.join(","), "--topic", topic];
  return {
    name: "Kafka's Java console tools",
    writeCommand: [
      ...start,
      "kafka.tools.ConsoleProducer",
      ...bootstrap,
      "--producer.config",
      producer,
      "--property",
      "parse.key=true",
    ],
    readCommand: (partition, offset) => [
      ...start,
      "org.apache.kafka.tools.consumer.ConsoleConsumer",
      ...bootstrap,
      "--consumer.config",
      consumer,
      "--partition",
      String(partition),
      "--offset",
      offset,
    ],
  };
}

function kcat({ topic, clientProperties: { kafkajs } }: SmokeParameters): SecondClient {
  const where = ["-b", kafkajs.client.brokers.join(","), "-t", topic];
  return {
    name: "kcat",
    // murmur2: librdkafka's own default places keys differently from every other client.
    writeCommand: ["kcat", ...where, "-P", "-K", "\t", "-X", "acks=all", "-X", "topic.partitioner=murmur2_random"],
    readCommand: (partition, offset) => ["kcat", ...where, "-C", "-u", "-q", "-p", String(partition), "-o", offset],
  };
}

/** Runs a client's write command on `key<TAB>value` lines. Rejects with its output when it fails or takes too long. */
export function writeWith(client: SecondClient, lines: readonly string[], timeoutMs: number): Promise<void> {
  return new Promise((resolve, reject) => {
    const [command, ...args] = client.writeCommand;
    const child = spawn(command, args, { timeout: timeoutMs, killSignal: "SIGKILL", stdio: ["pipe", "pipe", "pipe"] });
    let output = "";
    child.stdout.on("data", (chunk: Buffer) => (output += chunk.toString()));
    child.stderr.on("data", (chunk: Buffer) => (output += chunk.toString()));
    child.on("error", reject);
    // A client that dies early closes its input; its exit code and output tell more than this.
    child.stdin.on("error", () => undefined);
    child.on("close", (code, signal) => {
      if (code === 0) resolve();
      else
        reject(
          new Error(`${client.name} could not write: ${signal ?? `exit code ${code}`}: ${output.trim().slice(-2000)}`),
        );
    });
    child.stdin.end(lines.map((line) => `${line}\n`).join(""));
  });
}

/** Hands each line that the client reads to `line` until that says that it has all, or time is up. */
export function readWith(
  client: SecondClient,
  from: { readonly partition: number; readonly offset: string },
  line: (text: string) => "more" | "enough",
  timeoutMs: number,
): Promise<{ readonly output: string }> {
  return new Promise((resolve, reject) => {
    const [command, ...args] = client.readCommand(from.partition, from.offset);
    const child = spawn(command, args, {
      timeout: timeoutMs,
      killSignal: "SIGKILL",
      stdio: ["ignore", "pipe", "pipe"],
    });
    let rest = "";
    let errors = "";
    child.stdout.on("data", (chunk: Buffer) => {
      const lines = (rest + chunk.toString()).split("\n");
      rest = lines.pop() ?? "";
      if (lines.some((text) => line(text) === "enough")) child.kill("SIGKILL");
    });
    child.stderr.on("data", (chunk: Buffer) => (errors += chunk.toString()));
    child.on("error", reject);
    child.on("close", () => resolve({ output: errors.trim().slice(-2000) }));
  });
}
