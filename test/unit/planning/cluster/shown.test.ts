import assert from "node:assert/strict";
import { clientProperties } from "../../../../planning/cluster/clientProperties";
import { volumeUsd } from "../../../../planning/cluster/bill";
import { megabytes, percent, rounded, tenths } from "../../../../planning/cluster/figures";
import { opsCommand } from "../../../../planning/cluster/opsCommand";
import { lastLine, lastLines } from "../../../../planning/cluster/outputText";
import { planCluster } from "../../../../planning/cluster/plan";
import { pricesOf } from "../../../../planning/cluster/prices";
import { planTable } from "../../../../planning/cluster/planText";
import { ruleDescription, ruleName, securityRules } from "../../../../planning/cluster/securityRules";
import { sshOptions } from "../../../../planning/cluster/sshOptions";
import { nodeTags, taggedNode, tagValue } from "../../../../planning/cluster/tags";
import { sampleSettings } from "../../settings/sampleSettings";
import { assertSnapshot } from "../snapshot";

const small = () => planCluster(sampleSettings());
const large = () =>
  planCluster(
    sampleSettings({
      brokerCount: 7,
      brokerInstanceType: "m7g.xlarge",
      brokerVolumeGiB: 4096,
      brokerVolumeIops: 4000,
      brokerVolumeThroughputMiBps: 300,
      zookeeperInstanceType: "t4g.small",
      opsHostInstanceType: "t4g.micro",
      zookeeperCount: 5,
      workloadIngestMBps: 100,
      workloadPeakFactor: 2,
      workloadCompressionRatio: 4,
      workloadConsumerGroups: 3,
      workloadReadNearestCopy: true,
      topics: [
        { name: "events", partitions: 60, retentionHours: 168 },
        { name: "audit", partitions: 12, retentionHours: 720, retentionGiB: 100 },
      ],
    }),
  );

describe("what is shown of a cluster", () => {
  it("the plan of a small one, and of a large one beside it", () => {
    assertSnapshot("plan-small", `${planTable([{ title: "now", plan: small() }])}\n`);
    const both = planTable([
      { title: "now", plan: small() },
      { title: "then", plan: large() },
    ]);
    assertSnapshot("plan-both", `${both}\n`);
  });

  it("its figures, all of them", () => {
    assertSnapshot("plan-figures", `${JSON.stringify(rounded(large()), null, 1)}\n`);
  });

  it("the settings of its clients", () => {
    const servers = ["kafka-1.kafka.internal:9092", "kafka-2.kafka.internal:9092"];
    assertSnapshot("client-properties", `${JSON.stringify(clientProperties(servers, 60), null, 1)}\n`);
  });

  it("the ports that are open, each by its name", () => {
    const rules = securityRules({ sshCidrs: ["203.0.113.0/24"], clientCidrs: ["10.9.0.0/16"] });
    const lines = rules.map((rule) => `${ruleName(rule)}: ${JSON.stringify(rule)}\n`);
    assertSnapshot("security-rules", lines.join(""));
    assert.equal(new Set(rules.map(ruleName)).size, rules.length);
    const descriptions = rules.map(ruleDescription);
    for (const text of descriptions) assert.match(text, /^[A-Z][\w .:/-]{1,254}$/, "EC2 refuses other letters");
    assert.ok(descriptions.includes("Kafka from the group client"));
    assert.ok(descriptions.every((text) => !text.includes("undefined")));
  });

  it("figures with as many digits as people read", () => {
    assert.deepEqual(
      [percent(0.855), megabytes(12_345_678), tenths(0.25), tenths(3)],
      ["86 %", "12.3 MB/s", "0.3", "3"],
    );
    const value = { list: [0.1 + 0.2, 1_234_567.89], none: null, text: "1.000000001", nested: { deep: 1 / 3 } };
    assert.deepEqual(rounded(value), {
      list: [0.3, 1_234_570],
      none: null,
      text: "1.000000001",
      nested: { deep: 0.333333 },
    });
  });

  it("what a volume costs: its size, and what it has beyond gp3's own speed", () => {
    const volume = (sizeGiB: number, iops: number, throughputMiBps: number) =>
      Number(volumeUsd({ sizeGiB, iops, throughputMiBps }, pricesOf("us-east-1").gp3).toFixed(4));
    assert.equal(volume(100, 3000, 125), 8);
    assert.equal(volume(100, 1000, 100), 8);
    assert.equal(volume(100, 4000, 225), 8 + 5 + 4);
  });

  it("the last lines of an output, and how many came before", () => {
    assert.deepEqual([lastLine("a\nb\n \n"), lastLine("a"), lastLine(""), lastLine(undefined)], ["b", "a", "", ""]);
    assert.equal(lastLines("a\nb\nc\n\n", 3), "a\nb\nc");
    assert.equal(lastLines(" a\nb\nc\n", 2), "(1 lines left out)\nb\nc");
  });

  it("the line of a command on the ops host, which is killed when it hangs beyond its own deadline", () => {
    assert.match(opsCommand("topics", 600), /^timeout --kill-after=10 690 .* topics --cluster \S+ --timeout 600$/);
    assert.match(opsCommand("roll kafka", 600, 5), /^timeout --kill-after=10 3090 .* --timeout 600$/);
  });

  it("the words of ssh's options", () => {
    assert.deepEqual(sshOptions({ BatchMode: "yes", LogLevel: "ERROR" }), [
      "-o",
      "BatchMode=yes",
      "-o",
      "LogLevel=ERROR",
    ]);
  });

  it("a node's part by its tags, as Pulumi records them of any resource, and of a group", () => {
    const tags = nodeTags("prod", "kafka-3");
    assert.equal(taggedNode({ tags }), "kafka-3");
    assert.equal(taggedNode({ tags: Object.entries(tags).map(([key, value]) => ({ key, value })) }), "kafka-3");
    for (const properties of [undefined, {}, { tags: null }, { tags: "kafka-3" }, { tags: {} }, { tags: [] }])
      assert.equal(taggedNode(properties), undefined);
    assert.equal(taggedNode({ tags: [{ key: "other", value: "kafka-3" }] }), undefined);
    assert.equal(taggedNode({ tags: { ...tags, "kafka-on-ec2:node": 3 } }), undefined);
    const answer = Object.entries(tags).map(([Key, Value]) => ({ Key, Value }));
    assert.equal(tagValue(answer, "Name"), "prod-kafka-3");
    assert.deepEqual([tagValue(answer, "Owner"), tagValue(undefined, "Name")], [undefined, undefined]);
  });
});
