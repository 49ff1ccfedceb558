/** Finds in AWS what an update that was killed may have made, by the names and tags that it would have. */
import { AutoScalingClient, DescribeAutoScalingGroupsCommand } from "@aws-sdk/client-auto-scaling";
import {
  DescribeAddressesCommand,
  DescribeFlowLogsCommand,
  DescribeInternetGatewaysCommand,
  DescribeLaunchTemplatesCommand,
  DescribeNetworkInterfacesCommand,
  DescribeRouteTablesCommand,
  DescribeSecurityGroupRulesCommand,
  DescribeSecurityGroupsCommand,
  DescribeSubnetsCommand,
  DescribeVolumesCommand,
  DescribeVpcEndpointsCommand,
  DescribeVpcsCommand,
  EC2Client,
  GetSubnetCidrReservationsCommand,
  RevokeSecurityGroupEgressCommand,
  type Filter,
  type Tag,
} from "@aws-sdk/client-ec2";
import { GetInstanceProfileCommand, GetPolicyCommand, GetRoleCommand, IAMClient } from "@aws-sdk/client-iam";
import {
  GetHostedZoneCommand,
  ListHostedZonesByNameCommand,
  ListResourceRecordSetsCommand,
  Route53Client,
  type RRType,
} from "@aws-sdk/client-route-53";
import { HeadBucketCommand, S3Client } from "@aws-sdk/client-s3";
import { GetParameterCommand, SSMClient } from "@aws-sdk/client-ssm";
import { tagKeys } from "../planning/cluster/names";
import { awsClient } from "./awsClient";
import type { RecordedResource } from "./checkpoint";

/** The inputs with which a thing was to be made. */
type Inputs = Readonly<Record<string, unknown>>;

/** Finds the ids by which Pulumi imports what there is. */
type Finder = (aws: AwsClients, inputs: Inputs) => Promise<readonly (string | undefined)[]>;

class AwsClients {
  readonly autoScaling: AutoScalingClient;
  readonly ec2: EC2Client;
  readonly iam: IAMClient;
  readonly route53: Route53Client;
  readonly s3: S3Client;
  readonly ssm: SSMClient;

  constructor(settings: { readonly region?: string; readonly profile?: string }) {
    this.autoScaling = awsClient(AutoScalingClient, settings);
    this.ec2 = awsClient(EC2Client, settings);
    this.iam = awsClient(IAMClient, settings);
    this.route53 = awsClient(Route53Client, settings);
    this.s3 = awsClient(S3Client, settings);
    this.ssm = awsClient(SSMClient, settings);
  }
}

const text = (inputs: Inputs, name: string): string => {
  const value = inputs[name];
  return typeof value === "string" ? value : "";
};
/** The filters by all tags that the thing was given: they name it and its cluster, and come with its creation. */
const byTags = ({ tags }: Inputs): Filter[] =>
  Object.entries((tags ?? {}) as Readonly<Record<string, string>>).map(([key, value]) => ({
    Name: `tag:${key}`,
    Values: [value],
  }));
const by = (name: string, value: string): Filter => ({ Name: name, Values: [value] });

/** The answer; undefined where AWS says that there is no such thing. */
async function unlessMissing<T>(question: Promise<T>): Promise<T | undefined> {
  try {
    return await question;
  } catch (error) {
    const { name, $metadata } = error as Error & { $metadata?: { httpStatusCode?: number } };
    if (/NotFound|NoSuch/.test(name) || $metadata?.httpStatusCode === 404) return undefined;
    throw error;
  }
}

const findRule: Finder = async ({ ec2 }, inputs) => {
  const Filters = [by("group-id", text(inputs, "securityGroupId")), ...byTags(inputs)];
  const { SecurityGroupRules = [] } = await ec2.send(new DescribeSecurityGroupRulesCommand({ Filters }));
  return SecurityGroupRules.map(({ SecurityGroupRuleId }) => SecurityGroupRuleId);
};

/** Stands for a resource that can be asked for twice with the same result: it is made anew. */
const madeAnew = "made anew";

/** The finder of every type that the program makes. */
export const finders: Readonly<Record<string, Finder | typeof madeAnew>> = {
  "aws:cloudwatch/eventRule:EventRule": madeAnew,
  "aws:cloudwatch/eventTarget:EventTarget": madeAnew,
  "aws:cloudwatch/metricAlarm:MetricAlarm": madeAnew,
  "aws:sns/topic:Topic": madeAnew,
  "aws:sns/topicPolicy:TopicPolicy": madeAnew,
  "aws:sns/topicSubscription:TopicSubscription": madeAnew,
  "aws:ec2/vpc:Vpc": async ({ ec2 }, inputs) =>
    ((await ec2.send(new DescribeVpcsCommand({ Filters: byTags(inputs) }))).Vpcs ?? []).map(({ VpcId }) => VpcId),
  "aws:ec2/subnet:Subnet": async ({ ec2 }, inputs) => {
    const Filters = [by("vpc-id", text(inputs, "vpcId")), by("cidr-block", text(inputs, "cidrBlock"))];
    const { Subnets = [] } = await ec2.send(new DescribeSubnetsCommand({ Filters: [...Filters, ...byTags(inputs)] }));
    return Subnets.map(({ SubnetId }) => SubnetId);
  },
  "aws:ec2/subnetCidrReservation:SubnetCidrReservation": async ({ ec2 }, inputs) => {
    const [subnet, cidr] = [text(inputs, "subnetId"), text(inputs, "cidrBlock")];
    const { SubnetIpv4CidrReservations = [] } = await ec2.send(
      new GetSubnetCidrReservationsCommand({ SubnetId: subnet }),
    );
    // A subnet has no more than one for a block.
    return SubnetIpv4CidrReservations.filter(({ Cidr }) => Cidr === cidr).map(
      ({ SubnetCidrReservationId }) => `${subnet}:${SubnetCidrReservationId}`,
    );
  },
  "aws:ec2/flowLog:FlowLog": async ({ ec2 }, inputs) => {
    const Filter = [by("resource-id", text(inputs, "subnetId")), ...byTags(inputs)];
    const { FlowLogs = [] } = await ec2.send(new DescribeFlowLogsCommand({ Filter }));
    return FlowLogs.map(({ FlowLogId }) => FlowLogId);
  },
  "aws:ec2/internetGateway:InternetGateway": async ({ ec2 }, inputs) => {
    const { InternetGateways = [] } = await ec2.send(new DescribeInternetGatewaysCommand({ Filters: byTags(inputs) }));
    return InternetGateways.map(({ InternetGatewayId }) => InternetGatewayId);
  },
  "aws:ec2/routeTable:RouteTable": async ({ ec2 }, inputs) => {
    const Filters = [by("vpc-id", text(inputs, "vpcId")), ...byTags(inputs)];
    const { RouteTables = [] } = await ec2.send(new DescribeRouteTablesCommand({ Filters }));
    return RouteTables.map(({ RouteTableId }) => RouteTableId);
  },
  "aws:ec2/route:Route": async ({ ec2 }, inputs) => {
    const [table, destination] = [text(inputs, "routeTableId"), text(inputs, "destinationCidrBlock")];
    const { RouteTables = [] } = await ec2.send(
      new DescribeRouteTablesCommand({ Filters: [by("route-table-id", table)] }),
    );
    const routes = RouteTables.flatMap(({ Routes = [] }) => Routes);
    return routes.some((route) => route.DestinationCidrBlock === destination) ? [`${table}_${destination}`] : [];
  },
  "aws:ec2/routeTableAssociation:RouteTableAssociation": async ({ ec2 }, inputs) => {
    const [table, subnet] = [text(inputs, "routeTableId"), text(inputs, "subnetId")];
    const { RouteTables = [] } = await ec2.send(
      new DescribeRouteTablesCommand({ Filters: [by("association.subnet-id", subnet)] }),
    );
    return RouteTables.some(({ RouteTableId }) => RouteTableId === table) ? [`${subnet}/${table}`] : [];
  },
  // Taken over as it is: every VPC has one.
  "aws:ec2/defaultSecurityGroup:DefaultSecurityGroup": madeAnew,
  "aws:ec2/securityGroup:SecurityGroup": async ({ ec2 }, inputs) => {
    const Filters = [by("vpc-id", text(inputs, "vpcId")), by("group-name", text(inputs, "name"))];
    const { SecurityGroups = [] } = await ec2.send(
      new DescribeSecurityGroupsCommand({ Filters: [...Filters, ...byTags(inputs)] }),
    );
    for (const { GroupId } of SecurityGroups) await revokeDefaultEgress(ec2, GroupId ?? "");
    return SecurityGroups.map(({ GroupId }) => GroupId);
  },
  "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule": findRule,
  "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule": findRule,
  "aws:ec2/vpcEndpoint:VpcEndpoint": async ({ ec2 }, inputs) => {
    const Filters = [by("vpc-id", text(inputs, "vpcId")), ...byTags(inputs)];
    const { VpcEndpoints = [] } = await ec2.send(new DescribeVpcEndpointsCommand({ Filters }));
    return VpcEndpoints.filter(({ State }) => !/^delet/i.test(State ?? "")).map(({ VpcEndpointId }) => VpcEndpointId);
  },
  "aws:ec2/networkInterface:NetworkInterface": async ({ ec2 }, inputs) => {
    const Filters = [by("subnet-id", text(inputs, "subnetId")), ...byTags(inputs)];
    const { NetworkInterfaces = [] } = await ec2.send(new DescribeNetworkInterfacesCommand({ Filters }));
    return NetworkInterfaces.map(({ NetworkInterfaceId }) => NetworkInterfaceId);
  },
  "aws:ec2/eip:Eip": async ({ ec2 }, inputs) => {
    const { Addresses = [] } = await ec2.send(new DescribeAddressesCommand({ Filters: byTags(inputs) }));
    return Addresses.map(({ AllocationId }) => AllocationId);
  },
  "aws:ec2/eipAssociation:EipAssociation": async ({ ec2 }, inputs) => {
    const { Addresses = [] } = await ec2.send(
      new DescribeAddressesCommand({ Filters: [by("allocation-id", text(inputs, "allocationId"))] }),
    );
    return Addresses.flatMap(({ AssociationId }) => AssociationId ?? []);
  },
  "aws:ec2/launchTemplate:LaunchTemplate": async ({ ec2 }, inputs) => {
    const Filters = [by("launch-template-name", text(inputs, "name")), ...byTags(inputs)];
    const { LaunchTemplates = [] } = await ec2.send(new DescribeLaunchTemplatesCommand({ Filters }));
    return LaunchTemplates.map(({ LaunchTemplateId }) => LaunchTemplateId);
  },
  "aws:ebs/volume:Volume": async ({ ec2 }, inputs) => {
    const Filters = [by("availability-zone", text(inputs, "availabilityZone")), ...byTags(inputs)];
    const { Volumes = [] } = await ec2.send(new DescribeVolumesCommand({ Filters }));
    // What an earlier cluster left is taken up by the program, knowingly (aws/preflight.ts).
    const isRetained = (tags: readonly Tag[] = []) => tags.some(({ Key }) => Key === tagKeys.retained);
    return Volumes.filter(({ State, Tags }) => !/^delet/.test(State ?? "") && !isRetained(Tags)).map(
      ({ VolumeId }) => VolumeId,
    );
  },
  "aws:autoscaling/group:Group": async ({ autoScaling }, inputs) => {
    const AutoScalingGroupNames = [text(inputs, "name")];
    const { AutoScalingGroups = [] } = await autoScaling.send(
      new DescribeAutoScalingGroupsCommand({ AutoScalingGroupNames }),
    );
    return AutoScalingGroups.map(({ AutoScalingGroupName }) => AutoScalingGroupName);
  },
  "aws:iam/role:Role": async ({ iam }, inputs) => [
    (await unlessMissing(iam.send(new GetRoleCommand({ RoleName: text(inputs, "name") }))))?.Role?.RoleName,
  ],
  "aws:iam/rolePolicy:RolePolicy": madeAnew,
  "aws:iam/instanceProfile:InstanceProfile": async ({ iam }, inputs) => {
    const question = new GetInstanceProfileCommand({ InstanceProfileName: text(inputs, "name") });
    return [(await unlessMissing(iam.send(question)))?.InstanceProfile?.InstanceProfileName];
  },
  "aws:iam/policy:Policy": async ({ iam }, inputs) => {
    // Its ARN has the account's number, as its document has.
    const [, account = ""] = /:(\d{12}):/.exec(text(inputs, "policy")) ?? [];
    const PolicyArn = `arn:aws:iam::${account}:policy/${text(inputs, "name")}`;
    return [(await unlessMissing(iam.send(new GetPolicyCommand({ PolicyArn }))))?.Policy?.Arn];
  },
  "aws:route53/zone:Zone": async ({ route53 }, inputs) => {
    const name = `${text(inputs, "name")}.`;
    const { HostedZones = [] } = await route53.send(new ListHostedZonesByNameCommand({ DNSName: name }));
    // Tags come with a call of their own: it is known by its comment, and by its VPC.
    const alike = HostedZones.filter((zone) => zone.Name === name && zone.Config?.Comment === inputs.comment);
    const wanted = ((inputs.vpcs ?? []) as readonly { readonly vpcId?: string }[]).map(({ vpcId }) => vpcId);
    const zones = await Promise.all(alike.map(({ Id }) => route53.send(new GetHostedZoneCommand({ Id }))));
    return zones
      .filter(({ VPCs = [] }) => VPCs.some(({ VPCId }) => wanted.includes(VPCId)))
      .map(({ HostedZone }) => HostedZone?.Id?.replace("/hostedzone/", ""));
  },
  "aws:route53/zoneAssociation:ZoneAssociation": async ({ route53 }, inputs) => {
    const [zone, vpc, region] = [text(inputs, "zoneId"), text(inputs, "vpcId"), text(inputs, "vpcRegion")];
    const { VPCs = [] } = await route53.send(new GetHostedZoneCommand({ Id: zone }));
    const id = [zone, vpc, ...(region === "" ? [] : [region])].join(":");
    return VPCs.some(({ VPCId }) => VPCId === vpc) ? [id] : [];
  },
  "aws:route53/record:Record": async ({ route53 }, inputs) => {
    const [zone, name, type] = [text(inputs, "zoneId"), text(inputs, "name"), text(inputs, "type")];
    const { ResourceRecordSets = [] } = await route53.send(
      new ListResourceRecordSetsCommand({
        HostedZoneId: zone,
        StartRecordName: name,
        StartRecordType: type as RRType,
        MaxItems: 1,
      }),
    );
    const same = ResourceRecordSets.filter((one) => one.Type === type && one.Name?.replace(/\.$/, "") === name);
    return same.map(() => `${zone}_${name}_${type}`);
  },
  "aws:s3/bucket:Bucket": async ({ s3 }, inputs) => {
    const Bucket = text(inputs, "bucket");
    return (await unlessMissing(s3.send(new HeadBucketCommand({ Bucket })))) === undefined ? [] : [Bucket];
  },
  "aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration": madeAnew,
  "aws:s3/bucketObjectv2:BucketObjectv2": madeAnew,
  "aws:s3/bucketPolicy:BucketPolicy": madeAnew,
  "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock": madeAnew,
  "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration": madeAnew,
  "aws:ssm/parameter:Parameter": async ({ ssm }, inputs) => [
    (await unlessMissing(ssm.send(new GetParameterCommand({ Name: text(inputs, "name") }))))?.Parameter?.Name,
  ],
};

/**
 * Takes away the right to send everything, which EC2 gives a new group. The provider does it with a second call, which
 * one that was killed may not have made; and an imported group keeps what it has.
 */
async function revokeDefaultEgress(ec2: EC2Client, groupId: string): Promise<void> {
  const { SecurityGroupRules = [] } = await ec2.send(
    new DescribeSecurityGroupRulesCommand({ Filters: [by("group-id", groupId)] }),
  );
  const open = SecurityGroupRules.filter(({ IsEgress, IpProtocol, Tags = [] }) => {
    return IsEgress === true && IpProtocol === "-1" && Tags.length === 0;
  });
  if (open.length === 0) return;
  const SecurityGroupRuleIds = open.flatMap(({ SecurityGroupRuleId }) => SecurityGroupRuleId ?? []);
  await ec2.send(new RevokeSecurityGroupEgressCommand({ GroupId: groupId, SecurityGroupRuleIds }));
}

/**
 * Ids of all that look like each resource; undefined where it makes no difference whether it was made. Throws for a
 * type that it does not know.
 */
export async function findCreated(
  resources: readonly RecordedResource[],
  provider: { readonly region?: string; readonly profile?: string },
): Promise<(readonly string[] | undefined)[]> {
  const aws = new AwsClients(provider);
  return Promise.all(
    resources.map(async ({ custom, type, inputs = {} }) => {
      // Components, keys, random numbers and remote commands are nothing outside of Pulumi.
      if (custom !== true || !type.startsWith("aws:")) return undefined;
      const find = finders[type];
      if (find === undefined) throw new Error(`no rule says how to look for a ${type} that an update may have made`);
      return find === madeAnew ? undefined : (await find(aws, inputs)).filter((id) => id !== undefined);
    }),
  );
}
