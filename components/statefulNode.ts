import * as ebs from "@pulumi/aws/ebs";
import * as ec2 from "@pulumi/aws/ec2";
import * as iam from "@pulumi/aws/iam";
import * as route53 from "@pulumi/aws/route53";
import * as pulumi from "@pulumi/pulumi";
import type { PlannedNode } from "../planning/node/nodes";
import { revisionOf } from "../planning/node/revision";
import { groupOfOne } from "./groupOfOne";
import { instanceTrustPolicy, nodePolicy } from "../planning/node/nodePolicy";
import type { Image } from "../planning/node/image";
import { metadataOptions, rootVolume } from "../planning/node/instanceDefaults";
import { tagKeys } from "../planning/cluster/tags";
import { boundaryOf, nodeTagsOf, type ClusterIdentity } from "./clusterIdentity";

/** Values that a node's user data needs and only the running program knows. */
export interface DeployedValues {
  readonly volumeId: string;
  readonly artifactBucket: string;
  readonly nodeAccessPublicKey: string;
  readonly ec2EndpointUrl: string;
  /** Empty while the revision itself is computed. */
  readonly revision: string;
}

/** Arguments of a {@link StatefulNode}. */
export interface StatefulNodeArgs extends ClusterIdentity {
  /** `kafka-3`, `zookeeper-1`: its host name, and a part of its names in AWS. */
  readonly nodeName: string;
  /** The node as it is planned: zone, address, instance type and volume. */
  readonly node: pulumi.Input<PlannedNode>;
  /** The image that the node's instances are started from. */
  readonly image: pulumi.Input<Image>;
  /** ARN of the KMS key of a new volume, and of each instance's root disk. */
  readonly volumeKeyArn: pulumi.Input<string>;
  /** Id of the zone's node subnet. */
  readonly subnetId: pulumi.Input<string>;
  /** Id of the pool's security group. */
  readonly securityGroupId: pulumi.Input<string>;
  /** Id of the private zone in which the node has its name. */
  readonly dnsZoneId: pulumi.Input<string>;
  readonly artifactBucket: pulumi.Input<string>;
  readonly artifactBucketArn: pulumi.Input<string>;
  /** OpenSSH public key of the ops host. */
  readonly nodeAccessPublicKey: pulumi.Input<string>;
  /** URL of the EC2 API inside the VPC. */
  readonly ec2EndpointUrl: pulumi.Input<string>;
  /** User data as text, from what is known when the node is made. */
  readonly userData: pulumi.Input<(values: DeployedValues) => string>;
  /** Protects the volume, and keeps it when the stack is destroyed. */
  readonly dataProtection: boolean;
  /**
   * Id of a volume that is taken up with what is on it. Default: the node keeps the one that it has, or an empty one is
   * made.
   */
  readonly adoptedVolume?: string;
  /** Resources that an instance needs to boot and that no other argument refers to: routes, endpoints, artifacts. */
  readonly bootNeeds: pulumi.Input<pulumi.Resource[]>;
}

/**
 * One machine that outlives its instances: an interface with a fixed address, a volume, a name, and a group of exactly
 * one instance that always takes these. A change of the launch template changes no running instance.
 */
export class StatefulNode extends pulumi.ComponentResource {
  /** `kafka-3`, `zookeeper-1`. */
  readonly nodeName: string;
  /** The fixed private address. */
  readonly address: pulumi.Output<string>;
  /** A text that changes with whatever an instance is started from; the instance has it as a tag. */
  readonly revision: pulumi.Output<string>;
  /** Id of the data volume. */
  readonly volumeId: pulumi.Output<string>;
  /** Name of the Auto Scaling group. */
  readonly groupName: pulumi.Output<string>;

  constructor(name: string, args: StatefulNodeArgs, options?: pulumi.ComponentResourceOptions) {
    super("kafka-on-ec2:index:StatefulNode", name, {}, options);
    const { nodeName, clusterName } = args;
    const node = pulumi.output(args.node);
    // Only one interface can have the address, and only one instance the interface and the volume.
    const exclusive = { parent: this, deleteBeforeReplace: true };
    const tags = nodeTagsOf(args, nodeName);
    const fullName = pulumi.interpolate`${clusterName}-${nodeName}`;

    const networkInterface = new ec2.NetworkInterface(
      name,
      {
        subnetId: args.subnetId,
        privateIps: [node.privateIp],
        securityGroups: [args.securityGroupId],
        description: pulumi.interpolate`${fullName}, kept when its instance is replaced`,
        tags,
      },
      exclusive,
    );
    const record = new route53.Record(
      name,
      { zoneId: args.dnsZoneId, name: node.dnsName, type: "A", ttl: 60, records: [node.privateIp] },
      exclusive,
    );
    const volume = new ebs.Volume(
      name,
      {
        availabilityZone: node.zone,
        type: "gp3",
        encrypted: true,
        kmsKeyId: args.volumeKeyArn,
        size: node.volumeGiB,
        iops: node.volumeIops,
        throughput: node.volumeThroughputMiBps,
        tags: tags.apply((all) => ({ ...all, [tagKeys.volume]: "data" })),
      },
      {
        ...exclusive,
        protect: args.dataProtection,
        retainOnDelete: args.dataProtection,
        import: args.adoptedVolume,
        // Another key would be another volume, without the data.
        ignoreChanges: ["kmsKeyId"],
      },
    );

    // IAM is global: with the region in the name, a cluster of the same name may stand in another one.
    const roleName = pulumi.interpolate`${clusterName}-${args.region}-${nodeName}`;
    const role = new iam.Role(
      name,
      {
        name: roleName,
        description: pulumi.interpolate`Instances of ${fullName}`,
        assumeRolePolicy: instanceTrustPolicy,
        permissionsBoundary: boundaryOf(args),
        tags,
      },
      exclusive,
    );
    const policy = new iam.RolePolicy(
      name,
      {
        name: "node",
        role: role.name,
        policy: pulumi
          .output({
            clusterName,
            role: node.role,
            volumeArn: volume.arn,
            volumeKeyArn: volume.kmsKeyId,
            region: args.region,
            bucketArn: args.artifactBucketArn,
          })
          .apply((input) => nodePolicy({ ...input, node: nodeName })),
      },
      exclusive,
    );
    const profile = new iam.InstanceProfile(name, { name: roleName, role: role.name, tags }, exclusive);

    const started = pulumi
      .output({
        values: {
          volumeId: volume.id,
          artifactBucket: args.artifactBucket,
          nodeAccessPublicKey: args.nodeAccessPublicKey,
          ec2EndpointUrl: args.ec2EndpointUrl,
        },
        parts: {
          instanceType: node.instanceType,
          image: args.image,
          interfaceId: networkInterface.id,
          roleName,
          rootVolume: { ...rootVolume, kmsKeyId: args.volumeKeyArn },
          metadataOptions,
        },
        userData: args.userData,
      })
      .apply(({ values, parts, userData }) => {
        const revision = revisionOf({ ...parts, userData: userData({ ...values, revision: "" }) });
        return { revision, userData: userData({ ...values, revision }) };
      });
    this.revision = started.revision;

    const { group } = groupOfOne(
      name,
      {
        fullName,
        zone: node.zone,
        image: args.image,
        instanceType: node.instanceType,
        volumeKeyArn: args.volumeKeyArn,
        profile,
        networkInterface,
        userData: started.userData,
        tags,
        instanceTags: { [tagKeys.revision]: this.revision },
        replaceWith: [volume],
        dependsOn: pulumi.output(args.bootNeeds).apply((needs) => [policy, record, ...needs]),
      },
      this,
    );

    this.nodeName = nodeName;
    this.address = networkInterface.privateIp;
    this.volumeId = volume.id;
    this.groupName = group.name;
    this.registerOutputs({
      address: this.address,
      revision: this.revision,
      volumeId: this.volumeId,
      groupName: this.groupName,
    });
  }
}
