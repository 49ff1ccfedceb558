import type { Settings } from "../../settings/settings";
import { ports } from "../cluster/names";
import { brokerConfigMap } from "./brokerConfigMap";
import { clientLimits, requestThreads } from "./clientLimits";
import type { NodePlan, PlannedNode } from "./nodes";

type Properties = Record<string, string | number | boolean>;

const secondsMs = 1000;
const mebibyte = 1024 * 1024;

/** A broker's whole server.properties: sorted `key=value` lines. */
export function kafkaProperties(settings: Settings, node: PlannedNode, nodes: NodePlan): string {
  const properties: Properties = {
    ...tunedProperties(settings, node),
    ...brokerConfigMap(settings),
    ...decidedProperties(settings, node, nodes),
  };
  return Object.keys(properties)
    .sort()
    .map((key) => `${key}=${properties[key]}\n`)
    .join("");
}

/** `10.20.0.101:2181,…`: the fixed addresses, so that a broker starts and reconnects without DNS. */
export function zookeeperAddresses(nodes: NodePlan): string {
  return nodes.zookeeper.map(({ privateIp }) => `${privateIp}:${ports.zookeeperClient}`).join(",");
}

/** The properties that the program's promises rest on; `brokerConfig` can't give them (settings/reservedKeys.ts). */
export function decidedProperties(settings: Settings, node: PlannedNode, nodes: NodePlan): Properties {
  const { replicationFactor, minInsyncReplicas } = settings.brokers;
  return {
    "broker.id": node.id,
    // A generated id would make a broker that lost its meta.properties a stranger with the right data.
    "broker.id.generation.enable": false,
    "broker.rack": node.zone,
    // Bound to the one address that is opened. That is also what everybody is told, and not a name, so that nobody
    // needs DNS for a failover; addresses are as fixed as names. The brokers have a listener of their own, which no
    // client reaches or fills.
    listeners: listeners(node),
    "advertised.listeners": listeners(node),
    "listener.security.protocol.map": "PLAINTEXT:PLAINTEXT,INTERNAL:PLAINTEXT",
    "inter.broker.listener.name": "INTERNAL",
    "log.dirs": "/var/lib/kafka/data",

    "zookeeper.connect": zookeeperAddresses(nodes),
    // The time after which a dead broker is noticed if nobody expels it. 18 s since KIP-537, because of long
    // collections and slow disks in clouds; 6 s holds with small heaps and with disks of ZooKeeper's own.
    "zookeeper.session.timeout.ms": 6 * secondsMs,
    // All nodes boot at once: waiting for the ensemble inside the process costs less than starting it again.
    "zookeeper.connection.timeout.ms": 60 * secondsMs,
    // Above the time after which a dead broker's session has surely ended, which is 13 s when ZooKeeper's leader went
    // with it: the controller then takes the broker out of all ISRs at once, and acks=all goes on. Below it every
    // leader does that by itself, one write to ZooKeeper for each partition; and where both do it at the same moment
    // Kafka 3.9.2 can keep the broker out of a partition's ISR for good (seen with 12 s, a lost zone).
    "replica.lag.time.max.ms": 20 * secondsMs,

    "default.replication.factor": replicationFactor,
    "min.insync.replicas": minInsyncReplicas,
    // The file that Kafka ships says 1: with one broker lost, consumer groups could not commit any more.
    "offsets.topic.replication.factor": replicationFactor,
    "transaction.state.log.replication.factor": replicationFactor,
    "transaction.state.log.min.isr": minInsyncReplicas,
    // A leader that was not in sync would drop acknowledged events.
    "unclean.leader.election.enable": false,
    // A misspelt name would become a topic with an uneven placement.
    "auto.create.topics.enable": false,
    "delete.topic.enable": true,

    // Who may do what is in ZooKeeper, written by kafka-ops (ops/access.ts). Until it is, as before, everybody may.
    "authorizer.class.name": "kafka.security.authorizer.AclAuthorizer",
    "allow.everyone.if.no.acl.found": true,

    // Leaders move away before the process ends. Ten tries, 5 s apart, where the default gives up after three and goes
    // down uncleanly; all of it fits into the unit's TimeoutStopSec of 180 s.
    "controlled.shutdown.enable": true,
    "controlled.shutdown.max.retries": 10,
    "controlled.shutdown.retry.backoff.ms": 5 * secondsMs,
    // A repaired broker gets its leads back, or the others stay overloaded; when: see the interval below.
    "auto.leader.rebalance.enable": true,
    // Consumers that say in which zone they are read the copy in their zone, which costs no traffic between zones
    // (KIP-392).
    "replica.selector.class": "org.apache.kafka.common.replica.RackAwareReplicaSelector",
  };
}

function listeners({ privateIp }: PlannedNode): string {
  return `PLAINTEXT://${privateIp}:${ports.kafka},INTERNAL://${privateIp}:${ports.kafkaInternal}`;
}

/** The properties that are only a good start; an entry of `brokerConfig` replaces them. */
export function tunedProperties(settings: Settings, node: PlannedNode): Properties {
  const { vcpus } = node;
  const heapBytes = node.heapMiB * mebibyte;
  return {
    // Kafka's default, 3, up to 3 vCPUs, then with the machine.
    "num.network.threads": Math.max(3, vcpus),
    "num.io.threads": requestThreads(node),
    // With the default, 1, a follower at 80 MB/s depends on one core; each fetcher may hold 10 MiB for each other
    // broker.
    "num.replica.fetchers": vcpus >= 4 && node.heapMiB >= 2048 ? 4 : 1,
    // How long a copy waits after its leader has failed it. At the default, 1 s, that is a second in which acks=all
    // stands still when the copy hears of the new leader before that does itself.
    "replica.fetch.backoff.ms": 100,
    // After an unclean stop segments are checked; the default, 1, takes minutes for what the disk gives in seconds.
    "num.recovery.threads.per.data.dir": vcpus,
    // -1: the kernel sizes the windows. The fixed 100 KiB and 64 KiB of the defaults limit a connection between zones.
    "socket.send.buffer.bytes": -1,
    "socket.receive.buffer.bytes": -1,
    "replica.socket.receive.buffer.bytes": -1,
    ...clientLimits(settings, node),
    // After a failover thousands of clients connect at once; the default, 50, has them wait for a repeated packet. The
    // kernel's own limit is in node/etc/sysctl.conf.
    "socket.listen.backlog.size": 4096,
    // Only clients from before 2017 ask for events in an older form, into which the broker would turn them on its heap.
    "log.message.downconversion.enable": false,
    // Allocated once at start: the default of 128 MiB is a quarter of a 512 MiB heap. Our topics are not compacted,
    // only Kafka's own are, and they are small.
    "log.cleaner.dedupe.buffer.size": clamp(heapBytes / 8, 16 * mebibyte, 128 * mebibyte),

    // For topics without settings of their own, which are Kafka's internal ones and those made by hand.
    "num.partitions": 15,
    "log.retention.hours": 168,
    // Retention counts from when an event came, whatever a client says it is: docs/decisions/0017.
    "log.message.timestamp.type": "LogAppendTime",
    // A group that was away has its place for as long as there are events that it has not read; the default: 7 days. A
    // year, so that brokers need not be replaced whenever a topic is kept longer: places are a few bytes.
    "offsets.retention.minutes": 60 * Math.max(365 * 24, longestRetentionHours(settings)),
    "log.segment.bytes": 1024 * mebibyte,
    // Limits by size are enforced once a minute, not every 5: at 100 MB/s five minutes are 30 GB.
    "log.retention.check.interval.ms": 60 * secondsMs,

    // The guardian gives a repaired broker its leads back when it has run for a minute. Kafka would do it whenever its
    // own timer ends, be the broker a second old, which costs writers up to 3.3 s (docs/decisions/0009): it is the
    // second line, for a cluster whose guardian is off.
    "leader.imbalance.check.interval.seconds": 30 * 60,
    "leader.imbalance.per.broker.percentage": 10,
    // The first members of a new group come within seconds of one another; without the wait each would rebalance it.
    "group.initial.rebalance.delay.ms": 3 * secondsMs,
  };
}

/** Hours that the events of some topic are kept at least. */
function longestRetentionHours({ topics }: Pick<Settings, "topics">): number {
  return Math.max(0, ...topics.map(({ retentionHours }) => retentionHours));
}

function clamp(value: number, min: number, max: number): number {
  return Math.floor(Math.min(max, Math.max(min, value)));
}
