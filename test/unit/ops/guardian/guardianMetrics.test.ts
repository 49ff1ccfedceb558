import assert from "node:assert/strict";
import { guardianRegistry } from "../../../../ops/guardian/guardianMetrics";
import type { Memory } from "../../../../ops/guardian/memory";
import { describeCluster } from "../../../../planning/cluster/clusterDescription";
import { sampleSettings } from "../../settings/sampleSettings";
import { begin, healthy, lookAt, run, start } from "./guardianFixtures";

const cluster = describeCluster(sampleSettings(), "bucket");
const quiet = { failed: false, runs: () => false };

async function linesOf(memory: Memory | undefined, look = quiet, described = cluster): Promise<string[]> {
  const text = await guardianRegistry(described, memory, look).metrics();
  return text.split("\n").filter((line) => line !== "" && !line.startsWith("#"));
}

describe("the guardian's metrics", () => {
  const about = (lines: readonly string[], name: string) =>
    lines.filter((line) => line.startsWith(`${name}{`) || line.startsWith(`${name} `));
  const out = { problem: "connection refused" };

  it("tell of a cluster that is well: every node, and nothing to worry about", async () => {
    const { memory, now } = run(begin, 60, () => lookAt());
    const lines = await linesOf(memory);
    assert.equal(about(lines, "kafka_ops_node_out").length, 8);
    assert.ok(about(lines, "kafka_ops_node_out").every((line) => line.endsWith(" 0")));
    assert.ok(lines.includes('kafka_ops_node_out{node="kafka-2",role="kafka",zone="us-east-1b"} 0'));
    assert.deepEqual(about(lines, "kafka_ops_node_needs_person"), []);
    assert.ok(lines.includes(`kafka_ops_guardian_look_timestamp_seconds ${(now - 5000) / 1000}`));
    const none = ["guardian_look_failed", "guardian_groups_unknown", "writing_stopped", "concerns"];
    for (const name of none) assert.ok(lines.includes(`kafka_ops_${name} 0`), name);
    assert.ok(lines.includes("kafka_ops_guardian_enabled 1"));
  });

  it("tell of a node that is out, and of its replacements", async () => {
    const dead = run(
      run(begin, 60, () => lookAt()),
      30,
      () => lookAt({ "kafka-4": out }),
    );
    const kafka4 = 'node="kafka-4",role="kafka",zone="us-east-1a"';
    const lines = await linesOf(dead.memory);
    assert.ok(lines.includes(`kafka_ops_node_out{${kafka4}} 1`));
    const replaced = await linesOf(run(dead, 60, () => lookAt({ "kafka-4": out })).memory);
    assert.ok(replaced.includes(`kafka_ops_node_replacements{${kafka4}} 1`));
  });

  for (const [reason, change] of [
    ["disk-full", { ...out, report: { diskFull: true, summary: "" } }],
    ["damaged", { ...out, report: { diskFull: false, needsAPerson: "its database can't be read", summary: "" } }],
    ["suspended", { ...out, group: { ...healthy("i-4"), suspended: ["ReplaceUnhealthy"] } }],
    ["no-instance", { ...out, group: { suspended: [] } }],
  ] as const) {
    it(`say when a person is needed, and for what: ${reason}`, async () => {
      const well = run(begin, 60, () => lookAt());
      const needed = run(well, 11 * 60, () => lookAt({ "kafka-4": change }));
      const lines = await linesOf(needed.memory);
      assert.deepEqual(about(lines, "kafka_ops_node_needs_person"), [
        `kafka_ops_node_needs_person{node="kafka-4",role="kafka",zone="us-east-1a",reason="${reason}"} 1`,
      ]);
      const again = await linesOf(run(needed, 60, () => lookAt()).memory);
      assert.deepEqual(about(again, "kafka_ops_node_needs_person"), []);
    });
  }

  it("tell of what a person has to know beside the nodes, once each, and of stopped writing", async () => {
    const { memory } = run(begin, 60, () => lookAt());
    const worried: Memory = {
      ...memory,
      trouble: "AccessDenied",
      concerns: ['throttles are set on "t"', 'throttles are set on "t"'],
      foreignSettings: 2,
      room: { full: ["kafka-1", "kafka-2", "kafka-3"], stoppedSince: start },
    };
    const lines = await linesOf(worried, { ...quiet, failed: true });
    assert.ok(lines.includes("kafka_ops_concerns 2"));
    assert.ok(lines.includes("kafka_ops_foreign_settings 2"));
    assert.ok(lines.includes('kafka_ops_concern{concern="throttles are set on \\"t\\""} 1'));
    assert.match(about(lines, "kafka_ops_concern").join("\n"), /concern="WRITING IS STOPPED since 2026-11-24/);
    for (const name of ["writing_stopped", "guardian_groups_unknown", "guardian_look_failed"])
      assert.ok(lines.includes(`kafka_ops_${name} 1`), name);
  });

  it("tell which programs run, and what the settings expect, also while the guardian is switched off", async () => {
    const runs = (...words: readonly string[]) => words.join(" ") === "balance run";
    const off = { ...cluster, guardian: { ...cluster.guardian, enabled: false } };
    const lines = await linesOf(undefined, { ...quiet, runs }, off);
    assert.deepEqual(about(lines, "kafka_ops_running"), [
      'kafka_ops_running{program="roll kafka"} 0',
      'kafka_ops_running{program="roll zookeeper"} 0',
      'kafka_ops_running{program="balance"} 1',
    ]);
    assert.ok(lines.includes("kafka_ops_guardian_enabled 0"));
    assert.deepEqual(about(lines, "kafka_ops_node_out"), []);
    for (const line of [
      "kafka_cluster_brokers_expected 5",
      "kafka_cluster_zookeeper_expected 3",
      `kafka_cluster_brokers_minimum ${off.minimumRunning}`,
      "kafka_cluster_replication_factor 4",
      "kafka_cluster_min_insync_replicas 2",
      `kafka_cluster_broker_bytes_per_second ${off.brokerBytesPerSecond}`,
    ])
      assert.ok(lines.includes(line), line);
  });
});
