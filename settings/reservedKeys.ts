/*
 * Kafka settings that the program decides and that `brokerConfig` may therefore not give: value = where to turn instead.
 * What is not here (threads, buffers, segment sizes …) may be given and then replaces the program's value.
 */

const identity = "each broker's identity and addresses are the program's";
const copies = "use replicationFactor and minInsyncReplicas";
const promise = "the failover promise rests on it";
const kraft = "this cluster uses ZooKeeper, not KRaft";

export const reservedBrokerKeys: ReadonlyMap<string, string> = new Map([
  ["broker.id", identity],
  ["broker.id.generation.enable", identity],
  ["reserved.broker.max.id", identity],
  ["broker.rack", "the rack is the node's zone, from availabilityZones"],
  ["listeners", identity],
  ["advertised.listeners", identity],
  ["control.plane.listener.name", identity],
  ["inter.broker.listener.name", identity],
  ["listener.security.protocol.map", identity],
  ["security.inter.broker.protocol", identity],
  ["log.dir", "the data volume is mounted by the program"],
  ["log.dirs", "the data volume is mounted by the program"],
  ["zookeeper.connect", "the ensemble is the program's own"],
  ["zookeeper.session.timeout.ms", promise],
  ["zookeeper.connection.timeout.ms", promise],
  ["replica.lag.time.max.ms", promise],
  ["default.replication.factor", copies],
  ["min.insync.replicas", copies],
  ["offsets.topic.replication.factor", copies],
  ["transaction.state.log.replication.factor", copies],
  ["transaction.state.log.min.isr", copies],
  ["unclean.leader.election.enable", "an unclean election loses acknowledged events"],
  ["auto.create.topics.enable", "topics are made from the setting topics, with an even placement"],
  ["delete.topic.enable", "the program's own topic commands need it"],
  ["controlled.shutdown.enable", promise],
  ["controlled.shutdown.max.retries", promise],
  ["controlled.shutdown.retry.backoff.ms", promise],
  ["auto.leader.rebalance.enable", "leaders must return to a repaired broker"],
  ["replica.selector.class", "consumers read the nearest copy by it"],
  ["process.roles", kraft],
  ["node.id", kraft],
  ["controller.quorum.voters", kraft],
  ["controller.listener.names", kraft],
  ["zookeeper.metadata.migration.enable", kraft],
]);

export const reservedTopicKeys: ReadonlyMap<string, string> = new Map([
  ["retention.ms", "use retentionHours"],
  ["retention.bytes", "use retentionGiB"],
  ["cleanup.policy", "use cleanupPolicy"],
  ["min.compaction.lag.ms", "use retentionHours"],
  // One number for all topics: copies are placed by it, and nodes replaced.
  ["min.insync.replicas", "use minInsyncReplicas"],
  ["unclean.leader.election.enable", "an unclean election loses acknowledged events"],
  ["leader.replication.throttled.replicas", "it is set while copies move, and removed"],
  ["follower.replication.throttled.replicas", "it is set while copies move, and removed"],
]);

/** What `topics[].config` may give: the topic settings of Kafka 3.9 (TopicConfig of kafka-clients) but for those above and for tiered storage, which this cluster has not. */
export const knownTopicKeys: readonly string[] = [
  "compression.gzip.level",
  "compression.lz4.level",
  "compression.type",
  "compression.zstd.level",
  "delete.retention.ms",
  "file.delete.delay.ms",
  "flush.messages",
  "flush.ms",
  "index.interval.bytes",
  "max.compaction.lag.ms",
  "max.message.bytes",
  "message.downconversion.enable",
  "message.format.version",
  "message.timestamp.after.max.ms",
  "message.timestamp.before.max.ms",
  "message.timestamp.difference.max.ms",
  "message.timestamp.type",
  "min.cleanable.dirty.ratio",
  "preallocate",
  "segment.bytes",
  "segment.index.bytes",
  "segment.jitter.ms",
  "segment.ms",
];
