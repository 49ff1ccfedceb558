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

/** kafkajs' settings of a connection. */
export interface KafkajsClient {
  readonly brokers: readonly string[];
  readonly connectionTimeout: number;
  readonly requestTimeout: number;
  readonly enforceRequestTimeout: boolean;
  readonly retry: KafkajsRetry;
}

/** The tested client settings. */
export interface ClientProperties {
  /** Java properties texts. */
  readonly java: { readonly producer: string; readonly consumer: string };
  /**
   * Arguments for kafkajs: `new Kafka({clientId, ...client})`, of which `kafka.producer(producer)` and
   * `send({topic, messages, ...send})`; `new Kafka({clientId, ...consumerClient})`, of which
   * `kafka.consumer({groupId, ...consumer})`.
   */
  readonly kafkajs: {
    /** For producers and admins. */
    readonly client: KafkajsClient;
    /** For consumers: an answer with events may take longer than any other. */
    readonly consumerClient: KafkajsClient;
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
      readonly maxBytes: number;
      readonly maxBytesPerPartition: number;
      readonly allowAutoTopicCreation: boolean;
      readonly retry: KafkajsRetry;
    };
  };
  /**
   * Configurations for librdkafka, by its own names, and so for confluent-kafka (Python, Go, .NET) and
   * `@confluentinc/kafka-javascript`; to the consumer's comes `group.id`. All values are texts, which every one of them
   * takes.
   */
  readonly librdkafka: {
    readonly producer: Readonly<Record<string, string>>;
    readonly consumer: Readonly<Record<string, string>>;
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
/** The time in ms without an acknowledgement after which a producer gives an event back to the application. */
const deliveryTimeoutMs = 120_000;
/**
 * The time in ms that Java's `send` waits for room in its memory, or to learn of its topic: the promise within which
 * every partition is written again.
 */
const mostBlockedMs = 60_000;
/**
 * The time in ms after which librdkafka believes that a topic is not there: a broker that has just started may not have
 * heard of it.
 */
const topicUnknownMs = 10_000;
/** The time in ms after which a silent consumer loses its partitions to the others of its group. */
const consumerSessionMs = 10_000;
/** How long the others of a group wait for a member that does not come to share the partitions out anew. */
const rebalanceTimeoutMs = 20_000;
const heartbeatMs = 3_000;
/**
 * The time in ms that a batch waits for more events: far below what a person notices in a report; without it the rate
 * is less than half (docs/capacity.md).
 */
const lingerMs = 20;
/** kafkajs' number for gzip: the one codec that every client has built in, so that whatever one writes all can read. */
const kafkajsGzip = 1;

/**
 * The tested client settings for a cluster.
 * @param bootstrapServers `host:port` of every broker
 * @param mostPartitions of the largest topic
 */
export function clientProperties(bootstrapServers: readonly string[], mostPartitions: number): ClientProperties {
  const bootstrap = bootstrapServers.join(",");
  const fetchTimeoutMs = fetchTimeout(bootstrapServers.length);
  const shared = {
    "bootstrap.servers": bootstrap,
    "metadata.max.age.ms": metadataMaxAgeMs,
    "socket.connection.setup.timeout.ms": connectTimeoutMs,
    "socket.connection.setup.timeout.max.ms": connectTimeoutMs,
    "reconnect.backoff.max.ms": retryPauseMs.longest,
    "retry.backoff.ms": retryPauseMs.first,
    "retry.backoff.max.ms": retryPauseMs.longest,
  };
  const pace = { initialRetryTime: retryPauseMs.first, maxRetryTime: retryPauseMs.longest };
  const client = {
    brokers: [...bootstrapServers],
    connectionTimeout: connectTimeoutMs,
    requestTimeout: requestTimeoutMs,
    enforceRequestTimeout: true,
    // A minute.
    retry: { ...pace, retries: 240 },
  };
  const batch = batchBytes(mostPartitions);
  return {
    java: {
      producer: propertiesText({
        ...shared,
        "request.timeout.ms": requestTimeoutMs,
        acks: "all",
        "enable.idempotence": true,
        "max.in.flight.requests.per.connection": 5,
        retries: 2_147_483_647,
        "delivery.timeout.ms": deliveryTimeoutMs,
        "linger.ms": lingerMs,
        "batch.size": batch,
        "buffer.memory": bufferBytes,
        "max.block.ms": mostBlockedMs,
        "compression.type": "gzip",
      }),
      consumer: propertiesText({
        ...shared,
        // A silent leader is left when the metadata name another, whatever is still asked of it.
        "request.timeout.ms": fetchTimeoutMs,
        "fetch.max.bytes": answerBytes,
        "max.partition.fetch.bytes": answerBytes,
        // Whoever commits after each poll waits for an answer that comes behind the events: with Kafka's 500, of 1 kB,
        // measured over 5 MB/s on a busy machine 47 % of the link, and 79 % with these. A member has 5 minutes for them
        // (max.poll.interval.ms), 150 ms for each.
        "max.poll.records": 2_000,
        // The Java consumer asks a broker for the other partitions while it hands out what it has of one. Where only
        // that one is behind, it gets an answer's worth in each such wait: measured 1.0 MB/s at the default, 500, where
        // Kafka's own sizes give 1.9; 4.7 MB/s at 100.
        "fetch.max.wait.ms": 100,
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
      client,
      // A silent broker is noticed by its silence (examples/consumer/silenceLimited.ts); without that, at this time.
      consumerClient: { ...client, requestTimeout: fetchTimeoutMs },
      producer: {
        idempotent: true,
        // Sequence numbers stay in order whatever is sent again.
        maxInFlightRequests: 1,
        metadataMaxAge: metadataMaxAgeMs,
        allowAutoTopicCreation: false,
        // As long as Java's tries where each fails at once. Without an end, as kafkajs would have it, a `send` to a
        // topic that does not exist never returns. After an error the events are for a new producer: this one would use
        // their sequence numbers for others, which a broker that has the first ones takes for repetitions.
        retry: { ...pace, retries: deliveryTimeoutMs / retryPauseMs.longest },
      },
      send: { acks: -1, timeout: brokerTimeoutMs, compression: kafkajsGzip },
      consumer: {
        sessionTimeout: consumerSessionMs,
        rebalanceTimeout: rebalanceTimeoutMs,
        heartbeatInterval: heartbeatMs,
        metadataMaxAge: metadataMaxAgeMs,
        maxWaitTimeInMs: 500,
        maxBytes: answerBytes,
        maxBytesPerPartition: answerBytes,
        allowAutoTopicCreation: false,
        // Not for ever: kafkajs looks for the group's new coordinator only when it has given up on the old one, and
        // then joins anew by itself. Eight tries take 2 s when a broker refuses, and 10 s when a zone's are silent
        // (57 s where each try asks these again). Measured without an end: a coordinator that was lost with its zone
        // kept the group from reading for 96 and 107 s, until it was back.
        retry: { ...pace, retries: 7 },
      },
    },
    librdkafka: librdkafkaProperties(bootstrap, batch, fetchTimeoutMs),
  };
}

/** The same settings by librdkafka's names; the ones that it does not have are left out. */
function librdkafkaProperties(
  bootstrap: string,
  batch: number,
  fetchTimeoutMs: number,
): ClientProperties["librdkafka"] {
  const shared = {
    "bootstrap.servers": bootstrap,
    "socket.connection.setup.timeout.ms": connectTimeoutMs,
    "topic.metadata.refresh.interval.ms": metadataMaxAgeMs,
    "topic.metadata.propagation.max.ms": topicUnknownMs,
    // What was not confirmed for three refreshes is not believed any more, as it is by default.
    "metadata.max.age.ms": 3 * metadataMaxAgeMs,
    "reconnect.backoff.ms": retryPauseMs.first,
    "reconnect.backoff.max.ms": retryPauseMs.longest,
    "retry.backoff.ms": retryPauseMs.first,
    "retry.backoff.max.ms": retryPauseMs.longest,
  };
  return {
    producer: texts({
      ...shared,
      "socket.timeout.ms": requestTimeoutMs,
      acks: "all",
      "enable.idempotence": true,
      "max.in.flight.requests.per.connection": 5,
      "request.timeout.ms": brokerTimeoutMs,
      "message.timeout.ms": deliveryTimeoutMs,
      "linger.ms": lingerMs,
      "batch.size": batch,
      "compression.type": "gzip",
      // Keys go where those of Java and kafkajs go; its own way is another.
      partitioner: "murmur2_random",
      // By bytes alone: 100,000 events of a leader that is away would stop those of all others.
      "queue.buffering.max.messages": 0,
      "queue.buffering.max.kbytes": bufferBytes / 1024,
    }),
    consumer: texts({
      ...shared,
      "socket.timeout.ms": fetchTimeoutMs,
      "session.timeout.ms": consumerSessionMs,
      "heartbeat.interval.ms": heartbeatMs,
      "partition.assignment.strategy": "cooperative-sticky",
      "enable.auto.commit": false,
      "auto.offset.reset": "earliest",
      "fetch.max.bytes": answerBytes,
      "fetch.message.max.bytes": answerBytes,
      // No answer may be allowed less than this, which means nothing to a consumer.
      "message.max.bytes": answerBytes,
      // What is read ahead of the application, 64 MiB by default, and how long it rests when it has that, 1 s.
      "queued.max.messages.kbytes": 16 * 1024,
      "fetch.queue.backoff.ms": retryPauseMs.first,
    }),
  };
}

/**
 * The bytes after which an answer with events ends, in all and of a partition: the largest batch of our producers. A
 * broker gives one whole batch, however large, and cuts off what does not fit after it, which a client throws away: so
 * an answer of one batch and a half would cost a third of the link. Every broker owes one answer at a time: five are
 * 2.5 MiB, 55 MiB once they are unpacked into events at 20 to 1.
 */
const answerBytes = 524_288;
/** The slowest link, in bytes per ms, over which a consumer gets what it asked for in time: 0.5 MB/s. */
const slowestLink = 500;
/** The longest time in ms for an answer: within a minute, also where nothing else tells of a silent broker. */
const longestFetchMs = 20_000;

/**
 * The time in ms for an answer with events: three times what one of each broker takes over the slowest link, as one may
 * get less of it than the others. Measured, five brokers: 4 to 5 s each, the slowest 12 s.
 */
function fetchTimeout(brokers: number): number {
  return Math.min(longestFetchMs, Math.ceil((3 * brokers * answerBytes) / slowestLink / 1000) * 1000);
}

/**
 * Bytes in which a producer keeps what is not acknowledged: four times the default. What waits for a leader that is
 * away may not fill them, or `send` waits for all the others too. Half is for batches under way; the other half holds
 * 25 s, the longest that a drill allows, of the lost fifth of 13 MB/s, compressed.
 */
const bufferBytes = 134_217_728;
/** Kafka's default of `batch.size`. */
const leastBatchBytes = 16_384;
/** Half of what a broker takes as one message: the size of a batch is an estimate while it is being compressed. */
const mostBatchBytes = 524_288;

/**
 * Bytes of a batch. Large ones compress better, and cost brokers less, which check and copy each as a whole: measured,
 * 512 KiB take 1.45 times the rate of 128 KiB (docs/capacity.md). A producer sets as much aside for every batch that it
 * has begun: with keys one for each partition, and another that is under way. All of them take half of its memory.
 */
function batchBytes(partitions: number): number {
  return Math.max(leastBatchBytes, Math.min(mostBatchBytes, Math.floor(bufferBytes / (4 * partitions))));
}

type Properties = Readonly<Record<string, string | number | boolean>>;

function texts(properties: Properties): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(properties).map(([key, value]) => [key, String(value)]));
}

function propertiesText(properties: Properties): string {
  return Object.entries(properties)
    .map(([key, value]) => `${key}=${value}\n`)
    .join("");
}
