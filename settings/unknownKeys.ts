import type { Fault } from "./faults";
import { kafkaKeys } from "./kafka/kafkaSettings";
import { didYouMean, nearest } from "./nearest";
import { reservedBrokerReason } from "./reservedKeys";
import { shown } from "./fields";

/** Kafka's settings that have a name of their own here. */
const ownNames: Readonly<Record<string, string>> = {
  "broker.rack": "availabilityZones",
  "cleanup.policy": "topics[].cleanupPolicy",
  "default.replication.factor": "replicationFactor",
  "heap.opts": "brokerHeapMiB",
  "log.cleanup.policy": "topics[].cleanupPolicy",
  "log.dirs": "brokerVolumeGiB",
  "log.retention.bytes": "topics[].retentionGiB",
  "log.retention.hours": "topics[].retentionHours",
  "log.retention.minutes": "topics[].retentionHours",
  "log.retention.ms": "topics[].retentionHours",
  "min.insync.replicas": "minInsyncReplicas",
  "num.partitions": "topics[].partitions",
  "replication.factor": "replicationFactor",
  "retention.bytes": "topics[].retentionGiB",
  "retention.ms": "topics[].retentionHours",
};

/** Adds "did you mean" for keys that are not settings. */
export function unknownKeyFault(key: string, known: readonly string[], where: string): Fault {
  const stem = key.replace(/s$/, "");
  const prefix = known.filter((candidate) => candidate.startsWith(stem) && /^[A-Z]/.test(candidate.slice(stem.length)));
  const hint = prefix.length > 0 ? `; write one key each, e.g. ${prefix[0]}` : kafkaHint(key) || didYouMean(key, known);
  return { path: where, message: `unknown key${hint || "; see Pulumi.yaml for the keys"}` };
}

/**
 * A hint for people who write Kafka's own names, or those by which container images take them
 * (`KAFKA_CFG_LOG_RETENTION_HOURS`).
 */
function kafkaHint(key: string): string {
  const container = /^KAFKA_/i.test(key);
  if (!container && !key.includes(".")) return "";
  const name = container
    ? key
        .replace(/^KAFKA_(CFG_)?/i, "")
        .toLowerCase()
        .replaceAll("_", ".")
    : key;
  const own = ownNames[name];
  if (own !== undefined) return `; it is ${own} here`;
  const broker = kafkaKeys("broker");
  const found = broker.includes(name) ? name : container ? nearest(name, broker) : undefined;
  if (found === undefined)
    return kafkaKeys("topic").includes(name) ? "; it is a topic's: give it in topics[].config" : "";
  const reason = reservedBrokerReason(found);
  return reason === undefined
    ? `; brokers get Kafka's own settings by brokerConfig, e.g. ${shown([`${found}=…`])}`
    : `; the program decides ${found} (${reason})`;
}
