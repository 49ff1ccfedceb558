/*
 * The failover promise has a client's side: with stock settings a client waits 30 s for a silent broker, and up to 5
 * minutes for news of the others. These settings are part of the stack's outputs and are what the smoke test and the
 * example use.
 */

/** kafkajs' retry settings, in milliseconds. */
export interface KafkajsRetry {
  readonly initialRetryTime: number;
  readonly maxRetryTime: number;
  readonly retries: number;
}

/** The tested client settings. */
export interface ClientProperties {
  /** Java properties texts. */
  readonly java: { readonly producer: string; readonly consumer: string };
  /**
   * Arguments for kafkajs: `new Kafka({clientId, ...client})`, `kafka.producer(producer)`, `send({topic, messages,
   * ...send})`, `kafka.consumer({groupId, ...consumer})`.
   */
  readonly kafkajs: {
    readonly client: {
      readonly brokers: readonly string[];
      readonly connectionTimeout: number;
      readonly requestTimeout: number;
      readonly enforceRequestTimeout: boolean;
      readonly retry: KafkajsRetry;
    };
    readonly producer: {
      readonly idempotent: boolean;
      readonly maxInFlightRequests: number;
      readonly metadataMaxAge: number;
      readonly allowAutoTopicCreation: boolean;
      readonly retry: KafkajsRetry;
    };
    readonly send: { readonly acks: number; readonly timeout: number; readonly compression: number };
    readonly consumer: {
      readonly sessionTimeout: number;
      readonly rebalanceTimeout: number;
      readonly heartbeatInterval: number;
      readonly metadataMaxAge: number;
      readonly maxWaitTimeInMs: number;
      readonly allowAutoTopicCreation: boolean;
      readonly retry: KafkajsRetry;
    };
  };
}

/**
 * The time in ms after which a broker that does not answer is given up for this request, which is then sent again,
 * without harm as producers are idempotent. A silent broker's session ends after 6 to 7 s, and then the next try finds
 * the new leader: so the gap is a multiple of this. Measured, a broker cut off: with 2.5 s here 7.6 to 10.9 s without
 * an acknowledgement, with 8 s up to 14 s.
 */
const requestTimeoutMs = 2_000;
/** How long a broker may hold a request back while copies are missing. */
const brokerTimeoutMs = 8_000;
/**
 * The time in ms for a connection: a host that is gone answers none, and between zones one takes a millisecond or two.
 */
const connectTimeoutMs = 1_500;
/** The age in ms that a client's knowledge of leaders may have. */
const metadataMaxAgeMs = 2_000;
/**
 * The longest pause between two tries, where both clients would double it up to 1 s and 30 s. Measured, a leader
 * killed: 1.1 s without an acknowledgement, with 1 s here 4.1 s.
 */
const retryPauseMs = { first: 100, longest: 250 };
/** The time in ms without an acknowledgement after which a Java producer gives an event back to the application. */
const deliveryTimeoutMs = 120_000;
/** The time in ms after which a silent consumer loses its partitions to the others of its group. */
const consumerSessionMs = 10_000;
/** How long the others of a group wait for a member that does not come to share the partitions out anew. */
const rebalanceTimeoutMs = 20_000;
const heartbeatMs = 3_000;
/** kafkajs' number for gzip: the one codec that every client has built in, so that whatever one writes all can read. */
const kafkajsGzip = 1;

/**
 * The tested client settings for a cluster.
 * @param bootstrapServers `host:port` of every broker
 * @param mostPartitions of the largest topic
 */
export function clientProperties(bootstrapServers: readonly string[], mostPartitions: number): ClientProperties {
  const bootstrap = bootstrapServers.join(",");
  const shared = {
    "bootstrap.servers": bootstrap,
    "request.timeout.ms": requestTimeoutMs,
    "metadata.max.age.ms": metadataMaxAgeMs,
    "socket.connection.setup.timeout.ms": connectTimeoutMs,
    "socket.connection.setup.timeout.max.ms": connectTimeoutMs,
    "reconnect.backoff.max.ms": retryPauseMs.longest,
    "retry.backoff.ms": retryPauseMs.first,
    "retry.backoff.max.ms": retryPauseMs.longest,
  };
  const pace = { initialRetryTime: retryPauseMs.first, maxRetryTime: retryPauseMs.longest };
  const forever = { ...pace, retries: Number.MAX_SAFE_INTEGER };
  return {
    java: {
      producer: propertiesText({
        ...shared,
        acks: "all",
        "enable.idempotence": true,
        "max.in.flight.requests.per.connection": 5,
        retries: 2_147_483_647,
        "delivery.timeout.ms": deliveryTimeoutMs,
        // 20 ms is far below what a person notices in a report; without lingering the rate is less than half
        // (docs/capacity.md).
        "linger.ms": 20,
        "batch.size": batchBytes(mostPartitions),
        "compression.type": "gzip",
      }),
      consumer: propertiesText({
        ...shared,
        "session.timeout.ms": consumerSessionMs,
        "heartbeat.interval.ms": heartbeatMs,
        // One member that joins or leaves moves its own share of the partitions; the others read on.
        "partition.assignment.strategy": "org.apache.kafka.clients.consumer.CooperativeStickyAssignor",
        // Commit when the events are in the database, not when a timer says so.
        "enable.auto.commit": false,
        "auto.offset.reset": "earliest",
      }),
    },
    kafkajs: {
      client: {
        brokers: [...bootstrapServers],
        connectionTimeout: connectTimeoutMs,
        requestTimeout: requestTimeoutMs,
        enforceRequestTimeout: true,
        // A minute.
        retry: { ...pace, retries: 240 },
      },
      producer: {
        idempotent: true,
        // Sequence numbers stay in order whatever is sent again.
        maxInFlightRequests: 1,
        metadataMaxAge: metadataMaxAgeMs,
        allowAutoTopicCreation: false,
        // Anything less and kafkajs warns, and loses events in a failover that takes longer.
        retry: forever,
      },
      send: { acks: -1, timeout: brokerTimeoutMs, compression: kafkajsGzip },
      consumer: {
        sessionTimeout: consumerSessionMs,
        rebalanceTimeout: rebalanceTimeoutMs,
        heartbeatInterval: heartbeatMs,
        metadataMaxAge: metadataMaxAgeMs,
        maxWaitTimeInMs: 500,
        allowAutoTopicCreation: false,
        // Not for ever: kafkajs looks for the group's new coordinator only when it has given up on the old one, and
        // then joins anew by itself. Eight tries take 2 s when a broker refuses and 18 s when it is silent. Measured
        // without an end: a coordinator that was lost with its zone kept the group from reading for 96 and 107 s, until
        // it was back.
        retry: { ...pace, retries: 7 },
      },
    },
  };
}

/** Kafka's default of `buffer.memory`. */
const bufferBytes = 33_554_432;
/** Kafka's default of `batch.size`. */
const leastBatchBytes = 16_384;
/** Half of what a broker takes as one message: the size of a batch is an estimate while it is being compressed. */
const mostBatchBytes = 524_288;

/**
 * Bytes of a batch. Large ones compress better, and cost brokers less, which check and copy each as a whole: measured,
 * 512 KiB take 1.45 times the rate of 128 KiB (docs/capacity.md). A producer sets as much aside for every batch that it
 * has begun: with keys one for each partition, and another that is under way, or `send` would wait for memory.
 */
function batchBytes(partitions: number): number {
  return Math.max(leastBatchBytes, Math.min(mostBatchBytes, Math.floor(bufferBytes / (2 * partitions))));
}

function propertiesText(properties: Record<string, string | number | boolean>): string {
  return Object.entries(properties)
    .map(([key, value]) => `${key}=${value}\n`)
    .join("");
}
