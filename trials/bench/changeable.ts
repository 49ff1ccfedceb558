/** Settings that a benchmark may change, and why not others. */

/** The settings of the Java producer (kafka-clients 3.9, ProducerConfig) that bear on rate and latency. */
export const changeableProducer: readonly string[] = [
  "linger.ms",
  "batch.size",
  "compression.type",
  "compression.gzip.level",
  "compression.lz4.level",
  "compression.zstd.level",
  "acks",
  "enable.idempotence",
  "max.in.flight.requests.per.connection",
  "buffer.memory",
  "max.request.size",
  "max.block.ms",
  "send.buffer.bytes",
  "receive.buffer.bytes",
  "request.timeout.ms",
  "delivery.timeout.ms",
  "retries",
  "retry.backoff.ms",
  "retry.backoff.max.ms",
  "metadata.max.age.ms",
  "partitioner.adaptive.partitioning.enable",
  "partitioner.availability.timeout.ms",
];

/** Settings of the producer that can't be changed, with the reason. */
export const decidedProducer: Readonly<Record<string, string>> = {
  "bootstrap.servers": "it is the stack's",
  "key.serializer": "the tool writes bytes",
  "value.serializer": "the tool writes bytes",
  "client.id": "the figures are found by it",
  "transactional.id": "the benchmark makes no transactions",
};

/** The settings of a topic (TopicConfig) that bear on rate and latency. */
export const changeableTopic: readonly string[] = [
  "compression.type",
  "compression.gzip.level",
  "compression.lz4.level",
  "compression.zstd.level",
  "flush.messages",
  "flush.ms",
  "index.interval.bytes",
  "max.message.bytes",
  "message.timestamp.type",
  "preallocate",
  "segment.index.bytes",
];

const bounded = "it keeps the brokers' disks from filling";

/** Settings of a topic that can't be changed, with the reason. */
export const decidedTopic: Readonly<Record<string, string>> = {
  "retention.bytes": bounded,
  "retention.ms": bounded,
  "segment.bytes": bounded,
  "cleanup.policy": bounded,
  "file.delete.delay.ms": bounded,
  "min.insync.replicas": "it is the stack's, and 1 with the shipped settings",
};
