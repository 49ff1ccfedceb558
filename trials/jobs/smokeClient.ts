import { Kafka, Partitioners, logLevel, type Consumer, type LogEntry, type Producer } from "kafkajs";
import type { KafkajsClient } from "../../planning/cluster/clientProperties";
import type { SmokeParameters } from "./smokeReport";

/** A client of kafkajs as the stack's outputs say, with the time that is left. */
export class SmokeClient {
  /** For producers and admins. */
  readonly kafka: Kafka;
  private readonly deadline: number;

  constructor(readonly parameters: SmokeParameters) {
    this.deadline = Date.now() + parameters.deadlineSeconds * 1000;
    this.kafka = kafkaOf(parameters.clientProperties.kafkajs.client);
  }

  producer(): Producer {
    const { producer } = this.parameters.clientProperties.kafkajs;
    return this.kafka.producer({ ...producer, createPartitioner: Partitioners.DefaultPartitioner });
  }

  consumer(groupId: string): Consumer {
    const { consumerClient, consumer } = this.parameters.clientProperties.kafkajs;
    return kafkaOf(consumerClient).consumer({ groupId, ...consumer });
  }

  /** Milliseconds for a step: at most `limit`, and not beyond the job's own deadline. */
  remainingMs(limit: number): number {
    return Math.max(1000, Math.min(limit, this.deadline - Date.now()));
  }
}

function kafkaOf(client: KafkajsClient): Kafka {
  return new Kafka({
    clientId: "kafka-on-ec2-smoke",
    ...client,
    brokers: [...client.brokers],
    logLevel: logLevel.ERROR,
    logCreator: () => briefLog(),
  });
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
