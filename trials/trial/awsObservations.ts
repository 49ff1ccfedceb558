/** Observations of a trial's things by AWS's own APIs. */
import { randomBytes } from "node:crypto";
import {
  AutoScalingClient,
  paginateDescribeAutoScalingGroups,
  paginateDescribeScalingActivities,
  type Activity,
  type AutoScalingGroup,
} from "@aws-sdk/client-auto-scaling";
import * as ec2Api from "@aws-sdk/client-ec2";
import { GetRoleCommand, IAMClient } from "@aws-sdk/client-iam";
import { DeleteObjectCommand, PutObjectCommand } from "@aws-sdk/client-s3";
import { GetParameterCommand, SSMClient } from "@aws-sdk/client-ssm";
import { scalingRole } from "../../planning/checks/encryption";
import { opsNode, tagKeys } from "../../planning/cluster/names";
import { tagValue } from "../../planning/cluster/tags";
import type { StackOutputs } from "../../planning/cluster/outputs";
import { userDataLimitBytes } from "../../planning/node/userData";
import { awsClient } from "../../stack/awsClient";
import { ec2Client, s3Client } from "../../stack/awsClients";
import { collected } from "./pages";
import { retrySeconds, terminatedFirst } from "./activities";
import type { Observation } from "./verdicts";

type Tag = Pick<ec2Api.Tag, "Key" | "Value">;

/** The words `all`, or which not. */
const allBut = (others: readonly string[]) => (others.length === 0 ? "all" : `not: ${others.join(", ")}`);

/** The public parameter that names the image; see aws/images.ts. */
const imageParameter = "/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-x86_64";

/** Observes a trial's things by AWS's own APIs. */
export class AwsObservations {
  private readonly autoScaling: AutoScalingClient;
  private readonly ec2: ec2Api.EC2Client;
  private readonly clusterName: string;

  constructor(private readonly outputs: Pick<StackOutputs, "region" | "clusterName" | "artifactBucket" | "imageId">) {
    const { region, clusterName } = outputs;
    this.clusterName = clusterName;
    this.autoScaling = awsClient(AutoScalingClient, { region });
    this.ec2 = ec2Client(region);
  }

  /** The observations of a cluster that is up. */
  async cluster(): Promise<Observation[]> {
    const [instances, volumes, groups] = await Promise.all([this.instances(), this.volumes(), this.groups()]);
    const nodeOf = (thing: { readonly Tags?: readonly Tag[] }) => tagValue(thing.Tags, tagKeys.node) ?? "";
    const untagged = [
      ...instances.filter(({ Tags }) => nodeOf({ Tags }) !== opsNode && !tagValue(Tags, tagKeys.revision)),
      ...instances.filter(({ Tags }) => !tagValue(Tags, tagKeys.node)),
    ].map(({ InstanceId = "" }) => InstanceId);
    const roots = new Set(
      instances.flatMap(({ BlockDeviceMappings = [], RootDeviceName }) =>
        BlockDeviceMappings.flatMap(({ DeviceName, Ebs }) =>
          DeviceName === RootDeviceName ? (Ebs?.VolumeId ?? []) : [],
        ),
      ),
    );
    const known = new Set(volumes.map(({ VolumeId }) => VolumeId));
    const isData = (volume: ec2Api.Volume) => tagValue(volume.Tags, tagKeys.volume) === "data";
    const detached = volumes.filter((volume) => {
      const holder = instances.find(({ InstanceId }) => InstanceId === volume.Attachments?.[0]?.InstanceId);
      return isData(volume) && (holder === undefined || nodeOf(holder) !== nodeOf(volume));
    });
    const withoutInstance = groups.filter(
      ({ Instances = [] }) => Instances.length !== 1 || Instances[0]?.LifecycleState !== "InService",
    );
    return [
      {
        id: "interface-in-template",
        seen:
          withoutInstance.length === 0
            ? "accepted"
            : "no instance in service: " +
              `${withoutInstance.map(({ AutoScalingGroupName }) => AutoScalingGroupName).join(", ")}`,
      },
      { id: "instance-tags", seen: allBut([...untagged, ...[...roots].filter((id) => !known.has(id))]) },
      {
        id: "volumes-encrypted",
        seen: allBut(volumes.filter(({ Encrypted }) => !Encrypted).map(({ VolumeId = "" }) => VolumeId)),
      },
      {
        id: "own-volume-only",
        seen: detached.length === 0 ? "attached" : `not attached to its node: ${detached.map(nodeOf).join(", ")}`,
      },
      { id: "credit-mode", seen: await this.creditModes(instances) },
      { id: "user-data-limit", seen: await this.userDataAnswer() },
      { id: "conditional-put", seen: await this.secondPut() },
      { id: "service-linked-role", seen: await reasonOr(() => this.autoScalingsRole()) },
      { id: "image-parameter", seen: await reasonOr(() => this.imageState()) },
    ];
  }

  /** Group name -> the template version that its instance was started from. */
  async instanceVersions(): Promise<ReadonlyMap<string, string | undefined>> {
    const groups = await this.groups();
    return new Map(
      groups.map(({ AutoScalingGroupName = "", Instances = [] }) => [
        AutoScalingGroupName,
        Instances[0]?.LaunchTemplate?.Version,
      ]),
    );
  }

  /** The activities of one group, the latest first. */
  activities(groupName: string): Promise<Activity[]> {
    return collected(
      paginateDescribeScalingActivities({ client: this.autoScaling }, { AutoScalingGroupName: groupName }),
      ({ Activities }) => Activities,
    );
  }

  /** The observations of what all groups have done so far. */
  async history(): Promise<Observation[]> {
    const names = (await this.groups()).map(({ AutoScalingGroupName = "" }) => AutoScalingGroupName);
    const observations: Observation[] = [];
    for (const where of names) {
      const activities = await this.activities(where);
      observations.push({ id: "terminated-first", where, seen: terminatedFirst(activities) });
      const retries = retrySeconds(activities);
      if (retries.length > 0)
        observations.push({ id: "launch-retry", where, seen: `${Math.round(Math.max(...retries))} s` });
    }
    return observations;
  }

  /** The times at which the instances were launched, ms since 1970, by their node. */
  async launchTimes(): Promise<ReadonlyMap<string, number>> {
    const instances = await this.instances();
    return new Map(
      instances.map(({ Tags, LaunchTime }) => [tagValue(Tags, tagKeys.node) ?? "", LaunchTime?.getTime() ?? 0]),
    );
  }

  /** Ids of the instances that have a node's interface and its data volume; undefined while none has. */
  async holders(
    node: string,
  ): Promise<{ readonly networkInterface: string | undefined; readonly volume: string | undefined }> {
    const Filters = [this.ofCluster, { Name: `tag:${tagKeys.node}`, Values: [node] }];
    const [{ NetworkInterfaces = [] }, { Volumes = [] }] = await Promise.all([
      this.ec2.send(new ec2Api.DescribeNetworkInterfacesCommand({ Filters })),
      this.ec2.send(
        new ec2Api.DescribeVolumesCommand({
          Filters: [...Filters, { Name: `tag:${tagKeys.volume}`, Values: ["data"] }],
        }),
      ),
    ]);
    const { Attachment } = NetworkInterfaces[0] ?? {};
    const attached = Volumes[0]?.Attachments?.find(({ State }) => State === "attached");
    return {
      networkInterface: Attachment?.Status === "attached" ? Attachment.InstanceId : undefined,
      volume: attached?.InstanceId,
    };
  }

  /** Changes a node's volume once more, if EC2 lets it: `optimizing: IncorrectModificationState`. */
  async changeAgain(node: string): Promise<string> {
    const volume = (await this.volumes()).find(
      ({ Tags }) => tagValue(Tags, tagKeys.volume) === "data" && tagValue(Tags, tagKeys.node) === node,
    );
    const VolumeId = volume?.VolumeId ?? "";
    const { VolumesModifications = [] } = await this.ec2.send(
      new ec2Api.DescribeVolumesModificationsCommand({ Filters: [{ Name: "volume-id", Values: [VolumeId] }] }),
    );
    const state = VolumesModifications[0]?.ModificationState ?? "never changed";
    try {
      await this.ec2.send(new ec2Api.ModifyVolumeCommand({ VolumeId, Size: (volume?.Size ?? 0) + 1 }));
      return `${state}: accepted`;
    } catch (error) {
      return `${state}: ${(error as Error).name}`;
    }
  }

  close(): void {
    this.autoScaling.destroy();
    this.ec2.destroy();
  }

  private get ofCluster() {
    return { Name: `tag:${tagKeys.cluster}`, Values: [this.clusterName] };
  }

  /** The instances that run and belong to a node or to the ops host. */
  private async instances(): Promise<ec2Api.Instance[]> {
    const Filters = [this.ofCluster, { Name: "instance-state-name", Values: ["running"] }];
    const reservations = await collected(
      ec2Api.paginateDescribeInstances({ client: this.ec2 }, { Filters }),
      ({ Reservations }) => Reservations,
    );
    const instances = reservations.flatMap(({ Instances = [] }) => Instances);
    return instances.filter(({ Tags }) => tagValue(Tags, tagKeys.job) === undefined);
  }

  private volumes(): Promise<ec2Api.Volume[]> {
    return collected(
      ec2Api.paginateDescribeVolumes({ client: this.ec2 }, { Filters: [this.ofCluster] }),
      ({ Volumes }) => Volumes,
    );
  }

  private async groups(): Promise<AutoScalingGroup[]> {
    const groups = await collected(
      paginateDescribeAutoScalingGroups({ client: this.autoScaling }, {}),
      ({ AutoScalingGroups }) => AutoScalingGroups,
    );
    return groups.filter(({ Tags }) => tagValue(Tags, tagKeys.cluster) === this.clusterName);
  }

  private async creditModes(instances: readonly ec2Api.Instance[]): Promise<string> {
    const { InstanceCreditSpecifications = [] } = await this.ec2.send(
      new ec2Api.DescribeInstanceCreditSpecificationsCommand({
        InstanceIds: instances.flatMap(({ InstanceId }) => InstanceId ?? []),
      }),
    );
    return [...new Set(InstanceCreditSpecifications.map(({ CpuCredits }) => CpuCredits))].join(", ");
  }

  private async userDataAnswer(): Promise<string> {
    const { imageId } = this.outputs;
    const UserData = Buffer.from(`#!${" ".repeat(userDataLimitBytes - 2)}`).toString("base64");
    const { Images = [] } = await this.ec2.send(new ec2Api.DescribeImagesCommand({ ImageIds: [imageId] }));
    const InstanceType = Images[0]?.Architecture === "arm64" ? "t4g.micro" : "t3.micro";
    const request = { ImageId: imageId, InstanceType, UserData, MinCount: 1, MaxCount: 1, DryRun: true } as const;
    try {
      await this.ec2.send(new ec2Api.RunInstancesCommand(request));
      return "a dry run started an instance";
    } catch (error) {
      const { name, message } = error as Error;
      return name === "DryRunOperation" ? "accepted" : `${name}: ${message}`;
    }
  }

  private async secondPut(): Promise<string> {
    const s3 = s3Client(this.outputs.region);
    const object = { Bucket: this.outputs.artifactBucket, Key: `jobs/trial-${randomBytes(6).toString("hex")}` };
    try {
      await s3.send(new PutObjectCommand({ ...object, Body: "1", IfNoneMatch: "*" }));
      await s3.send(new PutObjectCommand({ ...object, Body: "2", IfNoneMatch: "*" }));
      return "written twice";
    } catch (error) {
      const { name } = error as Error;
      return name === "PreconditionFailed" ? "refused" : name;
    } finally {
      await s3.send(new DeleteObjectCommand(object));
      s3.destroy();
    }
  }

  private async autoScalingsRole(): Promise<string> {
    const iam = awsClient(IAMClient, { region: this.outputs.region });
    await iam.send(new GetRoleCommand({ RoleName: scalingRole }));
    return "there";
  }

  private async imageState(): Promise<string> {
    const ssm = awsClient(SSMClient, { region: this.outputs.region });
    const { Parameter } = await ssm.send(new GetParameterCommand({ Name: imageParameter }));
    const { Images = [] } = await this.ec2.send(
      new ec2Api.DescribeImagesCommand({ ImageIds: [Parameter?.Value ?? ""] }),
    );
    return Images[0]?.State ?? "no image";
  }
}

async function reasonOr(observe: () => Promise<string>): Promise<string> {
  try {
    return await observe();
  } catch (error) {
    return `${(error as Error).name}: ${(error as Error).message}`;
  }
}
