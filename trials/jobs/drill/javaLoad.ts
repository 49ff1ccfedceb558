import { spawn, type ChildProcess } from "node:child_process";
import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import type { Acknowledgements } from "./acknowledgements";
import { parseEvent, prefixOf } from "./events";
import type { DrillParameters } from "./parameters";
import { within } from "./within";
import { repeatingKeys } from "./repeatingKeys";

/** A line of VerifiableProducer; the fields that count. */
interface ProducerLine {
  readonly name: string;
  /** The time at which the producer printed it, ms since 1970. */
  readonly timestamp: number;
  readonly partition?: number;
  readonly value?: string;
  readonly exception?: string;
  readonly message?: string;
}

/** The properties that a Java application would be given. */
export function javaProperties({ against, clientProperties }: Pick<DrillParameters, "against" | "clientProperties">) {
  if (against === "ours") return clientProperties.java.producer;
  // VerifiableProducer sets retries=0 unless told otherwise; this is the client's own default.
  return "acks=all\nretries=2147483647\n";
}

/** Kafka's own producer, made for such tests: numbered values, one line for each acknowledgement. */
export class JavaLoad {
  private readonly child: ChildProcess;
  private readonly ended: Promise<void>;
  private stopping = false;

  constructor(
    parameters: DrillParameters,
    private readonly acknowledgements: Acknowledgements,
  ) {
    const { topic, replicaAssignment, eventsPerSecond, kafkaLibraries, clientProperties } = parameters;
    const config = join(mkdtempSync(join(tmpdir(), "java-load-")), "producer.properties");
    writeFileSync(config, javaProperties(parameters));
    // By their keys, as an application's events: a partition's are not evenly spaced (longestStep at worst).
    const keys = repeatingKeys(replicaAssignment.length);
    this.child = spawn(
      "java",
      [
        ...["-Xmx160m", "-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", "-cp", `${kafkaLibraries}/*`],
        "org.apache.kafka.tools.VerifiableProducer",
        ...["--bootstrap-server", clientProperties.kafkajs.client.brokers.join(",")],
        ...["--topic", topic, "--acks", "-1", "--producer.config", config],
        ...["--throughput", String(eventsPerSecond), "--repeating-keys", String(keys.count)],
        ...["--value-prefix", String(prefixOf("java"))],
      ],
      { stdio: ["ignore", "pipe", "pipe"] },
    );
    let errors = "";
    this.child.stderr?.on("data", (chunk: Buffer) => (errors = (errors + chunk.toString()).slice(-2000)));
    if (this.child.stdout !== null) createInterface(this.child.stdout).on("line", (line) => this.take(line));
    this.ended = new Promise((resolve) => {
      const end = (how: string) => {
        if (!this.stopping) acknowledgements.failed(`the Java producer ended: ${how} ${errors.trim().slice(-200)}`);
        resolve();
      };
      this.child.on("error", (error) => end(error.message));
      this.child.on("close", (code, signal) => end(signal ?? `exit code ${code}`));
    });
  }

  /** Stops writing, and lets it finish what it has begun. */
  async stop(limitMs: number): Promise<void> {
    this.stopping = true;
    this.child.kill("SIGTERM");
    await within(limitMs, this.ended);
    this.child.kill("SIGKILL");
  }

  private take(line: string): void {
    if (!line.startsWith("{")) return;
    const { name, timestamp, partition, value, exception, message } = JSON.parse(line) as ProducerLine;
    if (name === "producer_send_success" && value !== undefined && partition !== undefined) {
      const event = parseEvent(value);
      if (event !== undefined) this.acknowledgements.add(event.number, partition, timestamp);
    } else if (name === "producer_send_error") {
      this.acknowledgements.failed(`${exception ?? ""}: ${message ?? ""}`);
    }
  }
}
