import * as pulumi from "@pulumi/pulumi";
import type { Image } from "../planning/node/image";
import type { NodePlan, PlannedNode } from "../planning/node/nodes";
import { zoneOf } from "../settings/networkLayout";
import type { Settings } from "../settings/settings";
import type { ArtifactStore } from "./artifactStore";
import { identityOf, type ClusterIdentity } from "./clusterIdentity";
import type { Network } from "./network";
import type { OpsHost } from "./opsHost";
import { StatefulNode, type DeployedValues } from "./statefulNode";

/** What both pools are given. */
export interface NodePoolArgs extends ClusterIdentity {
  /** How many nodes there are. */
  readonly count: number;
  /** Three or more, in the order in which the cluster was made: node i stands in zone (i - 1) mod their number. */
  readonly zones: readonly string[];
  readonly settings: pulumi.Input<Settings>;
  /** The nodes of both pools: each is told about others. */
  readonly nodes: pulumi.Input<NodePlan>;
  readonly image: pulumi.Input<Image>;
  /** ARN of the KMS key of all disks. */
  readonly volumeKeyArn: pulumi.Input<string>;
  readonly network: Network;
  readonly artifacts: ArtifactStore;
  readonly opsHost: OpsHost;
  /** Protects the data volumes, and keeps them when the stack is destroyed. Default: true. */
  readonly dataProtection?: boolean;
  /** Node name -> id of the volume that it takes up, with what is on it. Default: none. */
  readonly adoptVolumes?: Readonly<Record<string, string>>;
}

/**
 * The nodes of a pool, `kafka-1` and so on. All boot at once: the gates decide the order in which they have to be well.
 * @param userData the user data of the node number `index`, 0 and up
 */
export function makeNodes(
  name: string,
  pool: "kafka" | "zookeeper",
  args: NodePoolArgs,
  parent: pulumi.Resource,
  userData: (index: number) => pulumi.Input<(values: DeployedValues) => string>,
  bootNeeds: pulumi.Input<pulumi.Resource[]> = [],
): StatefulNode[] {
  const { network, artifacts, opsHost } = args;
  const nodes = pulumi.output(args.nodes);
  return Array.from({ length: args.count }, (_, index) => {
    const nodeName = `${pool}-${index + 1}`;
    const zone = zoneOf(args.zones, index + 1);
    const subnetId = network.nodeSubnetIds[zone];
    if (subnetId === undefined) throw new Error(`${nodeName}: the network has no subnet in ${zone}`);
    return new StatefulNode(
      `${name}-${index + 1}`,
      {
        ...identityOf(args),
        nodeName,
        node: nodes.apply((plan) => nodeOf(plan, nodeName)),
        image: args.image,
        volumeKeyArn: args.volumeKeyArn,
        subnetId,
        securityGroupId: network.securityGroupIds[pool === "kafka" ? "broker" : "zookeeper"],
        dnsZoneId: network.dnsZoneId,
        artifactBucket: artifacts.bucketName,
        artifactBucketArn: artifacts.bucketArn,
        ec2EndpointUrl: network.ec2EndpointUrl,
        nodeAccessPublicKey: opsHost.nodeAccessPublicKey,
        userData: userData(index),
        dataProtection: args.dataProtection ?? true,
        adoptedVolume: args.adoptVolumes?.[nodeName],
        bootNeeds: pulumi.output(bootNeeds).apply((needs) => [network, artifacts, ...needs]),
      },
      { parent },
    );
  });
}

/** The planned node of a name. Throws when the plan is of fewer nodes than the pool. */
export function nodeOf({ brokers, zookeeper }: NodePlan, nodeName: string): PlannedNode {
  const node = [...brokers, ...zookeeper].find(({ name }) => name === nodeName);
  if (node === undefined) throw new Error(`${nodeName} is not planned`);
  return node;
}
