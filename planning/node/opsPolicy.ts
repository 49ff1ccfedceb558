import { keptLogs, opsToolKeys } from "../cluster/names";
import { tagKeys } from "../cluster/tags";

/**
 * The policy of the ops host: it reads its own keys and tools, describes instances, has the cluster's groups replace
 * one, and keeps the logs of what is replaced. All else it does by the cluster's own protocols and by SSH.
 */
export function opsPolicy(input: {
  readonly clusterName: string;
  readonly region: string;
  /** The number of the AWS account. */
  readonly account: string;
  readonly parameterArns: readonly string[];
  readonly bucketArn: string;
}): string {
  return JSON.stringify({
    Version: "2012-10-17",
    Statement: [
      { Sid: "OwnKeys", Effect: "Allow", Action: "ssm:GetParameter", Resource: input.parameterArns },
      { Sid: "Tools", Effect: "Allow", Action: "s3:GetObject", Resource: `${input.bucketArn}/${opsToolKeys}` },
      {
        Sid: "LogsOfReplaced",
        Effect: "Allow",
        Action: "s3:PutObject",
        Resource: `${input.bucketArn}/${keptLogs.prefix}*`,
      },
      {
        Sid: "LookAtNodes",
        Effect: "Allow",
        Action: [
          "autoscaling:DescribeAutoScalingGroups",
          "autoscaling:DescribeScalingActivities",
          // An instance's tags say what it was started from.
          "ec2:DescribeInstances",
        ],
        // AWS has no narrower resource for them.
        Resource: "*",
      },
      {
        Sid: "ReplaceOwnNodes",
        Effect: "Allow",
        Action: ["autoscaling:SetInstanceHealth", "autoscaling:TerminateInstanceInAutoScalingGroup"],
        // By name and by tag: others may give their groups this cluster's tag, or a name that begins with it.
        Resource: `arn:aws:autoscaling:${input.region}:${input.account}:autoScalingGroup:*:autoScalingGroupName/${input.clusterName}-*`,
        Condition: { StringEquals: { [`autoscaling:ResourceTag/${tagKeys.cluster}`]: input.clusterName } },
      },
    ],
  });
}
