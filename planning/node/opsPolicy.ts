import { amazonWorkspace } from "../cluster/amazonWorkspace";
import { heartbeat, keptLogs, opsNode, opsToolKeys } from "../cluster/names";
import { tagKeys } from "../cluster/tags";
import { ownVolumeStatements } from "./volumePolicy";

/** What the monitoring on the ops host may do besides. */
export interface MonitoringRights {
  readonly volumeArn: string;
  /** The KMS key that the volume has. */
  readonly volumeKeyArn: string;
  /** The topic that gets the alerts. */
  readonly topicArn: string;
  /** `metricsRemoteWriteUrl`. */
  readonly remoteWriteUrl: string;
}

/**
 * The policy of the ops host: it reads its own keys and tools, describes instances, has the cluster's groups replace
 * one, and reads and keeps logs; its monitoring takes its volume, sends alerts and tells that it works.
 * All else it does by the cluster's own protocols and by SSH.
 */
export function opsPolicy(input: {
  readonly clusterName: string;
  readonly region: string;
  /** The number of the AWS account. */
  readonly account: string;
  readonly parameterArns: readonly string[];
  readonly bucketArn: string;
  /** Absent: there is no monitoring. */
  readonly monitoring?: MonitoringRights;
}): string {
  return JSON.stringify({
    Version: "2012-10-17",
    Statement: [
      { Sid: "OwnKeys", Effect: "Allow", Action: "ssm:GetParameter", Resource: input.parameterArns },
      {
        Sid: "Tools",
        Effect: "Allow",
        Action: "s3:GetObject",
        Resource: opsToolKeys.map((keys) => `${input.bucketArn}/${keys}`),
      },
      {
        Sid: "Logs",
        Effect: "Allow",
        Action: ["s3:GetObject", "s3:PutObject"],
        Resource: `${input.bucketArn}/${keptLogs.prefix}*`,
      },
      {
        Sid: "ListOfLogs",
        Effect: "Allow",
        Action: "s3:ListBucket",
        Resource: input.bucketArn,
        Condition: { StringLike: { "s3:prefix": `${keptLogs.prefix}*` } },
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
      ...(input.monitoring ? monitoringStatements(input.clusterName, input.region, input.monitoring) : []),
    ],
  });
}

function monitoringStatements(clusterName: string, region: string, monitoring: MonitoringRights) {
  const { topicArn, remoteWriteUrl } = monitoring;
  const workspace = amazonWorkspace(remoteWriteUrl);
  return [
    ...ownVolumeStatements({ clusterName, node: opsNode, region, ...monitoring }),
    { Sid: "Alerts", Effect: "Allow", Action: "sns:Publish", Resource: topicArn },
    // Publishing to an encrypted topic uses its key in the caller's name; the key's own policy has to let it too.
    {
      Sid: "KeyOfAlerts",
      Effect: "Allow",
      Action: ["kms:Decrypt", "kms:GenerateDataKey"],
      Resource: "*",
      Condition: {
        StringEquals: {
          "kms:ViaService": `sns.${region}.amazonaws.com`,
          "kms:EncryptionContext:aws:sns:topicArn": topicArn,
        },
      },
    },
    {
      Sid: "Heartbeat",
      Effect: "Allow",
      Action: "cloudwatch:PutMetricData",
      // AWS has no narrower resource for it.
      Resource: "*",
      Condition: { StringEquals: { "cloudwatch:namespace": heartbeat.namespace } },
    },
    ...(workspace?.id
      ? [
          {
            Sid: "Metrics",
            Effect: "Allow",
            Action: "aps:RemoteWrite",
            Resource: `arn:aws:aps:${workspace.region}:*:workspace/${workspace.id}`,
          },
        ]
      : []),
  ];
}
