import assert from "node:assert/strict";

import { CreateAutoScalingGroupCommand, DeleteAutoScalingGroupCommand } from "@aws-sdk/client-auto-scaling";
import {
  AssociateRouteTableCommand,
  AuthorizeSecurityGroupIngressCommand,
  CreateLaunchTemplateCommand,
  CreateNetworkInterfaceCommand,
  CreateRouteTableCommand,
  CreateSecurityGroupCommand,
  CreateSubnetCommand,
  CreateTagsCommand,
  CreateVolumeCommand,
  CreateVpcCommand,
  CreateVpcEndpointCommand,
  DeleteVolumeCommand,
  DeleteVpcCommand,
  DescribeVolumesCommand,
  DescribeVpcsCommand,
  DisassociateRouteTableCommand,
  ModifyVpcAttributeCommand,
  RunInstancesCommand,
  TerminateInstancesCommand,
  type ResourceType,
} from "@aws-sdk/client-ec2";
import {
  AddRoleToInstanceProfileCommand,
  CreateInstanceProfileCommand,
  CreateRoleCommand,
  PutRolePolicyCommand,
} from "@aws-sdk/client-iam";
import { ChangeResourceRecordSetsCommand, CreateHostedZoneCommand } from "@aws-sdk/client-route-53";
import {
  CreateBucketCommand,
  GetObjectCommand,
  PutBucketEncryptionCommand,
  PutObjectCommand,
} from "@aws-sdk/client-s3";
import { PutParameterCommand } from "@aws-sdk/client-ssm";
import { GetCallerIdentityCommand } from "@aws-sdk/client-sts";

import { policies, type PolicyDocument } from "../../policies/documents";
import { labImage } from "./emulatorNodes";
import type { Clients, EmulatorProcess } from "./emulatorProcess";
import { refusal, startEmulator } from "./emulatorProcess";

const account = "123456789012";
const { deployer, operator } = policies({ cluster: "c", region: "us-east-1", account, domain: "kafka.internal" });
const trust = JSON.stringify({
  Version: "2012-10-17",
  Statement: [{ Effect: "Allow", Principal: { Service: "ec2.amazonaws.com" }, Action: "sts:AssumeRole" }],
});
const rights = JSON.stringify({
  Version: "2012-10-17",
  Statement: [{ Effect: "Allow", Action: "s3:GetObject", Resource: "*" }],
});

const tagged = (kind: ResourceType, cluster = "c", more: { Key: string; Value: string }[] = []) => ({
  TagSpecifications: [{ ResourceType: kind, Tags: [{ Key: "kafka-on-ec2:cluster", Value: cluster }, ...more] }],
});

/** Without this action, wherever it is allowed. */
const without = (set: Readonly<Record<string, PolicyDocument>>, action: string): PolicyDocument[] =>
  Object.values(set).map((document) => ({
    ...document,
    Statement: document.Statement.map((statement) => ({
      ...statement,
      Action: statement.Action.filter((one) => one !== action),
    })).filter(({ Action }) => Action.length > 0),
  }));

async function words(call: Promise<unknown>): Promise<string> {
  try {
    await call;
  } catch (error) {
    return `${(error as Error).name}: ${(error as Error).message}`;
  }
  return "accepted";
}

/** A node as the program makes it, by who holds these clients. */
async function makeNode({ ec2, iam, autoScaling, route53, s3, ssm }: Clients, name: string) {
  const { Vpc } = await ec2.send(new CreateVpcCommand({ CidrBlock: "10.0.0.0/16", ...tagged("vpc") }));
  const VpcId = Vpc!.VpcId!;
  await ec2.send(new ModifyVpcAttributeCommand({ VpcId, EnableDnsHostnames: { Value: true } }));
  const { Subnet } = await ec2.send(
    new CreateSubnetCommand({ VpcId, CidrBlock: "10.0.0.0/24", AvailabilityZone: "us-east-1a", ...tagged("subnet") }),
  );
  const SubnetId = Subnet!.SubnetId!;
  const { RouteTable } = await ec2.send(new CreateRouteTableCommand({ VpcId, ...tagged("route-table") }));
  const RouteTableId = RouteTable!.RouteTableId!;
  const { AssociationId } = await ec2.send(new AssociateRouteTableCommand({ SubnetId, RouteTableId }));
  await ec2.send(new DisassociateRouteTableCommand({ AssociationId }));
  const { GroupId } = await ec2.send(
    new CreateSecurityGroupCommand({ VpcId, GroupName: name, Description: name, ...tagged("security-group") }),
  );
  await ec2.send(
    new AuthorizeSecurityGroupIngressCommand({
      GroupId,
      IpPermissions: [{ IpProtocol: "tcp", FromPort: 22, ToPort: 22, IpRanges: [{ CidrIp: "10.0.0.0/8" }] }],
      ...tagged("security-group-rule"),
    }),
  );
  await ec2.send(
    new CreateVpcEndpointCommand({
      VpcId,
      VpcEndpointType: "Interface",
      ServiceName: "com.amazonaws.us-east-1.ec2",
      PrivateDnsEnabled: true,
      SubnetIds: [SubnetId],
      SecurityGroupIds: [GroupId!],
      ...tagged("vpc-endpoint"),
    }),
  );
  const { NetworkInterface } = await ec2.send(
    new CreateNetworkInterfaceCommand({ SubnetId, Groups: [GroupId!], ...tagged("network-interface") }),
  );
  const { VolumeId } = await ec2.send(
    new CreateVolumeCommand({ Size: 8, AvailabilityZone: "us-east-1a", VolumeType: "gp3", ...tagged("volume") }),
  );
  const role = `c-us-east-1-${name}`;
  await iam.send(new CreateRoleCommand({ RoleName: role, AssumeRolePolicyDocument: trust }));
  await iam.send(new PutRolePolicyCommand({ RoleName: role, PolicyName: "node", PolicyDocument: rights }));
  await iam.send(new CreateInstanceProfileCommand({ InstanceProfileName: role }));
  await iam.send(new AddRoleToInstanceProfileCommand({ InstanceProfileName: role, RoleName: role }));
  const { LaunchTemplate } = await ec2.send(
    new CreateLaunchTemplateCommand({
      LaunchTemplateName: `c-${name}`,
      LaunchTemplateData: {
        ImageId: labImage,
        InstanceType: "t3.micro",
        IamInstanceProfile: { Name: role },
        NetworkInterfaces: [{ DeviceIndex: 0, NetworkInterfaceId: NetworkInterface!.NetworkInterfaceId }],
        ...tagged("instance"),
      },
      ...tagged("launch-template"),
    }),
  );
  await autoScaling.send(
    new CreateAutoScalingGroupCommand({
      AutoScalingGroupName: `c-${name}`,
      LaunchTemplate: { LaunchTemplateId: LaunchTemplate!.LaunchTemplateId, Version: "1" },
      MinSize: 1,
      MaxSize: 1,
      AvailabilityZones: ["us-east-1a"],
    }),
  );
  await autoScaling.send(new DeleteAutoScalingGroupCommand({ AutoScalingGroupName: `c-${name}`, ForceDelete: true }));
  const { HostedZone } = await route53.send(
    new CreateHostedZoneCommand({
      Name: "kafka.internal",
      CallerReference: name,
      VPC: { VPCId: VpcId, VPCRegion: "us-east-1" },
    }),
  );
  const record = (Name: string) =>
    route53.send(
      new ChangeResourceRecordSetsCommand({
        HostedZoneId: HostedZone!.Id,
        ChangeBatch: {
          Changes: [
            {
              Action: "UPSERT",
              ResourceRecordSet: { Name, Type: "A", TTL: 60, ResourceRecords: [{ Value: "10.0.0.1" }] },
            },
          ],
        },
      }),
    );
  await record(`${name}.kafka.internal`);
  const Bucket = `c-${Buffer.from(name.slice(-4).padStart(4, "0")).toString("hex")}`;
  await s3.send(new CreateBucketCommand({ Bucket }));
  await s3.send(
    new PutBucketEncryptionCommand({
      Bucket,
      ServerSideEncryptionConfiguration: {
        Rules: [{ ApplyServerSideEncryptionByDefault: { SSEAlgorithm: "AES256" } }],
      },
    }),
  );
  await s3.send(new PutObjectCommand({ Bucket, Key: "artifacts/node", Body: "x", Tagging: "a=b" }));
  await ssm.send(new PutParameterCommand({ Name: `/c/ops/${name}`, Value: "x", Type: "SecureString" }));
  await ec2.send(new DeleteVolumeCommand({ VolumeId }));
  return { VpcId, SubnetId, GroupId: GroupId!, Bucket, record };
}

describe("emulator: a user may do what its policies allow, and nothing else", function () {
  this.timeout(60_000);
  let emulator: EmulatorProcess;

  before(async () => {
    emulator = await startEmulator(["--auto-lifecycle", "--replace-delay", "0.2"]);
  });
  after(() => emulator?.stop());

  it("knows itself; a user that is not there is no caller", async () => {
    const { sts } = await emulator.user("somebody", []);
    assert.equal((await sts.send(new GetCallerIdentityCommand({}))).Arn, `arn:aws:iam::${account}:user/somebody`);
    const nobody = emulator.as({ accessKeyId: "nobody", secretAccessKey: "nobody" });
    assert.equal(await refusal(nobody.ec2.send(new DescribeVpcsCommand({}))), "AuthFailure");
  });

  it("refuses in AWS's words", async () => {
    const { ec2, iam, ssm, s3 } = await emulator.user("nothing", []);
    const who = `User: arn:aws:iam::${account}:user/nothing is not authorized to perform:`;
    assert.equal(
      await words(ec2.send(new CreateVpcCommand({ CidrBlock: "10.0.0.0/16" }))),
      `UnauthorizedOperation: You are not authorized to perform this operation. ${who} ec2:CreateVpc on resource: ` +
        `arn:aws:ec2:us-east-1:${account}:vpc/* because no identity-based policy allows the ec2:CreateVpc action`,
    );
    assert.equal(
      await words(iam.send(new CreateRoleCommand({ RoleName: "r", AssumeRolePolicyDocument: trust }))),
      `AccessDenied: ${who} iam:CreateRole on resource: arn:aws:iam::${account}:role/r because no identity-based ` +
        "policy allows the iam:CreateRole action",
    );
    assert.match(
      await words(ssm.send(new PutParameterCommand({ Name: "/x", Value: "x", Type: "String" }))),
      /^AccessDeniedException: .* ssm:PutParameter on resource: arn:aws:ssm:us-east-1:\d+:parameter\/x because/,
    );
    assert.match(
      await words(s3.send(new CreateBucketCommand({ Bucket: "b" }))),
      /^AccessDenied: .* s3:CreateBucket on resource: "arn:aws:s3:::b" because/,
    );
  });

  it("a policy that IAM would not take is refused", async () => {
    const Statement = [{ Effect: "Allow", Action: "ec2:*", Resource: "a".repeat(6144) }];
    await assert.rejects(emulator.user("large", [{ Version: "2012-10-17", Statement }]), /IAM allows 6144/);
    await assert.rejects(emulator.user("none", [{}]), /policy 1 of user none has no Statement/);
  });

  it("the deployer makes a node with all that it needs, and takes it away", async () => {
    const clients = await emulator.user("deployer", Object.values(deployer));
    const { record } = await makeNode(clients, "kafka-1");
    assert.match(await words(record("kafka.example.com")), /^AccessDenied: .* route53:ChangeResourceRecordSets/);
  });

  // Each that the program asks for in its own way: by a tag, a name, in the caller's name, and beside another action.
  for (const [index, [action, asked]] of Object.entries({
    "ec2:CreateSubnet": /ec2:CreateSubnet on resource: \S*:subnet\/\*/,
    "ec2:CreateTags": /ec2:CreateTags on resource: \S*:vpc\/\*/,
    "ec2:DisassociateRouteTable": /ec2:DisassociateRouteTable on resource: \S*:route-table\/rtb-/,
    "ec2:AuthorizeSecurityGroupIngress": /ec2:AuthorizeSecurityGroupIngress/,
    "route53:AssociateVPCWithHostedZone": /route53:AssociateVPCWithHostedZone/,
    "iam:PassRole": /iam:PassRole on resource: \S*:role\/c-us-east-1-/,
    "ec2:RunInstances": /You are not authorized to use launch template: lt-/,
    "ec2:DescribeVpcs": /ec2:DescribeVpcs/,
    "s3:PutEncryptionConfiguration": /s3:PutEncryptionConfiguration/,
    "s3:PutObjectTagging": /s3:PutObjectTagging/,
    "ec2:DeleteVolume": /ec2:DeleteVolume on resource: \S*:volume\/vol-/,
  } satisfies Record<string, RegExp>).entries()) {
    it(`and does not without ${action}`, async () => {
      const clients = await emulator.user("deployer", without(deployer, action));
      assert.match(await words(makeNode(clients, `kafka-1${index}`)), asked);
    });
  }

  it("the deployer touches nothing that is not the cluster's", async () => {
    const { ec2, iam, s3 } = await emulator.user("deployer", Object.values(deployer));
    const foreign = (await emulator.ec2.send(new CreateVpcCommand({ CidrBlock: "10.9.0.0/16", ...tagged("vpc", "d") })))
      .Vpc!.VpcId!;
    const denied = "UnauthorizedOperation";
    assert.equal(await refusal(ec2.send(new DeleteVpcCommand({ VpcId: foreign }))), denied);
    assert.equal(await refusal(ec2.send(new CreateVpcCommand({ CidrBlock: "10.0.0.0/16" }))), denied);
    assert.equal(
      await refusal(ec2.send(new CreateVpcCommand({ CidrBlock: "10.0.0.0/16", ...tagged("vpc", "d") }))),
      denied,
    );
    const Tags = [{ Key: "kafka-on-ec2:cluster", Value: "c" }];
    assert.equal(await refusal(ec2.send(new CreateTagsCommand({ Resources: [foreign], Tags }))), denied);
    const inForeign = new CreateSubnetCommand({ VpcId: foreign, CidrBlock: "10.9.0.0/24", ...tagged("subnet") });
    assert.equal(await refusal(ec2.send(inForeign)), denied);
    const role = new CreateRoleCommand({ RoleName: "d-us-east-1-x", AssumeRolePolicyDocument: trust });
    assert.equal(await refusal(iam.send(role)), "AccessDenied");
    assert.equal(await refusal(s3.send(new CreateBucketCommand({ Bucket: "d-00000000" }))), "AccessDenied");

    const given = policies({ cluster: "c", region: "us-east-1", account, domain: "kafka.internal", vpcId: foreign });
    const clients = await emulator.user("deployer", Object.values(given.deployer));
    await clients.ec2.send(inForeign);
    assert.equal(await refusal(clients.ec2.send(new DeleteVpcCommand({ VpcId: foreign }))), denied);
  });

  it("the operator starts and ends client hosts, and deletes nothing of the cluster", async () => {
    const node = await makeNode(await emulator.user("deployer", Object.values(deployer)), "kafka-2");
    const { ec2, s3 } = await emulator.user("operator", Object.values(operator));
    const job = [{ Key: "kafka-on-ec2:job", Value: "smoke" }];
    const start = (tags: object, SubnetId = node.SubnetId) =>
      ec2.send(
        new RunInstancesCommand({
          ImageId: labImage,
          InstanceType: "t3.micro",
          SubnetId,
          SecurityGroupIds: [node.GroupId],
          MinCount: 1,
          MaxCount: 1,
          ...tags,
        }),
      );
    const tags = [...tagged("instance", "c", job).TagSpecifications, ...tagged("volume", "c", job).TagSpecifications];
    const { Instances } = await start({ TagSpecifications: tags });
    await ec2.send(new TerminateInstancesCommand({ InstanceIds: [Instances![0]!.InstanceId!] }));
    assert.equal(await refusal(start(tagged("instance"))), "UnauthorizedOperation", "without a job");
    assert.equal(await refusal(start(tagged("instance", "d", job))), "UnauthorizedOperation", "of another cluster");

    await s3.send(new PutObjectCommand({ Bucket: node.Bucket, Key: "jobs/1/log", Body: "x" }));
    await s3.send(new GetObjectCommand({ Bucket: node.Bucket, Key: "artifacts/node" }));
    const overwrite = new PutObjectCommand({ Bucket: node.Bucket, Key: "artifacts/node", Body: "y" });
    assert.equal(await refusal(s3.send(overwrite)), "AccessDenied");
    const { Volumes } = await ec2.send(new DescribeVolumesCommand({}));
    assert.ok(Volumes);
    assert.equal(await refusal(ec2.send(new DeleteVpcCommand({ VpcId: node.VpcId }))), "UnauthorizedOperation");
  });
});
