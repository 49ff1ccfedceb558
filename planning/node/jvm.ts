import { monitoringPorts } from "../cluster/names";
import type { PlannedNode } from "./nodes";

/** What a node's JVM does beside its service. */
export interface JvmExtras {
  /** A broker's limit of that name. Default: none. */
  readonly unpackedBatchBytes?: number;
  /** Whether Prometheus asks for metrics. Default: it doesn't. */
  readonly monitored?: boolean;
}

/**
 * From so many vCPUs on a node's JVM compiles what is used most a second time. With fewer, that work takes the time of
 * the service for minutes after each start, when elections and clients' first requests need it (docs/decisions/0032).
 */
export const vcpusForBothCompilers = 4;

/** The JVM's flags for a node, for `JVM_OPTS` of node.env. */
export function jvmOptions(node: PlannedNode, { unpackedBatchBytes, monitored }: JvmExtras = {}): string[] {
  const jars = node.role === "kafka" ? "/opt/kafka/libs" : "/opt/zookeeper/lib";
  const metrics = `${node.privateIp}:${monitoringPorts.jmx}:/opt/kafka-node/etc/${node.role}/metrics.yml`;
  return [
    ...(node.vcpus < vcpusForBothCompilers ? ["-XX:TieredStopAtLevel=1"] : []),
    // One size from the start: no pauses for resizing, and a machine that is too small shows at once.
    `-Xms${node.heapMiB}m`,
    `-Xmx${node.heapMiB}m`,
    // Named, because below 2 CPUs or 1792 MiB the JVM would take the serial collector. 20 ms is Kafka's own advice:
    // with a session timeout of 6 s long collections look like a dead node.
    "-XX:+UseG1GC",
    "-XX:MaxGCPauseMillis=20",
    "-XX:InitiatingHeapOccupancyPercent=35",
    "-XX:+ExplicitGCInvokesConcurrent",
    // Regions that hold a request of the usual largest size: what takes more than half of one is a special case for G1.
    ...(node.heapMiB >= 2048 ? [`-XX:G1HeapRegionSize=${node.heapMiB >= 4096 ? 16 : 8}m`] : []),
    // A process that limps on after OutOfMemoryError holds its session and serves nobody; dead, it is replaced in
    // seconds. Not so for Kafka: a hundred bytes that any client may send ask for 2 GB, and only that request fails
    // (docs/decisions/0018).
    ...(node.role === "zookeeper" ? ["-XX:+ExitOnOutOfMemoryError"] : []),
    // The JVM's statistics file in /tmp may block a collection on a busy root disk.
    "-XX:+PerfDisableSharedMem",
    // Written by a thread of its own, or a busy root disk would prolong the pause that is told of.
    "-Xlog:async",
    `-Xlog:gc:file=/var/log/${node.role}/gc.log:time,uptime:filecount=3,filesize=5M`,
    // The report of a JVM that has crashed goes to the journal, and with it to the bucket.
    "-XX:+ErrorFileToStderr",
    "-Djava.awt.headless=true",
    "-Djava.net.preferIPv4Stack=true",
    // An empty data directory must not vote: it could help to elect a leader that misses transactions. The first start
    // of the ensemble is allowed by the file `initialize` (zookeeperAdmin, "db existence validation").
    ...(node.role === "zookeeper" ? ["-Dzookeeper.db.autocreate=false"] : []),
    // By default Kafka's ZooKeeper client looks up the name of the server's address before each connection, for a
    // login that nobody asks for: where name servers are silent that takes longer than the session lives.
    ...(node.role === "kafka" ? ["-Dzookeeper.sasl.client=false"] : []),
    // node/java, which comes with the jars.
    ...(unpackedBatchBytes === undefined ? [] : [`-javaagent:${jars}/broker-agent.jar=${unpackedBatchBytes}`]),
    ...(monitored ? [`-javaagent:${jars}/metrics.jar=${metrics}`] : []),
  ];
}
