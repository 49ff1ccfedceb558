import type * as pulumi from "@pulumi/pulumi";
import type { PlannedNode } from "../planning/node/nodes";
import type { Settings } from "../settings/settings";
import type { ArtifactStore } from "./artifactStore";
import type { Image } from "./instanceDefaults";
import type { Network } from "./network";
import type { OpsHost } from "./opsHost";
import { StatefulNode, type LateValues } from "./statefulNode";

/** What both pools are given. */
export interface NodePoolArgs {
  readonly settings: Settings;
  /** Keyed by name: a node that goes leaves the others alone. */
  readonly nodes: readonly PlannedNode[];
  readonly image: Image;
  /** Of the KMS key of all disks. */
  readonly volumeKeyArn: string;
  readonly network: Network;
  readonly artifacts: ArtifactStore;
  readonly opsHost: OpsHost;
  /** Node name -> id of the volume that it takes up. */
  readonly adoptedVolumes: Readonly<Record<string, string>>;
}

/** The nodes of a pool. All boot at once: the gates decide the order in which they have to be well. */
export function makeNodes(
  parent: pulumi.Resource,
  args: NodePoolArgs,
  securityGroup: "zookeeper" | "broker",
  renderUserData: (node: PlannedNode, values: LateValues) => string,
  bootNeeds: readonly pulumi.Resource[] = [],
): StatefulNode[] {
  const { settings, network, artifacts, opsHost } = args;
  return args.nodes.map((node) => {
    const subnetId = network.nodeSubnetIds[node.zone];
    if (!subnetId) throw new Error(`${node.name}: the network has no subnet in ${node.zone}`);
    return new StatefulNode(
      node.name,
      {
        clusterName: settings.clusterName,
        region: settings.region,
        node,
        image: args.image,
        volumeKeyArn: args.volumeKeyArn,
        subnetId,
        securityGroupId: network.securityGroupIds[securityGroup],
        dnsZoneId: network.dnsZoneId,
        artifactBucket: artifacts.bucketName,
        artifactBucketArn: artifacts.bucketArn,
        ec2EndpointUrl: network.ec2EndpointUrl,
        nodeAccessPublicKey: opsHost.nodeAccessPublicKey,
        renderUserData: (values) => renderUserData(node, values),
        dataProtection: settings.dataProtection,
        adoptedVolume: args.adoptedVolumes[node.name],
        bootNeeds: [network, artifacts, ...bootNeeds],
      },
      { parent },
    );
  });
}
