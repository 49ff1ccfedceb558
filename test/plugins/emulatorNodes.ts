import { randomBytes } from "node:crypto";

import { CreateAutoScalingGroupCommand, DescribeAutoScalingGroupsCommand } from "@aws-sdk/client-auto-scaling";
import type { Instance as GroupInstance } from "@aws-sdk/client-auto-scaling";
import {
  AttachInternetGatewayCommand,
  CreateInternetGatewayCommand,
  CreateLaunchTemplateCommand,
  CreateNetworkInterfaceCommand,
  CreateSecurityGroupCommand,
  CreateSubnetCommand,
  CreateVolumeCommand,
  CreateVpcCommand,
  DescribeInstancesCommand,
} from "@aws-sdk/client-ec2";
import type { Instance, RequestLaunchTemplateData } from "@aws-sdk/client-ec2";

import type { EmulatorProcess } from "./emulatorProcess";
import { until } from "./emulatorProcess";

export const labImage = "ami-0a1b2c3d4e5f60718";
/** An image of Amazon's, deprecated since August 2026. */
export const deprecatedImage = "ami-0a1b2c3d4e5f60717";

export interface TestNetwork {
  readonly vpcId: string;
  readonly gatewayId: string;
  /** In us-east-1a, 10.<n>.0.0/24. */
  readonly subnetId: string;
  /** In us-east-1b, 10.<n>.1.0/24. */
  readonly otherSubnetId: string;
  readonly groupId: string;
  readonly prefix: string;
}

let networks = 0;

/** A VPC of its own for each test file's cases, so that no test meets another one's addresses. */
export async function makeNetwork({ ec2 }: EmulatorProcess): Promise<TestNetwork> {
  const prefix = `10.${++networks}`;
  const { Vpc } = await ec2.send(new CreateVpcCommand({ CidrBlock: `${prefix}.0.0/16` }));
  const vpcId = Vpc!.VpcId!;
  const subnet = async (third: number, zone: string): Promise<string> => {
    const { Subnet } = await ec2.send(
      new CreateSubnetCommand({ VpcId: vpcId, CidrBlock: `${prefix}.${third}.0/24`, AvailabilityZone: zone }),
    );
    return Subnet!.SubnetId!;
  };
  const { InternetGateway } = await ec2.send(new CreateInternetGatewayCommand({}));
  const gatewayId = InternetGateway!.InternetGatewayId!;
  await ec2.send(new AttachInternetGatewayCommand({ InternetGatewayId: gatewayId, VpcId: vpcId }));
  const { GroupId } = await ec2.send(
    new CreateSecurityGroupCommand({ GroupName: "nodes", Description: "nodes", VpcId: vpcId }),
  );
  return {
    vpcId,
    gatewayId,
    subnetId: await subnet(0, "us-east-1a"),
    otherSubnetId: await subnet(1, "us-east-1b"),
    groupId: GroupId!,
    prefix,
  };
}

export async function makeInterface({ ec2 }: EmulatorProcess, network: TestNetwork, host: number): Promise<string> {
  const { NetworkInterface } = await ec2.send(
    new CreateNetworkInterfaceCommand({
      SubnetId: network.subnetId,
      PrivateIpAddress: `${network.prefix}.0.${host}`,
      Groups: [network.groupId],
    }),
  );
  return NetworkInterface!.NetworkInterfaceId!;
}

export async function makeVolume({ ec2 }: EmulatorProcess, zone = "us-east-1a"): Promise<string> {
  const { VolumeId } = await ec2.send(
    new CreateVolumeCommand({
      Size: 8,
      AvailabilityZone: zone,
      VolumeType: "gp3",
      Encrypted: true,
      KmsKeyId: "alias/aws/ebs",
    }),
  );
  return VolumeId!;
}

export async function makeTemplate({ ec2 }: EmulatorProcess, data: RequestLaunchTemplateData): Promise<string> {
  const { LaunchTemplate } = await ec2.send(
    new CreateLaunchTemplateCommand({
      LaunchTemplateName: `template-${randomBytes(4).toString("hex")}`,
      LaunchTemplateData: { ImageId: labImage, InstanceType: "t3.micro", ...data },
    }),
  );
  return LaunchTemplate!.LaunchTemplateId!;
}

/** A group of one, as the project makes them: by zone, from a template that names the interface. */
export async function makeGroup(
  { autoScaling }: EmulatorProcess,
  templateId: string,
  zone = "us-east-1a",
  more: Partial<ConstructorParameters<typeof CreateAutoScalingGroupCommand>[0]> = {},
): Promise<string> {
  const name = `group-${randomBytes(4).toString("hex")}`;
  await autoScaling.send(
    new CreateAutoScalingGroupCommand({
      AutoScalingGroupName: name,
      LaunchTemplate: { LaunchTemplateId: templateId, Version: "1" },
      MinSize: 1,
      MaxSize: 1,
      DesiredCapacity: 1,
      AvailabilityZones: [zone],
      InstanceMaintenancePolicy: { MinHealthyPercentage: 0, MaxHealthyPercentage: 100 },
      ...more,
    }),
  );
  return name;
}

export async function membersOf({ autoScaling }: EmulatorProcess, group: string): Promise<readonly GroupInstance[]> {
  const { AutoScalingGroups } = await autoScaling.send(
    new DescribeAutoScalingGroupsCommand({ AutoScalingGroupNames: [group] }),
  );
  return AutoScalingGroups?.[0]?.Instances ?? [];
}

/** Waits for the group's one instance that is in service, and is not `notThisOne`. */
export async function instanceInService(
  emulator: EmulatorProcess,
  group: string,
  notThisOne?: string,
): Promise<Instance> {
  const id = await until(`an instance in service in ${group}`, async () => {
    const members = await membersOf(emulator, group);
    return members.find((each) => each.LifecycleState === "InService" && each.InstanceId !== notThisOne)?.InstanceId;
  });
  return describeInstance(emulator, id);
}

export async function describeInstance({ ec2 }: EmulatorProcess, id: string): Promise<Instance> {
  const { Reservations } = await ec2.send(new DescribeInstancesCommand({ InstanceIds: [id] }));
  return Reservations![0]!.Instances![0]!;
}
