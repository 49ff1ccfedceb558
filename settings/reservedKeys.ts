import { kafkaKeys } from "./kafka/kafkaSettings";

/*
 * Kafka settings that the program decides and that `brokerConfig` may therefore not give: value = where to turn
 * instead. What is not here (threads, buffers, segment sizes …) may be given and then replaces the program's value.
 */

const identity = "each broker's identity and addresses are the program's";
const copies = "use replicationFactor and minInsyncReplicas";
const promise = "the failover promise rests on it";
const kraft = "this cluster uses ZooKeeper, not KRaft";
const tiered = "this cluster has no tiered storage";
const unusedFormat = "Kafka has ignored it since 3.0";

const reservedBrokerNames: ReadonlyMap<string, string> = new Map([
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
  ["allow.everyone.if.no.acl.found", "the program gives the rights, see adminAddresses"],
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
  ["inter.broker.protocol.version", "the brokers speak their own version's; an older one lacks what they rely on"],
  ["log.message.format.version", unusedFormat],
  ["log.cleaner.enable", "without it Kafka's own topics grow until the disks are full"],
  ["offsets.commit.required.acks", "a commit is acknowledged as an event is, by minInsyncReplicas"],
  ["offsets.topic.num.partitions", "another number would take every consumer group's place from it"],
  ["transaction.state.log.num.partitions", "another number would take every transaction from its producer"],
  ["eligible.leader.replicas.enable", kraft],
  ["broker.heartbeat.interval.ms", kraft],
  ["broker.session.timeout.ms", kraft],
  ["initial.broker.registration.timeout.ms", kraft],
]);

/** The families of settings of which every member is reserved. */
const reservedBrokerFamilies: readonly (readonly [RegExp, string])[] = [
  [/^(controller\.quorum|metadata\.(log|max)|group\.(consumer|share|coordinator))\./, kraft],
  [/^zookeeper\./, "the ensemble is the program's own"],
  [
    /^authorizer\./,
    "the program decides who may do what, by addresses; adminAddresses names those who may do everything",
  ],
  [
    /^(principal\.builder|security\.|ssl\.|sasl\.|delegation\.token|password\.encoder|connections\.max\.reauth)/,
    "nobody logs in to the brokers, security groups say who reaches them",
  ],
  [/^(remote\.|log\.local\.)/, tiered],
  [/\.class(\.name)?$|\.reporters$|^alter\.config\.policy/, "the brokers have no classes but Kafka's own"],
  [/^early\.start\.listeners$/, identity],
];

/** The reason for which `brokerConfig` may not give this setting; undefined when it may. */
export function reservedBrokerReason(key: string): string | undefined {
  return reservedBrokerNames.get(key) ?? reservedBrokerFamilies.find(([family]) => family.test(key))?.[1];
}

/** Kafka settings that a topic's `config` may not give, with where to turn instead. */
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
  ["message.format.version", unusedFormat],
  ["remote.storage.enable", tiered],
  ["remote.log.copy.disable", tiered],
  ["remote.log.delete.on.disable", tiered],
  ["local.retention.ms", tiered],
  ["local.retention.bytes", tiered],
]);

/** The settings that `brokerConfig` may give. */
export const brokerConfigKeys: readonly string[] = kafkaKeys("broker").filter(
  (key) => reservedBrokerReason(key) === undefined,
);

/** The settings that `topics[].config` may give. */
export const topicConfigKeys: readonly string[] = kafkaKeys("topic").filter((key) => !reservedTopicKeys.has(key));
