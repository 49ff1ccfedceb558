import type { Settings } from "../../settings/settings";
import { brokerLimits, wireBytesPerSecond } from "../capacity/capacity";
import { handMadeLimits } from "../capacity/handMade";
import { billOf, cents, totalOf, trafficItems, type CostItem } from "./bill";
import { nodeAccessKeyPath, sshUser } from "./names";
import { pricesOf } from "./prices";
import { planNodes, type NodePlan, type PlannedNode } from "../node/nodes";
import { planTopics, type PlannedTopic } from "../placement/topics";

/** A node as `kafka-ops` knows it. */
export interface ClusterNode {
  readonly id: number;
  readonly name: string;
  readonly zone: string;
  readonly privateIp: string;
  readonly dnsName: string;
  /** The Auto Scaling group that always has this node's one instance. */
  readonly groupName: string;
}

/** `cluster.json` on the ops host: the plain description of the cluster that `kafka-ops` works from. */
export interface ClusterDescription {
  readonly clusterName: string;
  readonly region: string;
  readonly bucket: string;
  readonly brokers: readonly ClusterNode[];
  readonly zookeeper: readonly ClusterNode[];
  /** The addresses of all brokers, there or to come. */
  readonly brokerAddresses: readonly string[];
  /** The addresses of others that may do everything with the brokers; `*` for any. */
  readonly adminAddresses: readonly string[];
  /** Bytes a second that a broker's network, its bandwidth to EBS and its volume all give for good. */
  readonly brokerBytesPerSecond: number;
  readonly replicationFactor: number;
  readonly minInsyncReplicas: number;
  /** The number of brokers that every operation leaves running. */
  readonly minimumRunning: number;
  readonly guardian: {
    readonly enabled: boolean;
    readonly dryRun: boolean;
    /** Seconds that a node must be out before it is replaced. */
    readonly patienceSeconds: number;
  };
  readonly topics: readonly Pick<PlannedTopic, "name" | "partitions" | "replicaAssignment" | "config">[];
  /** The brokers' settings, given while they run, for topics that have no limit by size of their own. */
  readonly handMadeLimits: Readonly<Record<string, string>>;
  /** Whether Prometheus and Alertmanager run on the ops host. */
  readonly monitored: boolean;
  /** A month's bill at the declared load. */
  readonly bill: ShortBill;
  readonly nodeUser: string;
  readonly nodeAccessKeyPath: string;
}

/** A month's bill as the page shows it: USD, on demand. */
export interface ShortBill {
  /** Machines, volumes, addresses: what is billed whatever the load. */
  readonly standing: number;
  /** What crosses from one zone into another at the declared load, and that load in bytes a second on the network. */
  readonly traffic: number;
  readonly bytesPerSecond: number;
  /** The largest lines, with what they are reckoned from. */
  readonly items: readonly CostItem[];
  /** The region of the prices, and their date. */
  readonly prices: string;
}

const billedItems = 5;

function shortBill(settings: Settings): ShortBill {
  const items = billOf(settings);
  const traffic = cents(totalOf(trafficItems(settings)));
  const { region, date } = pricesOf(settings.region);
  return {
    standing: cents(totalOf(items) - traffic),
    traffic,
    bytesPerSecond: Math.round(wireBytesPerSecond(settings)),
    items: [...items].sort((a, b) => b.usd - a.usd).slice(0, billedItems),
    prices: `${region}, ${date}`,
  };
}

/**
 * The cluster as `kafka-ops` works from it.
 * @param bucket the artifact bucket
 */
export function describeCluster(
  settings: Settings,
  bucket: string,
  nodes: NodePlan = planNodes(settings),
): ClusterDescription {
  const limits = brokerLimits(settings);
  const clusterNode = ({ id, name, zone, privateIp, dnsName }: PlannedNode): ClusterNode => {
    return { id, name, zone, privateIp, dnsName, groupName: `${settings.clusterName}-${name}` };
  };
  return {
    clusterName: settings.clusterName,
    region: settings.region,
    bucket,
    brokers: nodes.brokers.map(clusterNode),
    zookeeper: nodes.zookeeper.map(clusterNode),
    brokerAddresses: nodes.brokerAddresses,
    adminAddresses: settings.access.adminAddresses,
    brokerBytesPerSecond: Math.floor(
      Math.min(limits.network, limits["instance EBS bandwidth"], limits["volume throughput"]) * 1e6,
    ),
    replicationFactor: settings.brokers.replicationFactor,
    minInsyncReplicas: settings.brokers.minInsyncReplicas,
    minimumRunning: settings.brokers.minimumRunning,
    guardian: {
      enabled: settings.guardian.enabled,
      dryRun: settings.guardian.dryRun,
      patienceSeconds: settings.guardian.patienceMinutes * 60,
    },
    topics: planTopics(settings).map(({ name, partitions, replicaAssignment, config }) => ({
      name,
      partitions,
      replicaAssignment,
      config,
    })),
    handMadeLimits: handMadeLimits(settings),
    monitored: settings.monitoring.enabled,
    bill: shortBill(settings),
    nodeUser: sshUser,
    nodeAccessKeyPath,
  };
}
