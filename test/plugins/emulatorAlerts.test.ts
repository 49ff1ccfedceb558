import assert from "node:assert/strict";

import { CreateAutoScalingGroupCommand, DescribeScalingActivitiesCommand } from "@aws-sdk/client-auto-scaling";
import { DescribeAlarmsCommand, PutMetricAlarmCommand, PutMetricDataCommand } from "@aws-sdk/client-cloudwatch";
import { PutRuleCommand, PutTargetsCommand } from "@aws-sdk/client-eventbridge";
import { TerminateInstancesCommand } from "@aws-sdk/client-ec2";
import { CreateTopicCommand, PublishCommand } from "@aws-sdk/client-sns";

import { groupEventPattern, groupEventText } from "../../planning/cluster/alerts";
import { heartbeat } from "../../planning/cluster/names";
import { opsPolicy } from "../../planning/node/opsPolicy";
import { instanceInService, makeInterface, makeNetwork, makeTemplate } from "./emulatorNodes";
import type { EmulatorProcess } from "./emulatorProcess";
import { refusal, startEmulator, until } from "./emulatorProcess";

describe("emulator: alarms, topics and events", function () {
  this.timeout(90_000);
  let emulator: EmulatorProcess;
  let topicArn: string;
  before(async () => {
    emulator = await startEmulator(["--auto-lifecycle"]);
    const { TopicArn } = await emulator.sns.send(new CreateTopicCommand({ Name: "kafka-test-alerts" }));
    topicArn = TopicArn ?? "";
  });
  after(() => emulator?.stop());

  const messagesWith = async (text: string) =>
    (await emulator.daemon.messages()).filter(({ message }) => message.includes(text));

  it("show what a topic has published, to the operator alone", async () => {
    await emulator.sns.send(new PublishCommand({ TopicArn: topicArn, Subject: "PAGE", Message: "kafka-3 is out" }));
    const [found] = await messagesWith("kafka-3 is out");
    assert.deepEqual([found?.topicArn, found?.subject], [topicArn, "PAGE"]);
    assert.deepEqual(await emulator.daemon.messages(found?.number), []);
  });

  it("let the ops host's role publish to its topic, and say in its namespace that it works, and nothing else", async () => {
    const policy = opsPolicy({
      clusterName: "kafka-test",
      region: "us-east-1",
      account: "123456789012",
      parameterArns: ["arn:aws:ssm:us-east-1:123456789012:parameter/x"],
      bucketArn: "arn:aws:s3:::b",
      monitoring: {
        volumeArn: "arn:aws:ec2:us-east-1:123456789012:volume/vol-1",
        volumeKeyArn: "arn:aws:kms:us-east-1:123456789012:key/1",
        topicArn,
        remoteWriteUrl: "",
      },
    });
    const { sns, cloudWatch } = await emulator.user("ops", [JSON.parse(policy) as object]);
    const beat = (Namespace: string) =>
      cloudWatch.send(
        new PutMetricDataCommand({ Namespace, MetricData: [{ MetricName: heartbeat.metric, Value: 1 }] }),
      );
    await sns.send(new PublishCommand({ TopicArn: topicArn, Message: "by the role" }));
    await beat(heartbeat.namespace);
    assert.equal(await refusal(beat("other")), "AccessDenied");
    const other = new PublishCommand({ TopicArn: `${topicArn}-2`, Message: "no" });
    assert.equal(await refusal(sns.send(other)), "AccessDenied");
    assert.equal(await refusal(cloudWatch.send(new DescribeAlarmsCommand({}))), "AccessDenied");
  });

  it("tell the topic when a metric is no longer said, and when it is again", async () => {
    const name = "kafka-test-monitoring-silent";
    const dimensions = [{ Name: heartbeat.dimension, Value: "kafka-test" }];
    await emulator.cloudWatch.send(
      new PutMetricAlarmCommand({
        AlarmName: name,
        AlarmDescription: "nobody is told",
        Namespace: heartbeat.namespace,
        MetricName: heartbeat.metric,
        Dimensions: dimensions,
        Statistic: "Sum",
        Period: 10,
        EvaluationPeriods: 1,
        Threshold: 1,
        ComparisonOperator: "LessThanThreshold",
        TreatMissingData: "breaching",
        AlarmActions: [topicArn],
        OKActions: [topicArn],
      }),
    );
    const told = (state: string) =>
      until(
        `a message ${state}`,
        async () => (await messagesWith(name)).find(({ subject }) => subject?.startsWith(`${state}: "${name}"`)),
        40,
      );
    assert.match((await told("ALARM")).message, /"AlarmDescription": "nobody is told"/);
    const beating = setInterval(() => {
      const MetricData = [{ MetricName: heartbeat.metric, Dimensions: dimensions, Value: 1 }];
      void emulator.cloudWatch.send(new PutMetricDataCommand({ Namespace: heartbeat.namespace, MetricData }));
    }, 1000);
    try {
      await told("OK");
    } finally {
      clearInterval(beating);
    }
    const { MetricAlarms } = await emulator.cloudWatch.send(new DescribeAlarmsCommand({ AlarmNames: [name] }));
    assert.equal(MetricAlarms?.[0]?.StateValue, "OK");
  });

  it("pass on in words that a group can't start an instance: not one that has to wait, nor another cluster's", async () => {
    const rule = "kafka-test-groups-fail";
    await emulator.eventBridge.send(new PutRuleCommand({ Name: rule, EventPattern: groupEventPattern("kafka-test") }));
    const { inputPaths, inputTemplate } = groupEventText("kafka-test");
    await emulator.eventBridge.send(
      new PutTargetsCommand({
        Rule: rule,
        Targets: [
          {
            Id: "alerts",
            Arn: topicArn,
            InputTransformer: { InputPathsMap: inputPaths, InputTemplate: inputTemplate },
          },
        ],
      }),
    );
    const network = await makeNetwork(emulator);
    const startGroup = async (AutoScalingGroupName: string, host: number) => {
      const face = await makeInterface(emulator, network, host);
      const template = await makeTemplate(emulator, {
        NetworkInterfaces: [{ DeviceIndex: 0, NetworkInterfaceId: face }],
      });
      await emulator.autoScaling.send(
        new CreateAutoScalingGroupCommand({
          AutoScalingGroupName,
          MinSize: 1,
          MaxSize: 1,
          AvailabilityZones: ["us-east-1a"],
          LaunchTemplate: { LaunchTemplateId: template, Version: "1" },
        }),
      );
    };
    await startGroup("kafka-test-kafka-2", 22);
    const group = { AutoScalingGroupName: "kafka-test-kafka-2" };
    const { InstanceId = "" } = await instanceInService(emulator, group.AutoScalingGroupName);
    await emulator.ec2.send(new TerminateInstancesCommand({ InstanceIds: [InstanceId] }));
    const inUse = async () => {
      const { Activities } = await emulator.autoScaling.send(new DescribeScalingActivitiesCommand(group));
      return Activities?.some(({ StatusMessage }) => /^Interface: .* in use\. Launching/.test(StatusMessage ?? ""));
    };
    await until("a launch that finds its interface in use", inUse, 30);
    await emulator.daemon.account({ capacity: "2" });
    await startGroup("kafka-test-2-kafka-1", 20);
    await startGroup("kafka-test-kafka-1", 21);
    const found = await until("a message of the group", async () => (await messagesWith("kafka-test-kafka-1"))[0], 30);
    assert.match(
      found.message,
      /^kafka-test: EC2 Instance Launch Unsuccessful in kafka-test-kafka-1 at 2\S+Z: .+ What to do: docs\/runbook\.md#groupfails$/,
    );
    // Nobody has to be told of a replacement that had to wait for the interface of the machine before it.
    for (const other of ["kafka-test-2-kafka-1", "kafka-test-kafka-2"]) assert.deepEqual(await messagesWith(other), []);
  });
});
