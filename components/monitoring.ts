import * as cloudwatch from "@pulumi/aws/cloudwatch";
import * as ebs from "@pulumi/aws/ebs";
import * as sns from "@pulumi/aws/sns";
import * as pulumi from "@pulumi/pulumi";
import { groupEventPattern, groupEventText, topicPolicy } from "../planning/cluster/alerts";
import { heartbeat, opsNode, tagKeys } from "../planning/cluster/names";
import { nodeTagsOf, tagsOf, type ClusterIdentity } from "./clusterIdentity";

/** Arguments of a {@link Monitoring}. */
export interface MonitoringArgs extends ClusterIdentity {
  /** The ops host's zone. */
  readonly zone: pulumi.Input<string>;
  /** The size of the volume for the metrics, GiB. */
  readonly volumeGiB: pulumi.Input<number>;
  /** ARN of the volume's KMS key. */
  readonly volumeKeyArn: pulumi.Input<string>;
  /** ARN of the topic that gets the alerts. Default: one is made. */
  readonly topicArn?: pulumi.Input<string>;
  /** E-mail addresses that are subscribed to the topic that is made. */
  readonly emails: readonly string[];
}

/** Minutes without a heartbeat after which the alarm speaks: an ops host that is replaced is back before that. */
const silentMinutes = 5;

/**
 * What the monitoring has that is not on the ops host: the volume with its data, which outlives the host, the topic
 * that gets the alerts, and what AWS itself tells that topic. About $1.20 a month with the default volume.
 */
export class Monitoring extends pulumi.ComponentResource {
  /** Id of the volume. */
  readonly volumeId: pulumi.Output<string>;
  /** ARN of the volume. */
  readonly volumeArn: pulumi.Output<string>;
  /** ARN of the KMS key that the volume has. */
  readonly volumeKeyArn: pulumi.Output<string>;
  /** ARN of the topic that gets the alerts. */
  readonly topicArn: pulumi.Output<string>;
  private readonly partNames: string;
  private readonly args: MonitoringArgs;

  constructor(name: string, args: MonitoringArgs, options?: pulumi.ComponentResourceOptions) {
    super("kafka-on-ec2:index:Monitoring", name, {}, options);
    const own = { parent: this };
    this.partNames = name;
    this.args = args;
    const volume = new ebs.Volume(
      name,
      {
        availabilityZone: args.zone,
        type: "gp3",
        encrypted: true,
        kmsKeyId: args.volumeKeyArn,
        size: args.volumeGiB,
        tags: nodeTagsOf(args, opsNode).apply((all) => ({ ...all, [tagKeys.volume]: "monitoring" })),
      },
      // Another key would be another volume, without the data.
      { ...own, ignoreChanges: ["kmsKeyId"] },
    );
    this.volumeId = volume.id;
    this.volumeArn = volume.arn;
    this.volumeKeyArn = volume.kmsKeyId;
    this.topicArn = args.topicArn === undefined ? this.makeTopic() : pulumi.output(args.topicArn);

    const rule = new cloudwatch.EventRule(
      name,
      {
        name: pulumi.interpolate`${args.clusterName}-groups-fail`,
        description: pulumi.interpolate`A group of ${args.clusterName} could not start or end an instance`,
        eventPattern: pulumi.output(args.clusterName).apply(groupEventPattern),
        tags: tagsOf(args, "groups-fail"),
      },
      own,
    );
    new cloudwatch.EventTarget(
      name,
      {
        rule: rule.name,
        targetId: "alerts",
        arn: this.topicArn,
        inputTransformer: pulumi.output(args.clusterName).apply(groupEventText),
      },
      own,
    );
    this.registerOutputs({ topicArn: this.topicArn, volumeId: this.volumeId });
  }

  /**
   * Has CloudWatch tell the topic when the ops host's monitoring no longer says that it works.
   * @param after what makes it work: before that there is no heartbeat to miss
   */
  watchHeartbeat(after: readonly pulumi.Resource[]): void {
    const { clusterName } = this.args;
    new cloudwatch.MetricAlarm(
      this.partNames,
      {
        name: pulumi.interpolate`${clusterName}-monitoring-silent`,
        alarmDescription: pulumi.concat(
          clusterName,
          `: nobody is told of faults of this cluster. Its ops host has not said for ${silentMinutes} minutes that `,
          "Prometheus and Alertmanager work and can send alerts. What to do: docs/runbook.md#monitoringsilent",
        ),
        namespace: heartbeat.namespace,
        metricName: heartbeat.metric,
        dimensions: { [heartbeat.dimension]: clusterName },
        statistic: "Sum",
        period: 60,
        evaluationPeriods: silentMinutes,
        threshold: 1,
        comparisonOperator: "LessThanThreshold",
        treatMissingData: "breaching",
        alarmActions: [this.topicArn],
        okActions: [this.topicArn],
        tags: tagsOf(this.args, "monitoring-silent"),
      },
      { parent: this, dependsOn: [...after] },
    );
  }

  private makeTopic(): pulumi.Output<string> {
    const { partNames: name, args } = this;
    const own = { parent: this };
    const topic = new sns.Topic(
      name,
      // Not encrypted at rest: docs/decisions/0027-alerts-go-to-a-topic.md.
      { name: pulumi.interpolate`${args.clusterName}-alerts`, tags: tagsOf(args, "alerts") },
      own,
    );
    const policy = new sns.TopicPolicy(
      name,
      {
        arn: topic.arn,
        policy: pulumi
          .all([args.clusterName, topic.arn])
          .apply(([clusterName, topicArn]) => topicPolicy({ clusterName, topicArn })),
      },
      own,
    );
    for (const email of args.emails) {
      new sns.TopicSubscription(
        `${name}-${email}`,
        { topic: topic.arn, protocol: "email", endpoint: email },
        { ...own, dependsOn: [policy] },
      );
    }
    return topic.arn;
  }
}
