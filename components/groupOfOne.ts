import * as autoscaling from "@pulumi/aws/autoscaling";
import * as ec2 from "@pulumi/aws/ec2";
import type * as iam from "@pulumi/aws/iam";
import * as pulumi from "@pulumi/pulumi";
import type { Image } from "../planning/node/image";
import { metadataOptions, rootVolume } from "../planning/node/instanceDefaults";
import type { Tags } from "../planning/cluster/tags";

/** Arguments of {@link groupOfOne}. */
export interface GroupOfOneArgs {
  /** The name of group and launch template. */
  readonly fullName: pulumi.Input<string>;
  /** The one zone in which the instance runs. */
  readonly zone: pulumi.Input<string>;
  /** The image that the instance is started from. */
  readonly image: pulumi.Input<Image>;
  /** ARN of the root disk's KMS key. */
  readonly volumeKeyArn: pulumi.Input<string>;
  readonly instanceType: pulumi.Input<string>;
  /** The instance profile, whose role the instance has. */
  readonly profile: iam.InstanceProfile;
  /** The interface that each instance of the group takes. Its security groups are the instance's. */
  readonly networkInterface: ec2.NetworkInterface;
  /** The user data as text, not yet encoded. */
  readonly userData: pulumi.Input<string>;
  /** Tags of the group, the launch template, and each instance with its root volume. */
  readonly tags: pulumi.Input<Tags>;
  /** Tags that only the instance has. */
  readonly instanceTags?: Readonly<Record<string, pulumi.Input<string>>>;
  /** Other things that a running instance can't exchange: where one of them is replaced, group and instance are too. */
  readonly replaceWith?: readonly pulumi.Resource[];
  /**
   * Whether a change of the launch template replaces group and instance, and the update waits until the new one runs.
   * Default: it changes no running instance, and nothing waits: the gates do, and say more of what goes wrong.
   */
  readonly replacedByChanges?: boolean;
  /** Resources that must exist before the group starts an instance. */
  readonly dependsOn: pulumi.Input<pulumi.Resource[]>;
}

/** The resources that {@link groupOfOne} makes. */
export interface GroupOfOne {
  readonly group: autoscaling.Group;
  readonly launchTemplate: ec2.LaunchTemplate;
}

/** How long a group may take to have its instance running, where the update waits for it. */
const capacityTimeout = "10m";

/**
 * An Auto Scaling group of exactly one instance, which always takes the same interface, and so has the same addresses.
 */
export function groupOfOne(name: string, args: GroupOfOneArgs, parent: pulumi.Resource): GroupOfOne {
  const { fullName, networkInterface } = args;
  const [image, tags] = [pulumi.output(args.image), pulumi.output(args.tags)];
  const launchTemplate = new ec2.LaunchTemplate(
    name,
    {
      name: fullName,
      description: pulumi.interpolate`Instances of ${fullName}`,
      imageId: image.id,
      instanceType: args.instanceType,
      userData: pulumi.output(args.userData).apply((text) => Buffer.from(text).toString("base64")),
      iamInstanceProfile: { name: args.profile.name },
      networkInterfaces: [{ deviceIndex: 0, networkInterfaceId: networkInterface.id }],
      blockDeviceMappings: [
        {
          deviceName: image.rootDeviceName,
          ebs: { ...rootVolume, encrypted: "true", kmsKeyId: args.volumeKeyArn, deleteOnTermination: "true" },
        },
      ],
      metadataOptions,
      updateDefaultVersion: true,
      tagSpecifications: [
        {
          resourceType: "instance",
          tags: pulumi.all([tags, args.instanceTags ?? {}]).apply(([all, own]) => ({ ...all, ...own })),
        },
        { resourceType: "volume", tags },
      ],
      tags,
    },
    { parent },
  );
  const group = new autoscaling.Group(
    name,
    {
      name: fullName,
      minSize: 1,
      maxSize: 1,
      desiredCapacity: 1,
      // Zones and no subnet: the interface decides the subnet.
      availabilityZones: [args.zone],
      // A group that stays is not told of new versions: AWS may refuse a template whose interface is in use, as it is.
      launchTemplate: {
        id: launchTemplate.id,
        version: args.replacedByChanges ? launchTemplate.latestVersion.apply(String) : "$Default",
      },
      healthCheckType: "EC2",
      healthCheckGracePeriod: 60,
      // Terminate before launch, whatever the account's default: two instances can't hold one interface.
      instanceMaintenancePolicy: { minHealthyPercentage: 0, maxHealthyPercentage: 100 },
      waitForCapacityTimeout: args.replacedByChanges ? capacityTimeout : "0",
      // The group tries again: no capacity for a moment, or an interface that is not yet free, is no reason to give up.
      ignoreFailedScalingActivities: true,
      // Deleting waits until the instance is gone, or what it holds could not be deleted.
      forceDelete: false,
      // Instances get their tags from the launch template: a tag propagated from here would win over it.
      tags: tags.apply((all) => Object.entries(all).map(([key, value]) => ({ key, value, propagateAtLaunch: false }))),
    },
    {
      parent,
      deleteBeforeReplace: true,
      replaceWith: [...(args.replaceWith ?? []), networkInterface],
      replaceOnChanges: args.replacedByChanges ? ["launchTemplate"] : [],
      dependsOn: args.dependsOn,
    },
  );
  return { group, launchTemplate };
}
