import { Kafka, Partitioners, logLevel, type LogEntry, type Producer } from "kafkajs";
import type { SmokeParameters } from "./smokeReport";

/** A client of kafkajs as the stack's outputs say, with the time that is left. */
export class SmokeClient {
  readonly kafka: Kafka;
  private readonly deadline: number;

  constructor(readonly parameters: SmokeParameters) {
    const { client } = parameters.clientProperties.kafkajs;
    this.deadline = Date.now() + parameters.deadlineSeconds * 1000;
    this.kafka = new Kafka({
      clientId: "kafka-on-ec2-smoke",
      ...client,
      brokers: [...client.brokers],
      logLevel: logLevel.ERROR,
      logCreator: () => briefLog(),
    });
  }

  producer(): Producer {
    const { producer } = this.parameters.clientProperties.kafkajs;
    return this.kafka.producer({ ...producer, createPartitioner: Partitioners.DefaultPartitioner });
  }

  /** Milliseconds for a step: at most `limit`, and not beyond the job's own deadline. */
  remainingMs(limit: number): number {
    return Math.max(1000, Math.min(limit, this.deadline - Date.now()));
  }
}

/** Logs kafkajs' errors, one short line each; it retries the same thing many times, so a repeated line is left out. */
function briefLog(): (entry: LogEntry) => void {
  let last = "";
  return ({ namespace, log }) => {
    const details = [log.error, log.broker].filter((part) => typeof part === "string").join(", ");
    const line = `kafkajs ${namespace}: ${log.message}${details === "" ? "" : ` (${details})`}`;
    if (line !== last) console.log(line);
    last = line;
  };
}
