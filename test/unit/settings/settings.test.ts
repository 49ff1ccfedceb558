import assert from "node:assert/strict";
import { instanceFacts } from "../../../settings/instanceTypes";
import { parseSettings } from "../../../settings/check";
import { SettingsError } from "../../../settings/faults";
import { sampleConfig, sampleContext, sampleSettings } from "./sampleSettings";

describe("settings", () => {
  it("fills in every default", () => {
    const settings = sampleSettings();
    assert.equal(settings.clusterName, "kafka-test");
    assert.deepEqual(settings.network.zones, ["us-east-1a", "us-east-1b", "us-east-1c"]);
    assert.deepEqual(
      [settings.brokers.count, settings.brokers.replicationFactor, settings.brokers.minInsyncReplicas],
      [5, 4, 2],
    );
    assert.equal(settings.dataProtection, true, "data is kept unless a stack says otherwise");
    assert.deepEqual([settings.kafka.version, settings.zookeeper.version], ["3.9.2", "3.8.6"]);
    assert.deepEqual(settings.topics, [
      { name: "user-activity", partitions: 15, retentionHours: 168, cleanupPolicy: "delete", config: {} },
    ]);
  });

  it("takes values as text, as Pulumi keeps them", () => {
    const asText = sampleSettings({
      sshCidrs: '["203.0.113.7/32"]',
      brokerCount: "7",
      dataProtection: "true",
      topics:
        '[{"name":"clicks","partitions":"6","retentionHours":24,' +
        '"config":{"compression.type":"zstd","max.message.bytes":2097152}}]',
    });
    assert.equal(asText.brokers.count, 7);
    assert.equal(asText.dataProtection, true);
    assert.deepEqual(asText.access.sshCidrs, ["203.0.113.7/32"]);
    assert.deepEqual(asText.topics[0]?.config, { "compression.type": "zstd", "max.message.bytes": "2097152" });
    assert.equal(asText.topics[0]?.partitions, 6);
  });

  it("takes tags as Pulumi keeps them, and subnets that exist", () => {
    const { tags, network } = sampleSettings({
      tags: '{"team":"Größe 1+","costCenter":1234,"cost:center":""}',
      vpcId: "vpc-0123456789abcdef0",
      vpcCidr: "10.20.0.0/28",
      nodeSubnetIds: ["subnet-00000001", "subnet-00000002", "subnet-00000003"],
      opsSubnetId: "subnet-00000004",
    });
    assert.deepEqual(tags, { team: "Größe 1+", costCenter: "1234", "cost:center": "" });
    assert.deepEqual(
      [network.subnetIds, network.opsSubnetId],
      [["subnet-00000001", "subnet-00000002", "subnet-00000003"], "subnet-00000004"],
    );
  });

  it("names the cluster after the stack, in characters that AWS takes", () => {
    const named = parseSettings(sampleConfig, { ...sampleContext, stack: "My_Team.Prod" });
    assert.equal(named.clusterName, "kafka-my-team-prod");
  });

  it("reports all faults in one error, one line each", () => {
    const broken = { brokerCount: 2, zookeeperCount: 4, brokerVolumeGib: 50, kafkaVersion: "4.0.0" };
    assert.throws(
      () => parseSettings(broken, sampleContext),
      (error: unknown) => {
        assert.ok(error instanceof SettingsError);
        assert.deepEqual(
          error.message.split("\n").map((line) => line.split(":")[0]),
          ["brokerVolumeGib", "sshCidrs", "brokerCount", "zookeeperCount", "kafkaVersion"],
        );
        assert.ok(!error.stack?.includes(" at "), "a user's mistake has no stack trace");
        return true;
      },
    );
  });

  it("tells a type of EC2 without facts from all other faults, as EC2 can be asked about it", () => {
    const kinds = (value: unknown) => {
      try {
        parseSettings({ ...sampleConfig, brokerInstanceType: value }, sampleContext);
        return [];
      } catch (error) {
        return (error as SettingsError).faults.map(({ kind }) => kind);
      }
    };
    assert.deepEqual(kinds("x9.huge"), ["unknown type"]);
    assert.deepEqual(kinds(7), [undefined]);
  });

  it("take what EC2 says of a type for these settings alone", () => {
    const facts = { ...instanceFacts("m7g.xlarge", { learnedTypes: [] }), type: "x9.huge", usdPerHour: 0 };
    const config = { ...sampleConfig, brokerInstanceType: " x9.huge" };
    const settings = parseSettings(config, { ...sampleContext, learnedTypes: [facts] });
    assert.equal(settings.brokers.instanceType, "x9.huge");
    assert.equal(instanceFacts("x9.huge", settings).memoryMiB, 16384);
    assert.throws(() => parseSettings(config, sampleContext), /not a known instance type/);
    const small = { ...facts, memoryMiB: 512 };
    assert.throws(
      () => parseSettings(config, { ...sampleContext, learnedTypes: [small] }),
      /x9\.huge has 512 MiB of memory/,
    );
  });
});
