/** What the npm commands and the ops host call by themselves: the SDK's commands in scripts/, held to them by a test. */

/** Whose credentials a command of the SDK is sent with. */
export type Caller = "operator" | "opsHost";

export interface CommandCall {
  readonly callers: readonly Caller[];
  /** IAM's names. */
  readonly actions: readonly string[];
}

const operator = (...actions: string[]): CommandCall => ({ callers: ["operator"], actions });
/** The ops host has a role of its own (components/opsPolicy.ts). */
const opsHost = (...actions: string[]): CommandCall => ({ callers: ["opsHost"], actions });

/** By the name of the SDK's command. */
export const commandCalls: Readonly<Record<string, CommandCall>> = {
  // Client hosts: smoke, drill, bench, autosize. Their tags are given as they start.
  RunInstancesCommand: operator("ec2:RunInstances", "ec2:CreateTags"),
  // Client hosts, and the fault "terminate" of the drills.
  TerminateInstancesCommand: operator("ec2:TerminateInstances"),
  DescribeInstancesCommand: operator("ec2:DescribeInstances"),
  DescribeImagesCommand: operator("ec2:DescribeImages"),
  DescribeSubnetsCommand: operator("ec2:DescribeSubnets"),
  GetConsoleOutputCommand: operator("ec2:GetConsoleOutput"),
  // Autosize and the drills of changes look when volumes were last changed.
  DescribeVolumesCommand: operator("ec2:DescribeVolumes"),
  DescribeVolumesModificationsCommand: operator("ec2:DescribeVolumesModifications"),
  // Jobs and their results, the drills' lock, the mark of a passed smoke test. An object that is missing is only said to be
  // to who may list.
  GetObjectCommand: operator("s3:GetObject", "s3:ListBucket"),
  PutObjectCommand: operator("s3:PutObject"),
  DeleteObjectCommand: operator("s3:DeleteObject"),
  ListObjectsV2Command: operator("s3:ListBucket"),
  // The guardian.
  DescribeAutoScalingGroupsCommand: opsHost("autoscaling:DescribeAutoScalingGroups"),
  DescribeScalingActivitiesCommand: opsHost("autoscaling:DescribeScalingActivities"),
  SetInstanceHealthCommand: opsHost("autoscaling:SetInstanceHealth"),
  TerminateInstanceInAutoScalingGroupCommand: opsHost("autoscaling:TerminateInstanceInAutoScalingGroup"),
};
