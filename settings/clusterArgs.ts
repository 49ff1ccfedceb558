import type * as pulumi from "@pulumi/pulumi";

/*
 * Written from settings/schema by `npm run settings -- --write`: change it there.
 */

/** A route from the nodes' subnets to clients outside the VPC. */
export interface ClientRouteArgs {
  /** IPv4 block of the clients' network. */
  readonly cidr: string;
  /** A peering connection (pcx-…), a transit gateway (tgw-…) or a virtual private gateway (vgw-…). */
  readonly target: pulumi.Input<string>;
}

/** One topic that the program keeps in the cluster. */
export interface TopicArgs {
  /** The topic's name. */
  readonly name: pulumi.Input<string>;
  /** How many partitions; Kafka can add partitions later, never remove them. */
  readonly partitions: pulumi.Input<number>;
  /**
   * Hours that an event is kept at least, unless retentionGiB is reached or, with compact,delete, a later event of its
   * key is there before.
   */
  readonly retentionHours: pulumi.Input<number>;
  /** GiB of the whole topic (all partitions, one copy) after which the oldest events are deleted; none = no limit. */
  readonly retentionGiB?: pulumi.Input<number>;
  /**
   * GiB that the last events of all keys take together (one copy); needed with compact, whose size Kafka does not
   * limit: the disks are planned for it.
   */
  readonly compactedGiB?: pulumi.Input<number>;
  /**
   * What becomes of events after retentionHours. delete: they are deleted. compact: the last event of each key is kept
   * for ever, the others are deleted. compact,delete: they are deleted, and those with a later event of their key
   * sooner. Kafka refuses events without a key where it compacts, and drops those that a topic has when it becomes
   * compacted.
   *
   * @default delete
   */
  readonly cleanupPolicy?: pulumi.Input<"delete" | "compact" | "compact,delete">;
  /**
   * Further topic-level Kafka settings. One that is taken out of the map goes back to the brokers' own.
   *
   * @default {}
   */
  readonly config?: pulumi.Input<Readonly<Record<string, pulumi.Input<string>>>>;
}

/** What a roll may pass over for one topic, on one day. */
export interface RollOverrideArgs {
  /** The topic's name; one of Kafka's own, too. */
  readonly topic: pulumi.Input<string>;
  /**
   * What is passed over. writes: without the node too few copies are in sync, so that writes stop. behind: copies of
   * it are not in sync, or it has no leader. moving: it is being moved.
   */
  readonly passOver: pulumi.Input<readonly pulumi.Input<"writes" | "behind" | "moving">[]>;
  /** The day of the roll in UTC. */
  readonly day: pulumi.Input<string>;
  /** The reason, which the roll logs. */
  readonly reason: pulumi.Input<string>;
}

/** Where the nodes are, and what leads there. */
export interface NetworkSettingsArgs {
  /**
   * IPv4 block of the VPC (/16 to /23); with network.vpcId a free block of that VPC.
   *
   * @default 10.20.0.0/16
   */
  readonly vpcCidr?: string;
  /**
   * Id of an existing VPC to build in; its internet gateway is used. Empty = make a VPC.
   *
   * @example vpc-0123456789abcdef0
   */
  readonly vpcId?: pulumi.Input<string>;
  /**
   * Three or more zones of aws:region. Node i of a pool is in zone (i - 1) mod the number of zones, so keep the order.
   *
   * @default ["us-east-1a","us-east-1b","us-east-1c"]
   */
  readonly zones?: readonly string[];
  /**
   * Blocks of the private subnets, one a zone in the same order, each /25 or larger. Empty = computed from
   * network.vpcCidr.
   *
   * @default []
   * @example ["10.20.0.0/20","10.20.16.0/20","10.20.32.0/20"]
   */
  readonly nodeSubnetCidrs?: readonly string[];
  /**
   * Existing private subnets of network.vpcId to build in, one a zone in the order of network.zones; their route
   * tables stay yours. Given together with network.opsSubnetId. None = the program makes subnets
   * (network.nodeSubnetCidrs).
   *
   * @default []
   * @example ["subnet-0123456789abcdef0","subnet-0123456789abcdef1","subnet-0123456789abcdef2"]
   */
  readonly subnetIds?: pulumi.Input<readonly pulumi.Input<string>[]>;
  /**
   * Block of the ops host's public subnet. Empty = computed from network.vpcCidr.
   *
   * @example 10.20.240.0/26
   */
  readonly opsSubnetCidr?: string;
  /**
   * An existing public subnet of network.vpcId for the ops host, given together with network.subnetIds. Empty = the
   * program makes one (network.opsSubnetCidr).
   *
   * @example subnet-0123456789abcdef3
   */
  readonly opsSubnetId?: pulumi.Input<string>;
  /**
   * Private DNS zone ($0.50 a month); brokers are kafka-1.<domain> and so on. A VPC has one zone of a name, so each
   * cluster in it needs another one.
   *
   * @default kafka.internal
   */
  readonly domain?: pulumi.Input<string>;
  /**
   * Ways back to clients outside the VPC (access.clientCidrs): cidr, and as target a peering connection (pcx-…), a
   * transit gateway (tgw-…) or a virtual private gateway (vgw-…).
   *
   * @default []
   * @example [{"cidr":"10.30.0.0/16","target":"pcx-0123456789abcdef0"}]
   */
  readonly clientRoutes?: readonly ClientRouteArgs[];
  /**
   * Further VPCs of this account in which the brokers' names resolve; with its region, as eu-west-1/vpc-…, in another
   * one. Those of other accounts: docs/operations.md, "Clients in another network".
   *
   * @default []
   * @example ["eu-west-1/vpc-0123456789abcdef0"]
   */
  readonly dnsVpcIds?: readonly string[];
  /**
   * ARN of an S3 bucket of yours, or of a folder in it (arn:aws:s3:::my-logs/kafka/), for VPC flow logs of the
   * cluster's subnets: who spoke with whom, every 10 minutes; about $0.25 a GB, and S3's price for keeping them. Empty
   * = none.
   *
   * @example arn:aws:s3:::my-logs/kafka/
   */
  readonly flowLogs?: string;
}

/** Who is let in, and how the ops host is reached. */
export interface AccessSettingsArgs {
  /**
   * IPv4 blocks that may reach the ops host by SSH, that of the machine that runs Pulumi among them. Must be given.
   *
   * @default []
   * @example ["203.0.113.7/32"]
   */
  readonly sshCidrs?: readonly string[];
  /**
   * IPv4 blocks of Kafka clients that are not in the client security group, such as a peered VPC.
   *
   * @default []
   * @example ["10.30.0.0/16"]
   */
  readonly clientCidrs?: readonly string[];
  /**
   * IPv4 addresses of machines that may do everything with the brokers: make, change and delete topics and groups,
   * change settings. All other clients, the cluster's own machines apart, may write, read and look. * in place of an
   * address: any client may.
   *
   * @default []
   * @example ["10.30.0.7"]
   */
  readonly adminAddresses?: pulumi.Input<readonly pulumi.Input<string>[]>;
  /**
   * Permits 0.0.0.0/0 (anything larger than a /8) in access.sshCidrs and access.clientCidrs.
   *
   * @default false
   */
  readonly allowAnywhere?: pulumi.Input<boolean>;
  /**
   * OpenSSH public key (ED25519 or RSA) of the ops host. Empty = the program makes a key pair and keeps the private
   * key in SSM's Parameter Store.
   */
  readonly sshPublicKey?: string;
  /** Private key of access.sshPublicKey, for the health gates. It must be a secret (pulumi config set --secret). */
  readonly sshPrivateKey?: pulumi.Input<string>;
}

/** How many brokers and copies, and what a broker runs on. */
export interface BrokerSettingsArgs {
  /**
   * How many brokers run steadily, 3 or more.
   *
   * @default 5
   */
  readonly count?: number;
  /**
   * No operation of this program leaves fewer brokers running.
   *
   * @default 3
   */
  readonly minimumRunning?: pulumi.Input<number>;
  /**
   * Copies of every partition. Copies minus brokers.minInsyncReplicas brokers may be lost at once.
   *
   * @default 4
   */
  readonly replicationFactor?: pulumi.Input<number>;
  /**
   * Copies that have an event before it is acknowledged (acks=all); below brokers.replicationFactor.
   *
   * @default 2
   */
  readonly minInsyncReplicas?: pulumi.Input<number>;
  /**
   * EC2 instance type of the brokers. Its price is the largest part of the bill: t3.micro is about $8 a month each in
   * us-east-1, m7g.xlarge $119.
   *
   * @default t3.micro
   * @example m7g.xlarge
   */
  readonly instanceType?: pulumi.Input<string>;
  /**
   * Size of each broker's gp3 data volume, 8 GiB or more; about $0.08 a GiB and month. It can grow while the broker
   * runs, never shrink.
   *
   * @default 30 (GiB)
   * @example 4096
   */
  readonly volumeGiB?: pulumi.Input<number>;
  /**
   * Throughput of each broker's volume, 125 (included) to 2000 MiB/s, at most a quarter of brokers.volumeIops; above
   * 125 about $0.04 a MiB/s and month.
   *
   * @default 125 (MiB/s)
   */
  readonly volumeThroughputMiBps?: pulumi.Input<number>;
  /**
   * IOPS of each broker's volume, 3000 (included) to 80000, at most 500 for each GiB; above 3000 about $0.005 each and
   * month.
   *
   * @default 3000 (IOPS)
   */
  readonly volumeIops?: pulumi.Input<number>;
  /**
   * JVM heap of a broker, at most half of the memory. 0 = half of the memory, up to 6144.
   *
   * @default 0 (MiB)
   */
  readonly heapMiB?: pulumi.Input<number>;
  /**
   * Further server.properties entries as key=value. Keys on which the cluster's promises rest are refused.
   *
   * @default []
   * @example ["num.io.threads=16"]
   */
  readonly config?: pulumi.Input<readonly pulumi.Input<string>[]>;
}

/** What the cluster is to carry; machines that can't are refused before anything is made. */
export interface WorkloadSettingsArgs {
  /**
   * MB/s that producers send (10^6 bytes of events a second), the mean of a day, before compression and copies. What
   * can't be carried is refused at preview.
   *
   * @default 1 (MB/s)
   * @example 100
   */
  readonly ingestMBps?: pulumi.Input<number>;
  /**
   * Mean size of an event in bytes.
   *
   * @default 400 (bytes)
   */
  readonly eventBytes?: pulumi.Input<number>;
  /**
   * How many times smaller the producers' compression makes the events. 1 = not compressed.
   *
   * @default 1
   * @example 4
   */
  readonly compressionRatio?: pulumi.Input<number>;
  /**
   * The busiest minute divided by the mean.
   *
   * @default 2
   */
  readonly peakFactor?: pulumi.Input<number>;
  /**
   * How many consumer groups read everything.
   *
   * @default 1
   */
  readonly consumerGroups?: pulumi.Input<number>;
  /**
   * Whether all consumers say in which zone they are (client.rack, kafkajs' rackId: docs/operations.md), and so read
   * the copy in it.
   *
   * @default false
   */
  readonly readNearestCopy?: pulumi.Input<boolean>;
  /**
   * Whether all producers send events without a key to partitions that are led in their own zone (the zone
   * partitioners of examples/consumer, or partitioner.rack.aware of Java clients from 4.4 on).
   *
   * @default false
   */
  readonly produceInZone?: pulumi.Input<boolean>;
  /**
   * How many hours consumers may be away before events are deleted that they have not read.
   *
   * @default 4 (hours)
   */
  readonly databaseDownHours?: pulumi.Input<number>;
}

/** The ensemble by which the brokers find each other. */
export interface ZooKeeperSettingsArgs {
  /**
   * Nodes of the ZooKeeper ensemble: 3, 5 or 7.
   *
   * @default 3
   */
  readonly count?: number;
  /**
   * EC2 instance type of the ZooKeeper nodes; t3.micro is about $8 a month each in us-east-1.
   *
   * @default t3.micro
   * @example t4g.small
   */
  readonly instanceType?: pulumi.Input<string>;
  /**
   * Size of each ZooKeeper node's gp3 data volume, 8 GiB or more; about $0.08 a GiB and month.
   *
   * @default 8 (GiB)
   */
  readonly volumeGiB?: pulumi.Input<number>;
  /**
   * JVM heap of a ZooKeeper node, at most half of the memory. 0 = half of the memory, up to 1024.
   *
   * @default 0 (MiB)
   */
  readonly heapMiB?: pulumi.Input<number>;
  /**
   * ZooKeeper version, 3.8.6 or a later 3.8, 3.9.5 or a later 3.9 (earlier ones can lose data).
   *
   * @default 3.8.6
   */
  readonly version?: string;
}

/** The machine that holds the cluster's tools. */
export interface OpsHostSettingsArgs {
  /**
   * EC2 instance type of the ops host; t3.micro is about $8 a month in us-east-1.
   *
   * @default t3.micro
   * @example t4g.micro
   */
  readonly instanceType?: pulumi.Input<string>;
}

/** Which Kafka the brokers run. */
export interface KafkaSettingsArgs {
  /**
   * Kafka version of the 3.9 line, the last one that works with ZooKeeper.
   *
   * @default 3.9.2
   */
  readonly version?: string;
}

/** How an update makes sure of what it has made. */
export interface GateSettingsArgs {
  /**
   * How long a pool may take to be whole, at first and after each node that is replaced, before the update fails and
   * shows what is missing.
   *
   * @default 15 (minutes)
   */
  readonly timeoutMinutes?: pulumi.Input<number>;
}

/** How long an update goes on. */
export interface UpdateSettingsArgs {
  /**
   * How long one update waits for copies of partitions to move, and begins with further nodes of a roll. After that it
   * fails although all is well, the copies move on, and the next update goes on. Less than your AWS credentials are
   * valid.
   *
   * @default 30 (minutes)
   */
  readonly waitMinutes?: pulumi.Input<number>;
}

/** How nodes are replaced one after the other. */
export interface RollSettingsArgs {
  /**
   * What a roll of the brokers may pass over, topic by topic: topic, passOver (writes, behind, moving), day (UTC; on
   * any other day a roll that has something to replace refuses to begin) and reason, which is logged. Only for a
   * change that is itself the cure; take it out afterwards.
   *
   * @default []
   * @example [{"topic":"user-activity","passOver":["writes"],"day":"2026-11-29","reason":"INC-7: more copies"}]
   */
  readonly override?: pulumi.Input<readonly RollOverrideArgs[]>;
}

/** The service on the ops host that has a node replaced when it stays out. */
export interface GuardianSettingsArgs {
  /**
   * Whether a node that stays out is replaced by itself, one at a time and only while the others are well enough.
   *
   * @default true
   */
  readonly enabled?: pulumi.Input<boolean>;
  /**
   * The guardian only logs what it would do.
   *
   * @default false
   */
  readonly dryRun?: pulumi.Input<boolean>;
  /**
   * How long a node must be out, and its instance be running, before the guardian has it replaced, 1 to 60. Doubles
   * with each try, up to an hour.
   *
   * @default 5 (minutes)
   */
  readonly patienceMinutes?: pulumi.Input<number>;
}

/** Who is told when something is wrong, and what is kept for looking back. */
export interface MonitoringSettingsArgs {
  /**
   * Whether Prometheus and Alertmanager run on the ops host, and alerts are sent. false: nobody is told anything.
   *
   * @default true
   */
  readonly enabled?: boolean;
  /**
   * ARN of an SNS topic of yours, in this region, that gets the alerts; its policy and, if it is encrypted, its key
   * must let CloudWatch and EventBridge publish. Empty = the program makes the topic <clusterName>-alerts.
   *
   * @example arn:aws:sns:us-east-1:123456789012:on-call
   */
  readonly alertTopicArn?: pulumi.Input<string>;
  /**
   * E-mail addresses that are subscribed to the topic that the program makes. AWS sends each a message to confirm, and
   * no alert before that. Slack, PagerDuty and others subscribe to the topic by themselves.
   *
   * @default []
   * @example ["kafka-on-call@example.com"]
   */
  readonly alertEmails?: readonly string[];
  /**
   * HTTPS URL to which all metrics are sent on by Prometheus' remote write, for a Prometheus, Mimir or Thanos of
   * yours, without a password; an Amazon workspace (aps-workspaces) is written to by the ops host's role. Empty =
   * none.
   *
   * @example https://metrics.example.com/api/v1/write
   */
  readonly remoteWriteUrl?: pulumi.Input<string>;
  /**
   * The volume that keeps 32 days of metrics and survives the ops host; $0.08 a GiB and month in us-east-1. When it is
   * nearly full the oldest go first. It can only grow.
   *
   * @default 10 (GiB)
   */
  readonly volumeGiB?: pulumi.Input<number>;
}

/** The settings of a cluster; only `access.sshCidrs` must be given. */
export interface ClusterSettingsArgs {
  /**
   * Prefix of the names of everything made, at most 32 characters. Empty = kafka-<stack>.
   *
   * @example kafka-events
   */
  readonly clusterName?: string;
  /**
   * Tags of your own on everything that is made, volumes and instances included, 40 at most: for cost reports and
   * policies.
   *
   * @default {}
   * @example {"team":"events","cost-center":"1234"}
   */
  readonly tags?: pulumi.Input<Readonly<Record<string, pulumi.Input<string>>>>;
  /**
   * ARN of the IAM policy that bounds what the roles of nodes and ops host may do, where your account demands one.
   * Empty = none.
   *
   * @example arn:aws:iam::123456789012:policy/boundary
   */
  readonly permissionsBoundary?: pulumi.Input<string>;
  /**
   * Warns of a workload that the brokers can't carry, where it is refused otherwise.
   *
   * @default false
   */
  readonly allowOverload?: pulumi.Input<boolean>;
  /**
   * AMI of all instances. Empty = the newest Amazon Linux 2023 at each up; pin it in production.
   *
   * @example ami-0123456789abcdef0
   */
  readonly imageId?: pulumi.Input<string>;
  /**
   * KMS key of all disks, by id, ARN or alias. Empty = the key that AWS makes for EBS, whatever the account's default
   * is. A volume keeps the key that it was made with.
   *
   * @example alias/kafka
   */
  readonly kmsKeyId?: pulumi.Input<string>;
  /**
   * The topics to keep: name, partitions (more later, never fewer), retentionHours, optionally retentionGiB (of the
   * whole topic, one copy), compactedGiB, cleanupPolicy (delete, the default; compact: after retentionHours only the
   * last event of each key is kept; compact,delete) and config (a map of further topic settings). Each has
   * brokers.replicationFactor copies. What is taken out here stays in the cluster: nothing is ever deleted.
   *
   * @default [{"name":"user-activity","partitions":15,"retentionHours":168}]
   */
  readonly topics?: pulumi.Input<readonly TopicArgs[]>;
  /**
   * Protects the data volumes from deletion, and keeps them when the stack is destroyed; they are paid for until you
   * delete them. false: whatever deletes a node for good, a destroy above all, deletes its data.
   *
   * @default true
   */
  readonly dataProtection?: boolean;
  /** Where the nodes are, and what leads there. */
  readonly network?: NetworkSettingsArgs;
  /** Who is let in, and how the ops host is reached. */
  readonly access?: AccessSettingsArgs;
  /** How many brokers and copies, and what a broker runs on. */
  readonly brokers?: BrokerSettingsArgs;
  /** What the cluster is to carry; machines that can't are refused before anything is made. */
  readonly workload?: WorkloadSettingsArgs;
  /** The ensemble by which the brokers find each other. */
  readonly zookeeper?: ZooKeeperSettingsArgs;
  /** The machine that holds the cluster's tools. */
  readonly opsHost?: OpsHostSettingsArgs;
  /** Which Kafka the brokers run. */
  readonly kafka?: KafkaSettingsArgs;
  /** How an update makes sure of what it has made. */
  readonly gates?: GateSettingsArgs;
  /** How long an update goes on. */
  readonly update?: UpdateSettingsArgs;
  /** How nodes are replaced one after the other. */
  readonly roll?: RollSettingsArgs;
  /** The service on the ops host that has a node replaced when it stays out. */
  readonly guardian?: GuardianSettingsArgs;
  /** Who is told when something is wrong, and what is kept for looking back. */
  readonly monitoring?: MonitoringSettingsArgs;
}
