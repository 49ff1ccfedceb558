import { Kafka, logLevel, type ConsumerConfig, type LogEntry, type ProducerConfig } from "kafkajs";
import { silenceLimited, silenceMs } from "../../../examples/consumer/silenceLimited";
import type { DrillParameters } from "./parameters";

/**
 * The least bytes of a fetch. A reader that fetches every few events one by one would cost the brokers more than the
 * writers do; it waits 0.5 s at most (stock: 5 s).
 */
const minBytes = 4096;

const clientId = "kafka-on-ec2-drill";

/** Clients of kafkajs as an application would set them up. */
export class Clients {
  constructor(private readonly parameters: Pick<DrillParameters, "against" | "clientProperties">) {}

  /** A client for a producer. */
  producing(): Kafka {
    return this.kafka(true);
  }

  /** A client for consumers. */
  consuming(): Kafka {
    return this.kafka(false);
  }

  /** A client for what the drill itself needs: with our settings, whatever is drilled. */
  managing(): Kafka {
    const { client } = this.parameters.clientProperties.kafkajs;
    // A busy machine makes a topic in more time than an application gives a broker.
    const patient = { ...client, requestTimeout: 30_000 };
    return new Kafka({ clientId, ...patient, brokers: [...client.brokers], ...quiet });
  }

  producerConfig(): ProducerConfig {
    return this.parameters.against === "stock" ? {} : this.parameters.clientProperties.kafkajs.producer;
  }

  consumerConfig(groupId: string): ConsumerConfig {
    return this.parameters.against === "stock"
      ? { groupId, minBytes }
      : { groupId, ...this.parameters.clientProperties.kafkajs.consumer, minBytes };
  }

  sendOptions(): { readonly acks: number; readonly timeout?: number; readonly compression?: number } {
    return this.parameters.against === "stock" ? { acks: -1 } : this.parameters.clientProperties.kafkajs.send;
  }

  private kafka(producing: boolean): Kafka {
    const { against, clientProperties } = this.parameters;
    const { kafkajs } = clientProperties;
    const client = producing ? kafkajs.client : kafkajs.consumerClient;
    const brokers = [...client.brokers];
    if (against === "stock") return new Kafka({ clientId, brokers, ...quiet });
    const socketFactory = silenceLimited(producing ? silenceMs.producer : silenceMs.consumer);
    return new Kafka({ clientId, ...client, brokers, socketFactory, ...quiet });
  }
}

/** Message -> when it was logged last. */
const said = new Map<string, number>();

/** Logs each message once in 5 s: a fault makes kafkajs say the same many times. */
const quiet = {
  logLevel: logLevel.ERROR,
  logCreator: () => {
    return ({ namespace, log }: LogEntry) => {
      const details = [log.error, log.broker].filter((part) => typeof part === "string").join(", ");
      const line = `kafkajs ${namespace}: ${log.message}${details === "" ? "" : ` (${details})`}`;
      if (Date.now() - (said.get(line) ?? 0) < 5000) return;
      said.set(line, Date.now());
      console.log(line);
    };
  },
};
