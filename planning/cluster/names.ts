/** The default user of the image (Amazon Linux, and the lab's base image). */
export const sshUser = "ec2-user";
/** The path at which the ops host keeps the private key that the nodes accept. */
export const nodeAccessKeyPath = "/etc/kafka-node/node-access-key";
/** The AWS CLI with limits on how long a call may take, on every node and the ops host. */
export const awsCommandPath = "/etc/kafka-node/aws";
/** Node.js on the ops host and on client hosts. Amazon Linux keeps this name for it, whatever `node` is on an image. */
export const nodeJs = { command: "node-22", package: "nodejs22" } as const;
/** What the ops host has been given to run; world readable. */
export const opsTools = {
  bundle: "/opt/kafka-ops/kafka-ops.js",
  cluster: "/opt/kafka-ops/cluster.json",
  /** What runs in the browser that shows the page, beside the bundle. */
  pageProgram: "kafka-page.js",
  /** The folder of the alert rules. */
  rules: "/opt/kafka-node/rules",
} as const;
/**
 * The exit code with which `kafka-ops` ends when all is well and there is more to do: it is to be run again
 * (sysexits.h: EX_TEMPFAIL).
 */
export const unfinishedExitCode = 75;
/** TCP ports of the services. */
export const ports = {
  kafka: 9092,
  /** The brokers' own listener: copies, and what the controller says. */
  kafkaInternal: 9091,
  zookeeperClient: 2181,
  zookeeperPeer: 2888,
  zookeeperElection: 3888,
  ssh: 22,
} as const;
/** TCP ports of the monitoring: the first two on every node, for the ops host alone; the others on its loopback. */
export const monitoringPorts = {
  /** The JMX exporter in Kafka's and ZooKeeper's JVM. */
  jmx: 9404,
  /** node_exporter. */
  nodeExporter: 9100,
  prometheus: 9090,
  alertmanager: 9093,
  /** The page of the cluster. */
  page: 8099,
} as const;
/** The metric of CloudWatch by which the ops host tells each minute that its monitoring works. */
export const heartbeat = { namespace: "kafka-on-ec2", metric: "MonitoringWorks", dimension: "Cluster" } as const;
/**
 * Key of the marker object in the artifact bucket which says that the ensemble has once been started, so that an empty
 * node may join but not vote.
 */
export const initializedMarkerKey = "state/zookeeper-initialized";

/** The canary's topic, whose name no topic of the settings can have; its consumer group lacks the first two letters. */
export const canaryTopic = "__kafka-canary";

/** The ops host's node name in tags and logs; those of the pools are `kafka-3`, `zookeeper-1`. */
export const opsNode = "ops";

/** Keys of the tags by which programs find things. Roles are limited by the first two, so no role may set tags. */
export const tagKeys = {
  cluster: "kafka-on-ec2:cluster",
  node: "kafka-on-ec2:node",
  /** Tag of instances: the revision that they were started from. */
  revision: "kafka-on-ec2:revision",
  /**
   * `data` on data volumes, `monitoring` on that of the ops host; root volumes, which have the node's other tags too,
   * don't have it.
   */
  volume: "kafka-on-ec2:volume",
  /**
   * Tag of data volumes whose stack is gone: when it went, or any word. A stack of this cluster takes such a volume up.
   */
  retained: "kafka-on-ec2:retained",
  /** Tag of client hosts, which have no node's tag: `smoke-0a1b2c3d4e5f`, the job's name and a number of its own. */
  job: "kafka-on-ec2:job",
  /** Tag of client hosts: when their time is up, ISO 8601. */
  ends: "kafka-on-ec2:ends",
} as const;

/** Key pattern of what nodes may read in the artifact bucket. */
export const artifactKeys = "artifacts/*";

/** Key patterns of what the ops host runs, its tools and Kafka's jars, in the artifact bucket. */
export const opsToolKeys = ["ops/*", "artifacts/kafka-*"] as const;

/** The place in the bucket of the logs of machines, and the days for which they stay. */
export const keptLogs = { prefix: "logs/", days: 90 } as const;

/** The place in the bucket of a machine's journal, which it puts there itself (node/bin/ship-logs). */
export const journalPrefix = (node: string): string => `${keptLogs.prefix}${node}/journal/`;

/** Types of the components that are looked for in a stack's state. */
export const componentTypes = {
  kafkaCluster: "kafka-on-ec2:index:KafkaCluster",
  zooKeeperEnsemble: "kafka-on-ec2:index:ZooKeeperEnsemble",
} as const;
