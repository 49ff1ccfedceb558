import assert from "node:assert/strict";
import { CreateAutoScalingGroupCommand } from "@aws-sdk/client-auto-scaling";
import { PutMetricAlarmCommand } from "@aws-sdk/client-cloudwatch";
import * as ec2Api from "@aws-sdk/client-ec2";
import { PutRuleCommand, PutTargetsCommand } from "@aws-sdk/client-eventbridge";
import * as iamApi from "@aws-sdk/client-iam";
import * as route53Api from "@aws-sdk/client-route-53";
import { CreateBucketCommand, PutBucketTaggingCommand, PutObjectCommand } from "@aws-sdk/client-s3";
import { CreateTopicCommand } from "@aws-sdk/client-sns";
import { PutParameterCommand } from "@aws-sdk/client-ssm";
import { clientSettingsPath } from "../../planning/cluster/clientParameters";
import { tagKeys } from "../../planning/cluster/names";
import { kindsOf } from "../../trials/trial/leftoverKinds";
import { findLeftovers, removeLeftovers } from "../../trials/trial/leftovers";
import { labImage } from "./emulatorNodes";
import { startEmulator, until, type EmulatorProcess } from "./emulatorProcess";

const region = "us-east-1";
const zone = `${region}a`;

/** A thing of every kind that the program makes, as the program makes them. */
async function makeCluster(emulator: EmulatorProcess, clusterName: string, prefix: string): Promise<void> {
  const { ec2, iam, s3, ssm, route53, autoScaling, sns, cloudWatch, eventBridge } = emulator;
  const tags = [{ Key: tagKeys.cluster, Value: clusterName }];
  const { TopicArn: Arn } = await sns.send(new CreateTopicCommand({ Name: `${clusterName}-alerts`, Tags: tags }));
  await cloudWatch.send(
    new PutMetricAlarmCommand({
      AlarmName: `${clusterName}-monitoring-silent`,
      MetricName: "MonitoringWorks",
      Namespace: "kafka-on-ec2",
      Statistic: "Sum",
      Period: 60,
      EvaluationPeriods: 5,
      Threshold: 1,
      ComparisonOperator: "LessThanThreshold",
      Tags: tags,
    }),
  );
  const EventPattern = '{"source": ["aws.autoscaling"]}';
  await eventBridge.send(new PutRuleCommand({ Name: `${clusterName}-groups-fail`, EventPattern, Tags: tags }));
  await eventBridge.send(
    new PutTargetsCommand({ Rule: `${clusterName}-groups-fail`, Targets: [{ Id: "alerts", Arn }] }),
  );
  const tagged = <Kind extends ec2Api.ResourceType>(ResourceType: Kind) => ({
    TagSpecifications: [{ ResourceType, Tags: tags }],
  });

  const { Vpc } = await ec2.send(new ec2Api.CreateVpcCommand({ CidrBlock: `${prefix}.0.0/16`, ...tagged("vpc") }));
  const VpcId = Vpc?.VpcId ?? "";
  const { InternetGateway } = await ec2.send(new ec2Api.CreateInternetGatewayCommand(tagged("internet-gateway")));
  await ec2.send(
    new ec2Api.AttachInternetGatewayCommand({ InternetGatewayId: InternetGateway?.InternetGatewayId, VpcId }),
  );
  const { Subnet } = await ec2.send(
    new ec2Api.CreateSubnetCommand({
      VpcId,
      CidrBlock: `${prefix}.0.0/24`,
      AvailabilityZone: zone,
      ...tagged("subnet"),
    }),
  );
  const SubnetId = Subnet?.SubnetId ?? "";
  await ec2.send(
    new ec2Api.CreateSubnetCidrReservationCommand({ SubnetId, Cidr: `${prefix}.0.16/28`, ReservationType: "explicit" }),
  );
  const { RouteTable } = await ec2.send(new ec2Api.CreateRouteTableCommand({ VpcId, ...tagged("route-table") }));
  await ec2.send(new ec2Api.AssociateRouteTableCommand({ SubnetId, RouteTableId: RouteTable?.RouteTableId }));
  await ec2.send(
    new ec2Api.CreateVpcEndpointCommand({
      VpcId,
      ServiceName: `com.amazonaws.${region}.s3`,
      VpcEndpointType: "Gateway",
      RouteTableIds: [RouteTable?.RouteTableId ?? ""],
      ...tagged("vpc-endpoint"),
    }),
  );

  const groups: string[] = [];
  for (const GroupName of ["broker", "ops"]) {
    const { GroupId = "" } = await ec2.send(
      new ec2Api.CreateSecurityGroupCommand({
        GroupName: `${clusterName}-${GroupName}`,
        Description: GroupName,
        VpcId,
        ...tagged("security-group"),
      }),
    );
    groups.push(GroupId);
  }
  const [broker = "", ops = ""] = groups;
  const rule = (GroupId: string) => [{ IpProtocol: "tcp", FromPort: 22, ToPort: 22, UserIdGroupPairs: [{ GroupId }] }];
  // Each names the other: neither could be deleted first.
  await ec2.send(new ec2Api.AuthorizeSecurityGroupIngressCommand({ GroupId: broker, IpPermissions: rule(ops) }));
  await ec2.send(new ec2Api.AuthorizeSecurityGroupEgressCommand({ GroupId: ops, IpPermissions: rule(broker) }));

  const { NetworkInterface } = await ec2.send(
    new ec2Api.CreateNetworkInterfaceCommand({
      SubnetId,
      PrivateIpAddress: `${prefix}.0.11`,
      Groups: [broker],
      ...tagged("network-interface"),
    }),
  );
  const NetworkInterfaceId = NetworkInterface?.NetworkInterfaceId ?? "";
  const { AllocationId } = await ec2.send(
    new ec2Api.AllocateAddressCommand({ Domain: "vpc", ...tagged("elastic-ip") }),
  );
  await ec2.send(new ec2Api.AssociateAddressCommand({ AllocationId, NetworkInterfaceId }));
  const { VolumeId = "" } = await ec2.send(
    new ec2Api.CreateVolumeCommand({
      Size: 8,
      AvailabilityZone: zone,
      VolumeType: "gp3",
      Encrypted: true,
      ...tagged("volume"),
    }),
  );

  const roleName = `${clusterName}-${region}-kafka-1`;
  const AssumeRolePolicyDocument = JSON.stringify({
    Version: "2012-10-17",
    Statement: [{ Effect: "Allow", Principal: { Service: "ec2.amazonaws.com" }, Action: "sts:AssumeRole" }],
  });
  await iam.send(new iamApi.CreateRoleCommand({ RoleName: roleName, AssumeRolePolicyDocument, Tags: tags }));
  const PolicyDocument = JSON.stringify({
    Version: "2012-10-17",
    Statement: [{ Effect: "Allow", Action: "s3:GetObject", Resource: "*" }],
  });
  await iam.send(new iamApi.PutRolePolicyCommand({ RoleName: roleName, PolicyName: "node", PolicyDocument }));
  await iam.send(new iamApi.CreateInstanceProfileCommand({ InstanceProfileName: roleName, Tags: tags }));
  await iam.send(new iamApi.AddRoleToInstanceProfileCommand({ InstanceProfileName: roleName, RoleName: roleName }));

  const { Policy } = await iam.send(
    new iamApi.CreatePolicyCommand({
      PolicyName: `${clusterName}-${region}-read-client-settings`,
      PolicyDocument,
      Tags: tags,
    }),
  );
  // An application's role, which is none of the cluster.
  const RoleName = `application-of-${clusterName}`;
  await iam.send(new iamApi.CreateRoleCommand({ RoleName, AssumeRolePolicyDocument }));
  await iam.send(new iamApi.AttachRolePolicyCommand({ RoleName, PolicyArn: Policy?.Arn }));

  const { LaunchTemplate } = await ec2.send(
    new ec2Api.CreateLaunchTemplateCommand({
      LaunchTemplateName: `${clusterName}-kafka-1`,
      LaunchTemplateData: {
        ImageId: labImage,
        InstanceType: "t3.micro",
        IamInstanceProfile: { Name: roleName },
        NetworkInterfaces: [{ DeviceIndex: 0, NetworkInterfaceId }],
        TagSpecifications: [
          { ResourceType: "instance", Tags: tags },
          { ResourceType: "volume", Tags: tags },
        ],
      },
      ...tagged("launch-template"),
    }),
  );
  await autoScaling.send(
    new CreateAutoScalingGroupCommand({
      AutoScalingGroupName: `${clusterName}-kafka-1`,
      LaunchTemplate: { LaunchTemplateId: LaunchTemplate?.LaunchTemplateId, Version: "1" },
      MinSize: 1,
      MaxSize: 1,
      DesiredCapacity: 1,
      AvailabilityZones: [zone],
      InstanceMaintenancePolicy: { MinHealthyPercentage: 0, MaxHealthyPercentage: 100 },
      Tags: tags.map((tag) => ({ ...tag, PropagateAtLaunch: false })),
    }),
  );
  const instance = await until("the group's instance runs", async () => {
    const Filters = [
      { Name: `tag:${tagKeys.cluster}`, Values: [clusterName] },
      { Name: "instance-state-name", Values: ["running"] },
    ];
    const { Reservations } = await ec2.send(new ec2Api.DescribeInstancesCommand({ Filters }));
    return Reservations?.[0]?.Instances?.[0]?.InstanceId;
  });
  await ec2.send(new ec2Api.AttachVolumeCommand({ VolumeId, InstanceId: instance, Device: "/dev/sdf" }));

  const Bucket = `${clusterName}-0a1b2c3d`;
  await s3.send(new CreateBucketCommand({ Bucket }));
  await s3.send(new PutBucketTaggingCommand({ Bucket, Tagging: { TagSet: tags } }));
  await s3.send(new PutObjectCommand({ Bucket, Key: "jobs/left", Body: "x" }));
  const hostKey = { Name: `/${clusterName}/ops/host-key`, Type: "SecureString", Value: "x" } as const;
  const clientSetting = { Name: `${clientSettingsPath(clusterName)}/region`, Type: "String", Value: region } as const;
  for (const parameter of [hostKey, clientSetting])
    await ssm.send(new PutParameterCommand({ ...parameter, Tags: tags }));
  const { HostedZone } = await route53.send(
    new route53Api.CreateHostedZoneCommand({
      Name: `${clusterName}.internal`,
      CallerReference: clusterName,
      HostedZoneConfig: { PrivateZone: true, Comment: clusterName },
      VPC: { VPCId: VpcId, VPCRegion: region },
    }),
  );
  const zoneId = HostedZone?.Id?.replace("/hostedzone/", "") ?? "";
  await route53.send(
    new route53Api.ChangeTagsForResourceCommand({ ResourceType: "hostedzone", ResourceId: zoneId, AddTags: tags }),
  );
  const record = {
    Name: `kafka-1.${clusterName}.internal`,
    Type: "A" as const,
    TTL: 60,
    ResourceRecords: [{ Value: `${prefix}.0.11` }],
  };
  await route53.send(
    new route53Api.ChangeResourceRecordSetsCommand({
      HostedZoneId: zoneId,
      ChangeBatch: { Changes: [{ Action: "CREATE", ResourceRecordSet: record }] },
    }),
  );
}

describe("npm run trial -- --clean: what a killed trial has left", function () {
  this.timeout(120_000);
  let emulator: EmulatorProcess;
  const outside = new Map<string, string | undefined>();
  const variables = { AWS_ACCESS_KEY_ID: "test", AWS_SECRET_ACCESS_KEY: "test", AWS_REGION: region };

  before(async () => {
    emulator = await startEmulator(["--auto-lifecycle", "--replace-delay", "0.2"]);
    for (const [name, value] of Object.entries({ ...variables, AWS_ENDPOINT_URL: emulator.endpoint })) {
      outside.set(name, process.env[name]);
      process.env[name] = value;
    }
  });
  after(async () => {
    for (const [name, value] of outside) {
      if (value === undefined) delete process.env[name];
      else process.env[name] = value;
    }
    await emulator?.stop();
  });

  it("is found by its tag and removed, whatever holds it, and nothing of another cluster", async () => {
    await makeCluster(emulator, "trial-us-east-1", "10.30");
    // A name that begins with the trial's is no reason.
    await makeCluster(emulator, "trial-us-east-1-not", "10.31");
    const others = await findLeftovers(kindsOf("trial-us-east-1-not", region));
    const kinds = kindsOf("trial-us-east-1", region);
    const found = await findLeftovers(kinds);
    const missing = kinds.filter(({ name }) => !found.some(({ kind }) => kind === name));
    assert.deepEqual(
      missing.map(({ name }) => name),
      [],
      "there is one of each kind, and each is found",
    );
    assert.equal(found.filter(({ kind }) => kind === "parameter").length, 2, "the ops host's, and the clients'");

    const removed = await removeLeftovers(kinds, { deadlineSeconds: 60, pauseMs: 200, report: () => undefined });
    assert.ok(removed.length >= found.length, `${removed.length} of ${found.length}`);
    assert.deepEqual(await findLeftovers(kinds), []);
    assert.deepEqual(await findLeftovers(kindsOf("trial-us-east-1-not", region)), others);
  });
});
