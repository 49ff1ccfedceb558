import { monitoringPorts, ports } from "./names";

/** The security groups of a cluster. `endpoint` is that of the interface endpoint for the EC2 API. */
export const groupNames = ["ops", "zookeeper", "broker", "client", "endpoint"] as const;
/** The name of one of a cluster's security groups. */
export type GroupName = (typeof groupNames)[number];

/** Descriptions of the security groups, as AWS shows them. */
export const groupDescriptions: Readonly<Record<GroupName, string>> = {
  ops: "The ops host: SSH from the operators, and from there to the nodes",
  zookeeper: "ZooKeeper nodes",
  broker: "Kafka brokers",
  client: "Kafka clients: attach it to a host to let it reach the brokers",
  endpoint: "EC2 API endpoint inside the VPC",
};

/** The other end of a connection: a security group, an address block, or S3 (by its prefix list). */
export type Peer = { readonly group: GroupName } | { readonly cidr: string } | "s3";

/** One opened TCP port. */
export interface SecurityRule {
  readonly group: GroupName;
  readonly direction: "ingress" | "egress";
  readonly port: number;
  readonly peer: Peer;
}

const https = 443;

/** Connections inside the cluster: client, server, port. Each is opened at both ends. */
const connections: readonly (readonly [GroupName, GroupName, number])[] = [
  ["client", "broker", ports.kafka],
  ["broker", "broker", ports.kafkaInternal],
  // Kafka's tools on a node, and the shipped settings of a drill.
  ["broker", "broker", ports.kafka],
  ["ops", "broker", ports.kafka],
  ["broker", "zookeeper", ports.zookeeperClient],
  ["ops", "zookeeper", ports.zookeeperClient],
  // A node whose database can't be read asks the others whether they are a quorum.
  ["zookeeper", "zookeeper", ports.zookeeperClient],
  ["zookeeper", "zookeeper", ports.zookeeperPeer],
  ["zookeeper", "zookeeper", ports.zookeeperElection],
  ["ops", "broker", ports.ssh],
  ["ops", "zookeeper", ports.ssh],
  // Prometheus.
  ...(["broker", "zookeeper"] as const).flatMap((server) =>
    [monitoringPorts.jmx, monitoringPorts.nodeExporter].map((port) => ["ops", server, port] as const),
  ),
  // A node attaches its own volume, a roll on the ops host asks what the instances were started from.
  ["broker", "endpoint", https],
  ["zookeeper", "endpoint", https],
  ["ops", "endpoint", https],
];

/**
 * Every port that is opened, and nothing else is: Kafka has no authentication here, so the network is the boundary.
 * DNS, time and instance metadata need no rule, EC2 never filters them.
 */
export function securityRules(access: {
  readonly sshCidrs: readonly string[];
  readonly clientCidrs: readonly string[];
}): SecurityRule[] {
  return [
    ...connections.flatMap(([client, server, port]): SecurityRule[] => [
      { group: server, direction: "ingress", port, peer: { group: client } },
      { group: client, direction: "egress", port, peer: { group: server } },
    ]),
    ...access.sshCidrs.map((cidr): SecurityRule => rule("ops", "ingress", ports.ssh, { cidr })),
    ...access.clientCidrs.map((cidr): SecurityRule => rule("broker", "ingress", ports.kafka, { cidr })),
    // Artifacts, and Amazon Linux's packages, both in S3.
    ...(["zookeeper", "broker", "client"] as const).map((group) => rule(group, "egress", https, "s3")),
    // All other AWS APIs, and packages, over the internet.
    rule("ops", "egress", https, { cidr: "0.0.0.0/0" }),
  ];
}

/** A name that stays the same for the same rule, whatever else is added or removed. */
export function ruleName({ group, direction, port, peer }: SecurityRule): string {
  const other = peer === "s3" ? "s3" : "group" in peer ? peer.group : peer.cidr;
  return `${group}-${direction}-${port}-${direction === "ingress" ? "from" : "to"}-${other}`;
}

const purposes: Readonly<Record<number, string>> = {
  [ports.kafka]: "Kafka",
  [ports.kafkaInternal]: "Kafka between brokers",
  [ports.zookeeperClient]: "ZooKeeper",
  [ports.zookeeperPeer]: "ZooKeeper quorum",
  [ports.zookeeperElection]: "ZooKeeper elections",
  [ports.ssh]: "SSH",
  [monitoringPorts.jmx]: "Metrics of Kafka and ZooKeeper",
  [monitoringPorts.nodeExporter]: "Metrics of machines",
  [https]: "HTTPS",
};

/** A rule's description, as AWS shows it. EC2 takes 255 letters, digits, spaces and `._-:/()#,@[]+=&;{}!$*`. */
export function ruleDescription({ direction, port, peer }: SecurityRule): string {
  const other = peer === "s3" ? "S3" : "group" in peer ? `the group ${peer.group}` : peer.cidr;
  return `${purposes[port]} ${direction === "ingress" ? "from" : "to"} ${other}`;
}

function rule(group: GroupName, direction: SecurityRule["direction"], port: number, peer: Peer): SecurityRule {
  return { group, direction, port, peer };
}
