/** How AWS's own services tell the topic of alerts. Pure. */

/** The policy of the topic: alarms and rules of this cluster may publish, over TLS, and nobody subscribes others. */
export function topicPolicy(names: { readonly clusterName: string; readonly topicArn: string }): string {
  const [arn, partition, , region, account] = names.topicArn.split(":");
  const ofThisCluster = (service: string, kind: string) => ({
    ArnLike: { "aws:SourceArn": [arn, partition, service, region, account, `${kind}${names.clusterName}-*`].join(":") },
  });
  const publish = (Sid: string, Service: string, Condition: object) => ({
    Sid,
    Effect: "Allow",
    Principal: { Service },
    Action: "sns:Publish",
    Resource: names.topicArn,
    Condition,
  });
  return JSON.stringify({
    Version: "2012-10-17",
    Statement: [
      publish("Alarms", "cloudwatch.amazonaws.com", ofThisCluster("cloudwatch", "alarm:")),
      publish("Rules", "events.amazonaws.com", ofThisCluster("events", "rule/")),
      {
        Sid: "TlsOnly",
        Effect: "Deny",
        Principal: "*",
        Action: "sns:Publish",
        Resource: names.topicArn,
        Condition: { Bool: { "aws:SecureTransport": "false" } },
      },
    ],
  });
}

/**
 * The events of Auto Scaling that Prometheus can't see: a group of this cluster could not start an instance, for want
 * of capacity or of a quota, or could not end one. A machine whose predecessor still holds the network interface is
 * started again within seconds, at every replacement, and is none of them.
 */
export function groupEventPattern(clusterName: string): string {
  return JSON.stringify({
    source: ["aws.autoscaling"],
    "detail-type": ["EC2 Instance Launch Unsuccessful", "EC2 Instance Terminate Unsuccessful"],
    detail: {
      // Not those of another cluster whose name begins with this one's.
      AutoScalingGroupName: [
        { prefix: `${clusterName}-kafka-` },
        { prefix: `${clusterName}-zookeeper-` },
        `${clusterName}-ops`,
      ],
      StatusMessage: [{ "anything-but": { wildcard: "Interface: *in use*" } }],
    },
  });
}

/** What becomes of such an event for people. */
export function groupEventText(clusterName: string) {
  return {
    inputPaths: {
      what: "$.detail-type",
      group: "$.detail.AutoScalingGroupName",
      why: "$.detail.StatusMessage",
      when: "$.time",
    },
    // A text in JSON's quotes.
    inputTemplate: `"${clusterName}: <what> in <group> at <when>: <why> What to do: docs/runbook.md#groupfails"`,
  };
}
