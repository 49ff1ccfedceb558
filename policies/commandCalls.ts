/**
 * What the npm commands and the ops host call by themselves: the SDK's commands of the commands, held to them by a
 * test.
 */

/** Whose credentials a command of the SDK is sent with. */
export type Caller = "deployer" | "operator" | "opsHost";

/** What one command of the SDK needs. */
export interface CommandCall {
  readonly callers: readonly Caller[];
  /** The names of the actions in IAM. */
  readonly actions: readonly string[];
}

const operator = (...actions: string[]): CommandCall => ({ callers: ["operator"], actions });
const deployer = (...actions: string[]): CommandCall => ({ callers: ["deployer"], actions });
const both = (...actions: string[]): CommandCall => ({ callers: ["deployer", "operator"], actions });
/** The ops host has a role of its own (planning/node/opsPolicy.ts). */
const opsHost = (...actions: string[]): CommandCall => ({ callers: ["opsHost"], actions });

/** The calls by the name of the SDK's command. */
export const commandCalls: Readonly<Record<string, CommandCall>> = {
  // Client hosts: smoke, drill, bench, autosize. Their tags are given as they start.
  RunInstancesCommand: operator("ec2:RunInstances", "ec2:CreateTags"),
  // Client hosts, and the fault "terminate" of the drills.
  TerminateInstancesCommand: operator("ec2:TerminateInstances"),
  DescribeInstancesCommand: operator("ec2:DescribeInstances"),
  DescribeImagesCommand: operator("ec2:DescribeImages"),
  DescribeSubnetsCommand: both("ec2:DescribeSubnets"),
  GetConsoleOutputCommand: operator("ec2:GetConsoleOutput"),
  // Autosize and the drills of changes look when volumes were last changed.
  DescribeVolumesCommand: both("ec2:DescribeVolumes"),
  DescribeVolumesModificationsCommand: operator("ec2:DescribeVolumesModifications"),
  // Jobs and their results, the drills' lock, the mark of a passed smoke test. An object that is missing is only said
  // to be to who may list.
  GetObjectCommand: operator("s3:GetObject", "s3:ListBucket"),
  PutObjectCommand: operator("s3:PutObject"),
  DeleteObjectCommand: operator("s3:DeleteObject"),
  ListObjectsV2Command: operator("s3:ListBucket"),
  // The key of the ops host; and what an update that was killed has made.
  GetParameterCommand: both("ssm:GetParameter"),
  // The guardian.
  DescribeAutoScalingGroupsCommand: {
    callers: ["deployer", "opsHost"],
    actions: ["autoscaling:DescribeAutoScalingGroups"],
  },
  DescribeScalingActivitiesCommand: opsHost("autoscaling:DescribeScalingActivities"),
  SetInstanceHealthCommand: opsHost("autoscaling:SetInstanceHealth"),
  TerminateInstanceInAutoScalingGroupCommand: opsHost("autoscaling:TerminateInstanceInAutoScalingGroup"),
  // What an update that was killed has made (stack/createdThings.ts).
  DescribeAddressesCommand: deployer("ec2:DescribeAddresses"),
  DescribeFlowLogsCommand: deployer("ec2:DescribeFlowLogs"),
  DescribeInternetGatewaysCommand: deployer("ec2:DescribeInternetGateways"),
  DescribeLaunchTemplatesCommand: deployer("ec2:DescribeLaunchTemplates"),
  DescribeNetworkInterfacesCommand: deployer("ec2:DescribeNetworkInterfaces"),
  DescribeRouteTablesCommand: deployer("ec2:DescribeRouteTables"),
  DescribeSecurityGroupRulesCommand: deployer("ec2:DescribeSecurityGroupRules"),
  DescribeSecurityGroupsCommand: deployer("ec2:DescribeSecurityGroups"),
  DescribeVpcEndpointsCommand: deployer("ec2:DescribeVpcEndpoints"),
  DescribeVpcsCommand: deployer("ec2:DescribeVpcs"),
  GetSubnetCidrReservationsCommand: deployer("ec2:GetSubnetCidrReservations"),
  RevokeSecurityGroupEgressCommand: deployer("ec2:RevokeSecurityGroupEgress"),
  GetInstanceProfileCommand: deployer("iam:GetInstanceProfile"),
  GetPolicyCommand: deployer("iam:GetPolicy"),
  GetRoleCommand: deployer("iam:GetRole"),
  GetHostedZoneCommand: deployer("route53:GetHostedZone"),
  ListHostedZonesByNameCommand: deployer("route53:ListHostedZonesByName"),
  ListResourceRecordSetsCommand: deployer("route53:ListResourceRecordSets"),
  HeadBucketCommand: deployer("s3:ListBucket"),
  // The data volumes that a destroy leaves.
  CreateTagsCommand: deployer("ec2:CreateTags"),
};
