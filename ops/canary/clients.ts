import { Kafka, logLevel, type LogEntry } from "kafkajs";
import { silenceLimited, silenceMs } from "../../examples/consumer/silenceLimited";
import { clientProperties, type ClientProperties } from "../../planning/cluster/clientProperties";
import type { BrokerAddress } from "../kafka/metadata";

/** Clients of kafkajs as an application has them: with the settings and connections that the outputs and docs tell. */
export class CanaryClients {
  readonly settings: ClientProperties["kafkajs"];
  private readonly bootstrap: string[];

  /** @param brokers by their addresses: names are no part of what is measured */
  constructor(
    brokers: readonly BrokerAddress[],
    private readonly say: (line: string) => void,
  ) {
    this.bootstrap = brokers.map(({ host, port }) => `${host}:${port}`);
    this.settings = clientProperties(this.bootstrap, brokers.length).kafkajs;
  }

  producing(): Kafka {
    const socketFactory = silenceLimited(silenceMs.producer);
    return new Kafka({ ...this.settings.client, ...this.common(), socketFactory });
  }

  consuming(): Kafka {
    const socketFactory = silenceLimited(silenceMs.consumer);
    return new Kafka({ ...this.settings.consumerClient, ...this.common(), socketFactory });
  }

  private common() {
    const logCreator =
      () =>
      ({ namespace, log }: LogEntry) => {
        const details = [log.error, log.broker].filter((part) => typeof part === "string").join(", ");
        this.say(`kafkajs ${namespace}: ${log.message}${details === "" ? "" : ` (${details})`}`);
      };
    return { clientId: "kafka-canary", brokers: this.bootstrap, logLevel: logLevel.ERROR, logCreator };
  }
}
