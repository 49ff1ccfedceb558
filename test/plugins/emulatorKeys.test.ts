import assert from "node:assert/strict";

import { DescribeScalingActivitiesCommand } from "@aws-sdk/client-auto-scaling";
import {
  AttachVolumeCommand,
  CreateVolumeCommand,
  DescribeInstancesCommand,
  DescribeVolumesCommand,
  RunInstancesCommand,
} from "@aws-sdk/client-ec2";
import type { RequestLaunchTemplateData } from "@aws-sdk/client-ec2";
import {
  AddRoleToInstanceProfileCommand,
  CreateInstanceProfileCommand,
  CreateRoleCommand,
  PutRolePolicyCommand,
} from "@aws-sdk/client-iam";
import { CreateKeyCommand, DescribeKeyCommand, PutKeyPolicyCommand } from "@aws-sdk/client-kms";

import { instanceTrustPolicy, nodePolicy } from "../../planning/node/nodePolicy";
import { instanceInService, labImage, makeGroup, makeInterface, makeNetwork, makeTemplate } from "./emulatorNodes";
import type { TestNetwork } from "./emulatorNodes";
import type { Clients, EmulatorProcess } from "./emulatorProcess";
import { refusal, startEmulator, until } from "./emulatorProcess";

const account = "123456789012";
const region = "us-east-1";

/** What AWS's own guide has a customer's key allow Auto Scaling, beside what KMS allows the account at first. */
function keyPolicy(): string {
  const role = "role/aws-service-role/autoscaling.amazonaws.com/AWSServiceRoleForAutoScaling";
  const statement = (principal: string, Action: string, more: object = {}) => ({
    Effect: "Allow",
    Principal: { AWS: `arn:aws:iam::${account}:${principal}` },
    Action,
    Resource: "*",
    ...more,
  });
  const forInstances = { Condition: { Bool: { "kms:GrantIsForAWSResource": "true" } } };
  return JSON.stringify({
    Version: "2012-10-17",
    Statement: [statement("root", "kms:*"), statement(role, "kms:CreateGrant", forInstances)],
  });
}

describe("emulator: the keys of volumes", function () {
  this.timeout(60_000);
  let emulator: EmulatorProcess;
  let network: TestNetwork;
  let host = 10;

  before(async () => {
    emulator = await startEmulator(["--auto-lifecycle", "--replace-delay", "0.2"]);
    network = await makeNetwork(emulator);
  });
  after(() => emulator?.stop());

  const keyArn = async (KeyId: string): Promise<string> =>
    (await emulator.kms.send(new DescribeKeyCommand({ KeyId }))).KeyMetadata!.Arn!;

  async function customerKey(): Promise<string> {
    const { KeyMetadata } = await emulator.kms.send(new CreateKeyCommand({}));
    await emulator.kms.send(
      new PutKeyPolicyCommand({ KeyId: KeyMetadata!.KeyId, PolicyName: "default", Policy: keyPolicy() }),
    );
    return KeyMetadata!.Arn!;
  }

  async function groupWith(KmsKeyId?: string, more: RequestLaunchTemplateData = {}): Promise<string> {
    const interfaceId = await makeInterface(emulator, network, ++host);
    const templateId = await makeTemplate(emulator, {
      NetworkInterfaces: [{ DeviceIndex: 0, NetworkInterfaceId: interfaceId }],
      BlockDeviceMappings: [{ DeviceName: "/dev/xvda", Ebs: { VolumeSize: 10, Encrypted: true, KmsKeyId } }],
      ...more,
    });
    return makeGroup(emulator, templateId);
  }

  const makeVolume = (KmsKeyId?: string) =>
    emulator.ec2.send(new CreateVolumeCommand({ Size: 8, AvailabilityZone: "us-east-1a", Encrypted: true, KmsKeyId }));

  it("without a word it is a customer's, with which a group's instances end at launch", async () => {
    const group = await groupWith();
    const failed = await until("a failed activity", async () => {
      const command = new DescribeScalingActivitiesCommand({ AutoScalingGroupName: group });
      const { Activities } = await emulator.autoScaling.send(command);
      return Activities?.find(({ StatusCode }) => StatusCode === "Failed");
    });
    assert.match(failed.StatusMessage!, /Termination Reason: Client\.InternalError: Client error on launch/);
  });

  it("with EBS's own key named, or a key whose policy knows the group's role, they stay", async () => {
    for (const key of [await keyArn("alias/aws/ebs"), "alias/aws/ebs", await customerKey()])
      await instanceInService(emulator, await groupWith(key));
    await emulator.daemon.account({ defaultKey: "aws" });
    await instanceInService(emulator, await groupWith());
    await emulator.daemon.account({ defaultKey: "customer" });
  });

  it("a volume says its key's ARN, whatever named it; a key that does not exist encrypts nothing", async () => {
    const ebs = await keyArn("alias/aws/ebs");
    assert.equal((await makeVolume("alias/aws/ebs")).KmsKeyId, ebs);
    assert.equal((await makeVolume(`arn:aws:kms:${region}:${account}:alias/aws/ebs`)).KmsKeyId, ebs);
    const { VolumeId, KmsKeyId } = await makeVolume();
    assert.notEqual(KmsKeyId, ebs);
    const { Volumes } = await emulator.ec2.send(new DescribeVolumesCommand({ VolumeIds: [VolumeId!] }));
    assert.equal(Volumes![0]!.KmsKeyId, KmsKeyId);
    assert.equal(await refusal(makeVolume("11111111-1111-1111-1111-111111111111")), "InvalidParameterValue");
  });

  it("who launches an instance without the right to its disk's key sees it end at once", async () => {
    const allowed = (...Action: string[]) => ({ Statement: [{ Effect: "Allow", Action, Resource: "*" }] });
    const launches = await emulator.user("launches", [allowed("ec2:*")]);
    const grants = await emulator.user("grants", [allowed("ec2:*", "kms:CreateGrant")]);
    assert.match(await endOf(launches), /^Client\.InternalError: /);
    assert.equal(await endOf(launches, "alias/aws/ebs"), "");
    assert.equal(await endOf(grants), "");
  });

  /** Why an instance has ended that a user launched with such a disk; empty: it runs. */
  async function endOf({ ec2 }: Clients, KmsKeyId?: string): Promise<string> {
    const { Instances } = await ec2.send(
      new RunInstancesCommand({
        ImageId: labImage,
        InstanceType: "t3.micro",
        MinCount: 1,
        MaxCount: 1,
        SubnetId: network.otherSubnetId,
        BlockDeviceMappings: [{ DeviceName: "/dev/xvda", Ebs: { VolumeSize: 10, Encrypted: true, KmsKeyId } }],
      }),
    );
    const [{ InstanceId } = {}] = Instances ?? [];
    const found = await ec2.send(new DescribeInstancesCommand({ InstanceIds: [InstanceId!] }));
    const { State, StateReason } = found.Reservations![0]!.Instances![0]!;
    assert.equal(State?.Name, StateReason?.Message ? "terminated" : "running");
    return StateReason?.Message ?? "";
  }

  it("a node attaches its volume, of any key of the account, where its policy names just that key", async () => {
    const ebs = await keyArn("alias/aws/ebs");
    const [own, other] = [await customerKey(), await customerKey()];
    assert.equal(await attachedByNode(ebs, other), "accepted");
    assert.equal(await attachedByNode(own, own), "accepted");
    assert.equal(await attachedByNode(own, other), "UnauthorizedOperation");
  });

  /** How a node's attempt ends to attach a volume with one key, when its policy is for a volume with another. */
  async function attachedByNode(key: string, volumeKeyArn: string): Promise<string> {
    const { VolumeId } = await makeVolume(key);
    const name = `node-${++host}`;
    await emulator.iam.send(new CreateRoleCommand({ RoleName: name, AssumeRolePolicyDocument: instanceTrustPolicy }));
    const policy = nodePolicy({
      clusterName: "c",
      node: "kafka-1",
      role: "kafka",
      volumeArn: `arn:aws:ec2:${region}:${account}:volume/${VolumeId}`,
      volumeKeyArn,
      region,
      bucketArn: "arn:aws:s3:::b",
    });
    await emulator.iam.send(new PutRolePolicyCommand({ RoleName: name, PolicyName: "node", PolicyDocument: policy }));
    await emulator.iam.send(new CreateInstanceProfileCommand({ InstanceProfileName: name }));
    await emulator.iam.send(new AddRoleToInstanceProfileCommand({ InstanceProfileName: name, RoleName: name }));
    const Tags = [
      { Key: "kafka-on-ec2:cluster", Value: "c" },
      { Key: "kafka-on-ec2:node", Value: "kafka-1" },
    ];
    const group = await groupWith("alias/aws/ebs", {
      IamInstanceProfile: { Name: name },
      TagSpecifications: [{ ResourceType: "instance", Tags }],
    });
    const { InstanceId } = await instanceInService(emulator, group);
    const found = (await emulator.daemon.credentials(InstanceId!))!;
    const node = emulator.as({
      accessKeyId: found.AccessKeyId,
      secretAccessKey: found.SecretAccessKey,
      sessionToken: found.Token,
    });
    return refusal(node.ec2.send(new AttachVolumeCommand({ VolumeId, InstanceId, Device: "/dev/sdf" })));
  }
});
