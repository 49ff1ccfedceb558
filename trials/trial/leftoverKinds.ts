/**
 * The kinds of things that a cluster is made of, as AWS has them: found by the cluster's tag, or by its name where AWS
 * can't filter.
 */
import {
  AutoScalingClient,
  DeleteAutoScalingGroupCommand,
  paginateDescribeAutoScalingGroups,
} from "@aws-sdk/client-auto-scaling";
import * as cloudWatchApi from "@aws-sdk/client-cloudwatch";
import * as ec2Api from "@aws-sdk/client-ec2";
import * as eventsApi from "@aws-sdk/client-eventbridge";
import * as iamApi from "@aws-sdk/client-iam";
import * as route53Api from "@aws-sdk/client-route-53";
import * as s3Api from "@aws-sdk/client-s3";
import * as snsApi from "@aws-sdk/client-sns";
import * as ssmApi from "@aws-sdk/client-ssm";
import { clientSettingsPath } from "../../planning/cluster/clientParameters";
import { tagKeys } from "../../planning/cluster/names";
import { tagValue } from "../../planning/cluster/tags";
import type { Kind } from "./leftovers";
import { awsClient } from "../../stack/awsClient";
import { ec2Client, s3Client } from "../../stack/awsClients";
import { collected } from "./pages";

interface Tag {
  readonly Key?: string;
  readonly Value?: string;
}

/** The words by which AWS says that something was deleted in this moment. */
const gone = /NotFound|NoSuch|NotExist/;

function noneIfGone(error: Error): undefined {
  if (!gone.test(error.name)) throw error;
}

/** The kinds of things, found by the cluster's tag: nothing else is ever touched. */
export function kindsOf(clusterName: string, region: string): readonly Kind[] {
  return [
    ...computers(clusterName, region),
    ...networkParts(clusterName, region),
    ...storage(clusterName, region),
    ...identities(clusterName, region),
    ...names(clusterName, region),
    ...alerts(clusterName, region),
  ];
}

const isOf = (clusterName: string, tags: readonly Tag[] | undefined): boolean =>
  tagValue(tags, tagKeys.cluster) === clusterName;

const byTag = (clusterName: string) => ({ Name: `tag:${tagKeys.cluster}`, Values: [clusterName] });

const ids = <One>(things: readonly One[], id: (thing: One) => string | undefined): string[] =>
  things.flatMap((thing) => id(thing) ?? []);

function computers(clusterName: string, region: string): Kind[] {
  const autoScaling = awsClient(AutoScalingClient, { region });
  const client = ec2Client(region);
  return [
    {
      name: "Auto Scaling group",
      stage: 1,
      find: async () => {
        const groups = await collected(
          paginateDescribeAutoScalingGroups({ client: autoScaling }, {}),
          ({ AutoScalingGroups }) => AutoScalingGroups,
        );
        return ids(
          groups.filter(({ Tags }) => isOf(clusterName, Tags)),
          ({ AutoScalingGroupName }) => AutoScalingGroupName,
        );
      },
      remove: (id) =>
        autoScaling.send(new DeleteAutoScalingGroupCommand({ AutoScalingGroupName: id, ForceDelete: true })),
    },
    {
      name: "instance",
      // A group would replace it.
      stage: 2,
      find: async () => {
        const states = ["pending", "running", "stopping", "stopped", "shutting-down"];
        const Filters = [byTag(clusterName), { Name: "instance-state-name", Values: states }];
        const reservations = await collected(
          ec2Api.paginateDescribeInstances({ client }, { Filters }),
          ({ Reservations }) => Reservations,
        );
        return ids(
          reservations.flatMap(({ Instances = [] }) => Instances),
          ({ InstanceId }) => InstanceId,
        );
      },
      remove: (id) => client.send(new ec2Api.TerminateInstancesCommand({ InstanceIds: [id] })),
    },
    {
      name: "launch template",
      stage: 3,
      find: async () =>
        ids(
          await collected(
            ec2Api.paginateDescribeLaunchTemplates({ client }, { Filters: [byTag(clusterName)] }),
            ({ LaunchTemplates }) => LaunchTemplates,
          ),
          ({ LaunchTemplateId }) => LaunchTemplateId,
        ),
      remove: (id) => client.send(new ec2Api.DeleteLaunchTemplateCommand({ LaunchTemplateId: id })),
    },
  ];
}

function networkParts(clusterName: string, region: string): Kind[] {
  const client = ec2Client(region);
  const Filters = [byTag(clusterName)];
  return [
    {
      name: "VPC endpoint",
      stage: 3,
      find: async () => {
        const endpoints = await collected(
          ec2Api.paginateDescribeVpcEndpoints({ client }, { Filters }),
          ({ VpcEndpoints }) => VpcEndpoints,
        );
        return ids(
          endpoints.filter(({ State }) => State?.toLowerCase() !== "deleted"),
          ({ VpcEndpointId }) => VpcEndpointId,
        );
      },
      remove: (id) => client.send(new ec2Api.DeleteVpcEndpointsCommand({ VpcEndpointIds: [id] })),
    },
    {
      name: "public address",
      stage: 3,
      find: async () => {
        const { Addresses = [] } = await client.send(new ec2Api.DescribeAddressesCommand({ Filters }));
        return ids(Addresses, ({ AllocationId }) => AllocationId);
      },
      remove: async (id) => {
        const { Addresses = [] } = await client.send(new ec2Api.DescribeAddressesCommand({ AllocationIds: [id] }));
        const AssociationId = Addresses[0]?.AssociationId;
        if (AssociationId) await client.send(new ec2Api.DisassociateAddressCommand({ AssociationId }));
        await client.send(new ec2Api.ReleaseAddressCommand({ AllocationId: id }));
      },
    },
    {
      name: "network interface",
      stage: 3,
      find: async () =>
        ids(
          await collected(
            ec2Api.paginateDescribeNetworkInterfaces({ client }, { Filters }),
            ({ NetworkInterfaces }) => NetworkInterfaces,
          ),
          ({ NetworkInterfaceId }) => NetworkInterfaceId,
        ),
      remove: (id) => client.send(new ec2Api.DeleteNetworkInterfaceCommand({ NetworkInterfaceId: id })),
    },
    {
      name: "security group",
      stage: 4,
      find: async () =>
        ids(
          await collected(
            ec2Api.paginateDescribeSecurityGroups({ client }, { Filters }),
            ({ SecurityGroups }) => SecurityGroups,
          ),
          // The VPC's default group goes with its VPC, whatever tag it has been given.
          ({ GroupId, GroupName }) => (GroupName === "default" ? undefined : GroupId),
        ),
      remove: async (id) => {
        // Groups whose rules name each other can't be deleted before the rules are.
        const rules = await collected(
          ec2Api.paginateDescribeSecurityGroupRules({ client }, { Filters: [{ Name: "group-id", Values: [id] }] }),
          ({ SecurityGroupRules }) => SecurityGroupRules,
        );
        const rulesOf = (isEgress: boolean) =>
          ids(
            rules.filter((rule) => (rule.IsEgress ?? false) === isEgress),
            ({ SecurityGroupRuleId }) => SecurityGroupRuleId,
          );
        const [ingress, egress] = [rulesOf(false), rulesOf(true)];
        if (ingress.length > 0)
          await client.send(
            new ec2Api.RevokeSecurityGroupIngressCommand({ GroupId: id, SecurityGroupRuleIds: ingress }),
          );
        if (egress.length > 0)
          await client.send(new ec2Api.RevokeSecurityGroupEgressCommand({ GroupId: id, SecurityGroupRuleIds: egress }));
        await client.send(new ec2Api.DeleteSecurityGroupCommand({ GroupId: id }));
      },
    },
    {
      name: "subnet",
      stage: 5,
      find: async () =>
        ids(
          await collected(ec2Api.paginateDescribeSubnets({ client }, { Filters }), ({ Subnets }) => Subnets),
          ({ SubnetId }) => SubnetId,
        ),
      remove: async (id) => {
        const { SubnetIpv4CidrReservations = [] } = await client.send(
          new ec2Api.GetSubnetCidrReservationsCommand({ SubnetId: id }),
        );
        for (const { SubnetCidrReservationId } of SubnetIpv4CidrReservations)
          await client.send(new ec2Api.DeleteSubnetCidrReservationCommand({ SubnetCidrReservationId }));
        await client.send(new ec2Api.DeleteSubnetCommand({ SubnetId: id }));
      },
    },
    {
      name: "route table",
      stage: 6,
      find: async () =>
        ids(
          await collected(
            ec2Api.paginateDescribeRouteTables({ client }, { Filters }),
            ({ RouteTables }) => RouteTables,
          ),
          ({ RouteTableId }) => RouteTableId,
        ),
      remove: (id) => client.send(new ec2Api.DeleteRouteTableCommand({ RouteTableId: id })),
    },
    {
      name: "internet gateway",
      stage: 6,
      find: async () =>
        ids(
          await collected(
            ec2Api.paginateDescribeInternetGateways({ client }, { Filters }),
            ({ InternetGateways }) => InternetGateways,
          ),
          ({ InternetGatewayId }) => InternetGatewayId,
        ),
      remove: async (id) => {
        const { InternetGateways = [] } = await client.send(
          new ec2Api.DescribeInternetGatewaysCommand({ InternetGatewayIds: [id] }),
        );
        for (const { VpcId } of InternetGateways[0]?.Attachments ?? [])
          await client.send(new ec2Api.DetachInternetGatewayCommand({ InternetGatewayId: id, VpcId }));
        await client.send(new ec2Api.DeleteInternetGatewayCommand({ InternetGatewayId: id }));
      },
    },
    {
      name: "VPC",
      stage: 7,
      find: async () =>
        ids(
          await collected(ec2Api.paginateDescribeVpcs({ client }, { Filters }), ({ Vpcs }) => Vpcs),
          ({ VpcId }) => VpcId,
        ),
      remove: (id) => client.send(new ec2Api.DeleteVpcCommand({ VpcId: id })),
    },
  ];
}

function storage(clusterName: string, region: string): Kind[] {
  const client = ec2Client(region);
  const s3 = s3Client(region);
  return [
    {
      name: "volume",
      stage: 3,
      find: async () =>
        ids(
          await collected(
            ec2Api.paginateDescribeVolumes({ client }, { Filters: [byTag(clusterName)] }),
            ({ Volumes }) => Volumes,
          ),
          ({ VolumeId }) => VolumeId,
        ),
      remove: (id) => client.send(new ec2Api.DeleteVolumeCommand({ VolumeId: id })),
    },
    {
      name: "bucket",
      // Nodes that still run would miss it.
      stage: 3,
      find: async () => {
        const { Buckets = [] } = await s3.send(new s3Api.ListBucketsCommand({}));
        const named = ids(Buckets, ({ Name }) => (Name?.startsWith(`${clusterName}-`) ? Name : undefined));
        const found: string[] = [];
        for (const Bucket of named) {
          const tags = await s3.send(new s3Api.GetBucketTaggingCommand({ Bucket })).catch((error: Error) => {
            // Deleted in this moment, without tags, or in another region: not ours.
            if (gone.test(error.name) || /Redirect|AuthorizationHeader/.test(error.name)) return { TagSet: [] };
            throw error;
          });
          if (isOf(clusterName, tags.TagSet)) found.push(Bucket);
        }
        return found;
      },
      remove: async (Bucket) => {
        const objects = await collected(
          s3Api.paginateListObjectsV2({ client: s3 }, { Bucket }),
          ({ Contents }) => Contents,
        );
        for (const { Key } of objects) await s3.send(new s3Api.DeleteObjectCommand({ Bucket, Key }));
        await s3.send(new s3Api.DeleteBucketCommand({ Bucket }));
      },
    },
  ];
}

function identities(clusterName: string, region: string): Kind[] {
  const client = awsClient(iamApi.IAMClient, { region });
  // IAM is global, and the region a part of the name.
  const prefix = `${clusterName}-${region}-`;
  const tagged = async (named: readonly string[], tagsOf: (name: string) => Promise<readonly Tag[] | undefined>) => {
    const found: string[] = [];
    for (const name of named) if (isOf(clusterName, await tagsOf(name).catch(noneIfGone))) found.push(name);
    return found;
  };
  return [
    {
      name: "instance profile",
      stage: 3,
      find: async () => {
        const profiles = await collected(
          iamApi.paginateListInstanceProfiles({ client }, {}),
          ({ InstanceProfiles }) => InstanceProfiles,
        );
        const named = ids(profiles, ({ InstanceProfileName: name }) => (name?.startsWith(prefix) ? name : undefined));
        return tagged(named, async (InstanceProfileName) => {
          const { InstanceProfile } = await client.send(new iamApi.GetInstanceProfileCommand({ InstanceProfileName }));
          return InstanceProfile?.Tags;
        });
      },
      remove: async (InstanceProfileName) => {
        const { InstanceProfile } = await client.send(new iamApi.GetInstanceProfileCommand({ InstanceProfileName }));
        for (const { RoleName } of InstanceProfile?.Roles ?? [])
          await client.send(new iamApi.RemoveRoleFromInstanceProfileCommand({ InstanceProfileName, RoleName }));
        await client.send(new iamApi.DeleteInstanceProfileCommand({ InstanceProfileName }));
      },
    },
    {
      name: "policy",
      stage: 3,
      find: async () => {
        const policies = await collected(
          iamApi.paginateListPolicies({ client }, { Scope: "Local" }),
          ({ Policies }) => Policies,
        );
        const named = policies.filter(({ PolicyName }) => PolicyName?.startsWith(prefix));
        return tagged(
          ids(named, ({ Arn }) => Arn),
          async (PolicyArn) => (await client.send(new iamApi.GetPolicyCommand({ PolicyArn }))).Policy?.Tags,
        );
      },
      remove: async (PolicyArn) => {
        const { PolicyRoles = [] } = await client.send(new iamApi.ListEntitiesForPolicyCommand({ PolicyArn }));
        for (const { RoleName } of PolicyRoles)
          await client.send(new iamApi.DetachRolePolicyCommand({ RoleName, PolicyArn }));
        const { Versions = [] } = await client.send(new iamApi.ListPolicyVersionsCommand({ PolicyArn }));
        // The default version goes with the policy.
        for (const { VersionId } of Versions.filter(({ IsDefaultVersion }) => IsDefaultVersion !== true))
          await client.send(new iamApi.DeletePolicyVersionCommand({ PolicyArn, VersionId }));
        await client.send(new iamApi.DeletePolicyCommand({ PolicyArn }));
      },
    },
    {
      name: "role",
      stage: 4,
      find: async () => {
        const roles = await collected(iamApi.paginateListRoles({ client }, {}), ({ Roles }) => Roles);
        const named = ids(roles, ({ RoleName: name }) => (name?.startsWith(prefix) ? name : undefined));
        return tagged(
          named,
          async (RoleName) => (await client.send(new iamApi.GetRoleCommand({ RoleName }))).Role?.Tags,
        );
      },
      remove: async (RoleName) => {
        const policies = await collected(
          iamApi.paginateListRolePolicies({ client }, { RoleName }),
          ({ PolicyNames }) => PolicyNames,
        );
        for (const PolicyName of policies)
          await client.send(new iamApi.DeleteRolePolicyCommand({ RoleName, PolicyName }));
        await client.send(new iamApi.DeleteRoleCommand({ RoleName }));
      },
    },
  ];
}

function names(clusterName: string, region: string): Kind[] {
  const route53 = awsClient(route53Api.Route53Client, { region });
  const ssm = awsClient(ssmApi.SSMClient, { region });
  return [
    {
      name: "DNS zone",
      stage: 3,
      find: async () => {
        const zones = await collected(route53Api.paginateListHostedZones({ client: route53 }, {}), ({ HostedZones }) =>
          HostedZones?.filter(({ Config }) => Config?.PrivateZone),
        );
        const found: string[] = [];
        for (const { Id = "" } of zones) {
          const ResourceId = Id.replace("/hostedzone/", "");
          const { ResourceTagSet } = await route53.send(
            new route53Api.ListTagsForResourceCommand({ ResourceType: "hostedzone", ResourceId }),
          );
          if (isOf(clusterName, ResourceTagSet?.Tags)) found.push(ResourceId);
        }
        return found;
      },
      remove: async (HostedZoneId) => {
        const { ResourceRecordSets = [] } = await route53.send(
          new route53Api.ListResourceRecordSetsCommand({ HostedZoneId }),
        );
        // The zone's own go with it.
        const records = ResourceRecordSets.filter(({ Type }) => Type !== "NS" && Type !== "SOA");
        if (records.length > 0) {
          const Changes = records.map((ResourceRecordSet) => ({ Action: "DELETE" as const, ResourceRecordSet }));
          await route53.send(
            new route53Api.ChangeResourceRecordSetsCommand({ HostedZoneId, ChangeBatch: { Changes } }),
          );
        }
        await route53.send(new route53Api.DeleteHostedZoneCommand({ Id: HostedZoneId }));
      },
    },
    {
      name: "parameter",
      stage: 3,
      find: async () => {
        const ParameterFilters = [
          { Key: "Name", Option: "BeginsWith", Values: [`/${clusterName}/`, `${clientSettingsPath(clusterName)}/`] },
        ];
        const parameters = await collected(
          ssmApi.paginateDescribeParameters({ client: ssm }, { ParameterFilters }),
          ({ Parameters }) => Parameters,
        );
        return ids(parameters, ({ Name }) => Name);
      },
      remove: (Name) => ssm.send(new ssmApi.DeleteParameterCommand({ Name })),
    },
  ];
}

/** Found by their names, which begin with the cluster's, and by the tag: another cluster's name may begin so too. */
function alerts(clusterName: string, region: string): Kind[] {
  const events = awsClient(eventsApi.EventBridgeClient, { region });
  const cloudWatch = awsClient(cloudWatchApi.CloudWatchClient, { region });
  const sns = awsClient(snsApi.SNSClient, { region });
  const own = async <One>(things: readonly One[], tagsOf: (thing: One) => Promise<readonly Tag[] | undefined>) => {
    const tags = await Promise.all(things.map((thing) => tagsOf(thing).catch(noneIfGone)));
    return things.filter((_, index) => isOf(clusterName, tags[index]));
  };
  return [
    {
      name: "event rule",
      stage: 1,
      find: async () => {
        const { Rules = [] } = await events.send(new eventsApi.ListRulesCommand({ NamePrefix: `${clusterName}-` }));
        const tagsOf = async ({ Arn: ResourceARN }: eventsApi.Rule) =>
          (await events.send(new eventsApi.ListTagsForResourceCommand({ ResourceARN }))).Tags;
        return ids(await own(Rules, tagsOf), ({ Name }) => Name);
      },
      remove: async (Rule) => {
        const { Targets = [] } = await events.send(new eventsApi.ListTargetsByRuleCommand({ Rule }));
        const Ids = ids(Targets, ({ Id }) => Id);
        if (Ids.length > 0) await events.send(new eventsApi.RemoveTargetsCommand({ Rule, Ids }));
        await events.send(new eventsApi.DeleteRuleCommand({ Name: Rule }));
      },
    },
    {
      name: "alarm",
      stage: 1,
      find: async () => {
        const alarms = await collected(
          cloudWatchApi.paginateDescribeAlarms({ client: cloudWatch }, { AlarmNamePrefix: `${clusterName}-` }),
          ({ MetricAlarms }) => MetricAlarms,
        );
        const tagsOf = async ({ AlarmArn: ResourceARN }: cloudWatchApi.MetricAlarm) =>
          (await cloudWatch.send(new cloudWatchApi.ListTagsForResourceCommand({ ResourceARN }))).Tags;
        return ids(await own(alarms, tagsOf), ({ AlarmName }) => AlarmName);
      },
      remove: (name) => cloudWatch.send(new cloudWatchApi.DeleteAlarmsCommand({ AlarmNames: [name] })),
    },
    {
      name: "topic",
      stage: 2,
      find: async () => {
        const topics = await collected(snsApi.paginateListTopics({ client: sns }, {}), ({ Topics }) => Topics);
        const named = topics.filter(({ TopicArn }) => TopicArn?.endsWith(`:${clusterName}-alerts`));
        const tagsOf = async ({ TopicArn: ResourceArn }: snsApi.Topic) =>
          (await sns.send(new snsApi.ListTagsForResourceCommand({ ResourceArn }))).Tags;
        return ids(await own(named, tagsOf), ({ TopicArn }) => TopicArn);
      },
      remove: (TopicArn) => sns.send(new snsApi.DeleteTopicCommand({ TopicArn })),
    },
  ];
}
