import { SettingsError, type Fault } from "./faults";
import { checkSettings } from "./check";
import type { cleanupPolicies } from "./schema";

/**
 * What becomes of events after `retentionHours`:
 *
 * - `delete`: they are deleted.
 * - `compact`: the last event of each key is kept for ever, the others are deleted.
 * - `compact,delete`: they are deleted, and those with a later event of their key sooner.
 *
 * Kafka refuses events without a key where it compacts, and drops those that a topic has when it becomes compacted.
 */
export type CleanupPolicy = (typeof cleanupPolicies)[number];

/** One topic that the program keeps in the cluster. */
export interface TopicSettings {
  readonly name: string;
  /** How many partitions; Kafka can add partitions later, never remove them. */
  readonly partitions: number;
  /** Hours that an event is kept at least, unless `retentionGiB` is reached or, with `compact,delete`, a later event of its key is there before. */
  readonly retentionHours: number;
  /** GiB of the whole topic (all partitions, one copy) after which the oldest events are deleted. Default: no limit. */
  readonly retentionGiB?: number;
  /** Default `delete`. */
  readonly cleanupPolicy: CleanupPolicy;
  /** Further topic-level Kafka settings. One that is taken out of the map stays as it is in the cluster. Default: none. */
  readonly config: Readonly<Record<string, string>>;
}

/** A route from the nodes' subnets to clients outside the VPC. */
export interface ClientRoute {
  readonly cidr: string;
  /** A peering connection (`pcx-…`), a transit gateway (`tgw-…`) or a virtual private gateway (`vgw-…`). */
  readonly target: string;
}

/** What the cluster is to carry: `planning/capacity` holds the machines against it. */
export interface Workload {
  /** Mean MB/s that producers send: 10^6 bytes of events, before compression and copies. Default 1. */
  readonly ingestMBps: number;
  /** Mean bytes of an event. Default 400. */
  readonly eventBytes: number;
  /** How many times smaller the producers' compression makes it. Default 1: not at all. */
  readonly compressionRatio: number;
  /** The busiest minute divided by the mean. Default 2. */
  readonly peakFactor: number;
  /** How many consumer groups read everything. Default 1. */
  readonly consumerGroups: number;
  /** Consumers say in which zone they are (`client.rack`), and read the copy there. Default false. */
  readonly readNearestCopy: boolean;
  /** How long the database behind the consumers may be down before events are deleted that it has not got. Default 4. */
  readonly databaseDownHours: number;
}

/** Every setting of a stack, checked: what `parseSettings` gives is a cluster that can be built and can keep its promises. */
export interface Settings {
  readonly project: string;
  readonly stack: string;
  /** AWS region (`aws:region`). */
  readonly region: string;
  /** Prefix of the names of everything made. Default `kafka-<stack>`. */
  readonly clusterName: string;
  readonly network: {
    /** IPv4 block of the VPC that is made, or the block of the existing VPC in which the subnets are laid. */
    readonly vpcCidr: string;
    /** Id of an existing VPC; empty: make one. */
    readonly vpcId: string;
    /** At least three zones of the region; node i of a pool is in `zones[(i - 1) % zones.length]`. */
    readonly zones: readonly string[];
    /** One block a zone; empty: computed from `vpcCidr`. */
    readonly nodeSubnetCidrs: readonly string[];
    /** Empty: computed from `vpcCidr`. */
    readonly opsSubnetCidr: string;
    /** Private DNS zone. Each cluster of a VPC needs one of its own. */
    readonly domain: string;
    /** Ways back to clients outside the VPC. Default: none. */
    readonly clientRoutes: readonly ClientRoute[];
    /**
     * Further VPCs of this account that resolve the brokers' names: an id, or `eu-west-1/vpc-…` in another region. Default: none.
     * Those of other accounts: docs/operations.md, "Clients in another network".
     */
    readonly dnsVpcIds: readonly string[];
    /**
     * ARN of an S3 bucket, or of a folder in one, for VPC flow logs of the cluster's subnets: who spoke with whom, every 10 minutes.
     * Default, empty: none. About $0.25 a GB, half of what CloudWatch Logs takes, and S3's price for keeping them (VPC and
     * CloudWatch pricing, "vended logs").
     */
    readonly flowLogs: string;
  };
  readonly access: {
    /** Who may reach the ops host by SSH. */
    readonly sshCidrs: readonly string[];
    /** Kafka clients that are not in the client security group. */
    readonly clientCidrs: readonly string[];
    /** Permits 0.0.0.0/0 in the two above. */
    readonly allowAnywhere: boolean;
    /** OpenSSH public key; empty: the program makes a key pair. */
    readonly sshPublicKey: string;
    /** The private key of `sshPublicKey`, as plain text: whoever passes it on to Pulumi wraps it in `pulumi.secret`. */
    readonly sshPrivateKey: string;
  };
  readonly brokers: {
    readonly count: number;
    readonly minimumRunning: number;
    readonly replicationFactor: number;
    readonly minInsyncReplicas: number;
    readonly instanceType: string;
    readonly volumeGiB: number;
    readonly volumeThroughputMiBps: number;
    readonly volumeIops: number;
    /** 0: half of the instance's memory, at most 6 GiB. */
    readonly heapMiB: number;
    /** Extra server.properties entries, `key=value`. */
    readonly config: readonly string[];
  };
  readonly workload: Workload;
  /** A configuration that can't carry its workload is a warning and no fault. */
  readonly allowOverload: boolean;
  readonly zookeeper: {
    readonly count: number;
    readonly instanceType: string;
    readonly volumeGiB: number;
    /** 0: half of the instance's memory, at most 1 GiB. */
    readonly heapMiB: number;
    readonly version: string;
  };
  readonly opsHost: { readonly instanceType: string };
  /** Empty: the newest Amazon Linux 2023 of the architecture. */
  readonly image: { readonly id: string };
  readonly encryption: {
    /** The KMS key of all disks: id, ARN or alias. Empty: the one that AWS makes for EBS. A volume keeps the key that it has. */
    readonly kmsKeyId: string;
  };
  readonly kafka: { readonly version: string };
  readonly topics: readonly TopicSettings[];
  /** Protects and retains the volumes. */
  readonly dataProtection: boolean;
  readonly gates: { readonly timeoutMinutes: number };
  /** How long one update waits for copies to move, or begins with further nodes, before it is to be run again. */
  readonly update: { readonly waitMinutes: number };
  /** Why nodes are replaced even where that stops the writes of some partitions; empty: they are not. */
  readonly roll: { readonly override: string };
  /** The service on the ops host that has a node replaced when it stays out. */
  readonly guardian: {
    readonly enabled: boolean;
    /** Only log what would be done. */
    readonly dryRun: boolean;
    /** How long a node must be out, and its instance be running, before it is replaced. Default 5. */
    readonly patienceMinutes: number;
  };
}

/** Where the settings are used. */
export interface SettingsContext {
  readonly project: string;
  readonly stack: string;
  /** `aws:region`; empty or undefined is reported as a fault. */
  readonly region: string | undefined;
}

/**
 * Checks a stack's raw configuration (bare keys such as `brokerCount`; values as Pulumi keeps them, text included).
 * Throws ONE `SettingsError` with every fault.
 */
export function parseSettings(raw: Record<string, unknown>, context: SettingsContext): Settings {
  const { settings, faults } = checkSettings(raw, context);
  if (!settings) throw new SettingsError(faults);
  return settings;
}

export { SettingsError };
export type { Fault };
