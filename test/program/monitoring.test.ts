import assert from "node:assert/strict";
import { parse } from "yaml";
import { failProgram, comesAfter, ofType, one, runProgram, type ProgramRun } from "./runProgram";

const topicArn = "arn:aws:sns:us-east-1:123456789012:on-call";

const contentOf = (run: ProgramRun, file: string) => one(run, "BucketObjectv2", `ops-${file}`).inputs.content as string;

describe("the monitoring", () => {
  let run: ProgramRun;
  before(async () => {
    run = await runProgram({ alertEmails: ["a@example.com", "b@example.com"], monitoringVolumeGiB: 20 });
  });

  it("has a volume of its own in the ops host's zone, that is encrypted and no node's data", () => {
    const { inputs } = one(run, "ebs/volume:Volume", "monitoring");
    const { availabilityZone, type, encrypted, size, tags } = inputs as Record<string, unknown>;
    assert.deepEqual([availabilityZone, type, encrypted, size], ["us-east-1a", "gp3", true, 20]);
    const { "kafka-on-ec2:volume": use, "kafka-on-ec2:node": node } = tags as Record<string, string>;
    assert.deepEqual([use, node], ["monitoring", "ops"]);
    const userData = Buffer.from(one(run, "LaunchTemplate", "ops").inputs.userData as string, "base64").toString();
    assert.match(userData, /^ +VOLUME_ID=monitoring-id$/m);
  });

  it("makes a topic to which the cluster's alarms and rules may publish, and subscribes the addresses", () => {
    assert.equal(one(run, "Topic", "monitoring").inputs.name, "kafka-test-alerts");
    const { Statement } = JSON.parse(one(run, "TopicPolicy", "monitoring").inputs.policy as string) as {
      readonly Statement: readonly { Effect: string; Principal: unknown; Condition: { ArnLike?: unknown } }[];
    };
    const source = (arn: string) => ({ ArnLike: { "aws:SourceArn": arn } });
    assert.deepEqual(
      Statement.filter(({ Effect }) => Effect === "Allow").map(({ Principal, Condition }) => [Principal, Condition]),
      [
        [
          { Service: "cloudwatch.amazonaws.com" },
          source("arn:aws:cloudwatch:us-east-1:123456789012:alarm:kafka-test-*"),
        ],
        [{ Service: "events.amazonaws.com" }, source("arn:aws:events:us-east-1:123456789012:rule/kafka-test-*")],
      ],
    );
    assert.deepEqual(
      ofType(run, "TopicSubscription").map(({ inputs }) => `${inputs.protocol} ${inputs.endpoint}`),
      ["email a@example.com", "email b@example.com"],
    );
    const alertmanager = parse(contentOf(run, "alertmanager.yml")) as {
      readonly receivers: readonly { readonly sns_configs?: readonly { readonly topic_arn: string }[] }[];
    };
    const arns = alertmanager.receivers.flatMap(({ sns_configs = [] }) => sns_configs.map((one) => one.topic_arn));
    assert.deepEqual(arns, ["arn:aws:sns:us-east-1:123456789012:kafka-test-alerts"]);
    assert.equal(run.outputs.alertTopicArn, "arn:aws:sns:us-east-1:123456789012:kafka-test-alerts");
  });

  it("has AWS tell when the ops host is silent, from when it runs on, and when a group fails", () => {
    const alarm = one(run, "MetricAlarm", "monitoring");
    const { treatMissingData, alarmActions, dimensions } = alarm.inputs as Record<string, unknown>;
    assert.deepEqual([treatMissingData, dimensions], ["breaching", { Cluster: "kafka-test" }]);
    assert.deepEqual(alarmActions, ["arn:aws:sns:us-east-1:123456789012:kafka-test-alerts"]);
    assert.ok(comesAfter(run, alarm, one(run, "Command", "ops-refresh")));
    const pattern = JSON.parse(one(run, "EventRule", "monitoring").inputs.eventPattern as string) as {
      readonly detail: { readonly AutoScalingGroupName: readonly unknown[] };
    };
    assert.ok(pattern.detail.AutoScalingGroupName.includes("kafka-test-ops"));
    // Characters that EventBridge would take for a placeholder's, or JSON for the text's end.
    const { inputTemplate } = one(run, "EventTarget", "monitoring").inputs.inputTransformer as {
      inputTemplate: string;
    };
    assert.equal(typeof JSON.parse(inputTemplate), "string");
  });

  it("gives the ops host the programs of its architecture, by checksum and before the list of its tools", async () => {
    const lines = contentOf(run, "PROGRAMS").trimEnd().split("\n");
    assert.deepEqual(
      lines.map((line) => line.split("  ")[1]),
      ["prometheus", "alertmanager", "amtool", "node_exporter"],
    );
    for (const line of lines) {
      const [sha512 = "", file = ""] = line.split("  ");
      const object = one(run, "BucketObjectv2", `ops-${file}`);
      assert.equal(object.inputs.key, `ops/${sha512}/${file}`);
      assert.match(sha512, /x86_64/);
      assert.ok(comesAfter(run, one(run, "BucketObjectv2", "ops-tools"), object), file);
    }
    const arm = await runProgram({ opsHostInstanceType: "t4g.small" });
    assert.match(contentOf(arm, "PROGRAMS"), /^prometheus-1-arm64/m);
  });

  it("has every node fetch node_exporter for its architecture, and serve what its JVM knows", async () => {
    const mixed = await runProgram({ brokerInstanceType: "m7g.large" });
    for (const [node, architecture] of [
      ["kafka-1", "arm64"],
      ["zookeeper-2", "x86_64"],
    ] as const) {
      const userData = Buffer.from(one(mixed, "LaunchTemplate", node).inputs.userData as string, "base64").toString();
      assert.match(userData, new RegExp(`NODE_EXPORTER_ARCHIVE_KEY=artifacts/\\w+/node_exporter-1-${architecture}-`));
      assert.match(userData, /-javaagent:\S+metrics\.jar=10\.20\.\d+\.\d+:9404/);
      const pool = node.replace(/-\d$/, "");
      const object = one(mixed, "BucketObjectv2", `${pool}-node-exporter`);
      assert.ok(userData.includes(`NODE_EXPORTER_ARCHIVE_KEY=${object.inputs.key as string}\n`));
    }
  });

  it("sends to a topic that is there, and makes none", async () => {
    const given = await runProgram({ alertTopicArn: topicArn });
    for (const type of ["sns/topic:Topic", "TopicPolicy", "TopicSubscription"])
      assert.deepEqual(ofType(given, type), []);
    assert.equal(given.outputs.alertTopicArn, topicArn);
    assert.match(contentOf(given, "alertmanager.yml"), /topic_arn: arn:aws:sns:us-east-1:123456789012:on-call$/m);
    assert.deepEqual(one(given, "MetricAlarm", "monitoring").inputs.alarmActions, [topicArn]);
  });

  it("is told at the preview that the topic is not there", async () => {
    const { message } = await failProgram(
      { alertTopicArn: topicArn },
      {
        answers: {
          "aws:sns/getTopic:getTopic": () => {
            throw new Error("no matching SNS Topic found");
          },
        },
      },
    );
    assert.match(
      message,
      /^alertTopicArn: SNS does not tell of arn:\S+:on-call \(no matching .*\); give a topic of us-east-1/m,
    );
  });

  it("is warned that nobody is told, unless somebody is named", async () => {
    const warned = /^warn: alertEmails: \[\] and no alertTopicArn: nobody is told of faults .*kafka-test-alerts/m;
    assert.match((await runProgram()).said.join("\n"), warned);
    assert.doesNotMatch(run.said.join("\n"), warned);
  });

  it("is told that volumes only grow", async () => {
    const state = {
      "urn:pulumi:test::kafka-on-ec2::kafka-on-ec2:index:KafkaCluster$x$aws:ebs/volume:Volume::cluster-monitoring": {
        type: "aws:ebs/volume:Volume",
        outputs: { size: 30, arn: "arn:aws:ec2:us-east-1:1:volume/v", tags: { "kafka-on-ec2:volume": "monitoring" } },
      },
    };
    const { message } = await failProgram(
      { monitoringVolumeGiB: 20 },
      { answers: { "pulumi:pulumi:readStackResourceOutputs": () => ({ outputs: state }) } },
    );
    assert.match(message, /^monitoringVolumeGiB: 20 is less than the 30 GiB .*; give 30 or more$/m);
  });

  it("is not there where the settings want none", async () => {
    const none = await runProgram({ monitoringEnabled: false });
    const parts = none.resources.filter(({ name, type }) => name === "monitoring" || /sns|cloudwatch/.test(type));
    assert.deepEqual(parts, []);
    assert.equal(none.outputs.alertTopicArn, undefined);
    assert.doesNotMatch(contentOf(none, "tools"), /monitoring|PROGRAMS/);
    assert.doesNotMatch(one(none, "RolePolicy", "ops").inputs.policy as string, /sns|cloudwatch|Volume/);
    const userData = Buffer.from(one(none, "LaunchTemplate", "ops").inputs.userData as string, "base64").toString();
    assert.doesNotMatch(userData, /VOLUME_ID/);
    const broker = Buffer.from(one(none, "LaunchTemplate", "kafka-1").inputs.userData as string, "base64").toString();
    assert.doesNotMatch(broker, /NODE_EXPORTER|metrics\.jar/);
  });
});
