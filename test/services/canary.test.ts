import assert from "node:assert/strict";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { runCanary } from "../../ops/canary/canary";
import { groupSources } from "../../ops/groups/lookout";
import { KafkaAdmin } from "../../ops/kafka/admin";
import { MetricsFile } from "../../ops/metrics";
import { describeCluster } from "../../planning/cluster/clusterDescription";
import { canaryTopic } from "../../planning/cluster/names";
import { startKafka, type KafkaProcess } from "./kafka";
import { sampleSettings } from "../unit/settings/sampleSettings";

const waitMs = 120_000;

describe("the canary, on a real Kafka", function () {
  this.timeout(400_000);
  const folder = mkdtempSync(join(tmpdir(), "canary-"));
  const said: string[] = [];
  let kafka: KafkaProcess;
  let end: string | undefined;
  let running: Promise<void>;

  const file = join(folder, "canary.prom");
  /** The value of the first sample whose name and labels match. */
  const value = (pattern: RegExp): number => {
    const line = readFileSync(file, "utf8")
      .split("\n")
      .find((text) => pattern.test(text));
    return Number(/ (\S+)$/.exec(line ?? "")?.[1] ?? NaN);
  };
  const until = async (what: string, isSo: () => boolean) => {
    for (const deadline = Date.now() + waitMs; !isSo(); await pause(100)) {
      if (Date.now() > deadline)
        assert.fail(`${what}, within ${waitMs / 1000} s:\n${said.join("\n")}\n${readFileSync(file, "utf8")}`);
    }
  };
  const groups = () =>
    existsSync(join(folder, "groups.prom")) ? readFileSync(join(folder, "groups.prom"), "utf8") : "";
  const written = /^kafka_canary_write_seconds_count\{.*partition="0"/;
  const read = /^kafka_canary_end_to_end_seconds_count\{.*partition="0"/;
  const labels = `partition="0",node="kafka-1",role="kafka",zone="us-east-1a"`;

  before(async () => {
    kafka = await startKafka({ other: 1 });
    const { brokers, ...rest } = describeCluster(sampleSettings(), "bucket");
    const cluster = { ...rest, brokers: brokers.slice(0, 1), replicationFactor: 1, minInsyncReplicas: 1 };
    const address = { id: 1, host: "127.0.0.1", port: kafka.port };
    running = runCanary(cluster, {
      admin: new KafkaAdmin([address], 5000),
      address: () => address,
      groups: groupSources(cluster, [address], new KafkaAdmin([address], 5000)),
      files: { canary: new MetricsFile("canary", folder), groups: new MetricsFile("groups", folder) },
      say: (line) => void said.push(line),
      ended: () => end,
    });
  });
  after(async () => {
    end ??= "the test is over";
    await running;
    await kafka?.stop();
    rmSync(folder, { recursive: true });
  });

  it("makes its topic, writes and reads an event a second, and keeps the books of it", async () => {
    await until("five events are read", () => existsSync(file) && value(read) >= 5);
    assert.equal(value(/^kafka_canary_ready /), 1);
    assert.equal(value(/^kafka_canary_broker_up\{node="kafka-1"/), 1);
    assert.ok(value(/^kafka_canary_end_to_end_seconds_sum/) >= value(/^kafka_canary_write_seconds_sum/) / 2);
    assert.equal(value(new RegExp(`^kafka_canary_lost_total\\{${labels}\\}`)), 0);
    const config = await kafka.admin((admin) =>
      admin.describeConfigs({ includeSynonyms: false, resources: [{ type: 2, name: canaryTopic }] }),
    );
    const retention = config.resources[0]?.configEntries.find(({ configName }) => configName === "retention.ms");
    assert.equal(retention?.configValue, "3600000");
    await until("the groups are looked at", () => /^kafka_group_lag_messages\{group="kafka-canary"/m.test(groups()));
    assert.match(groups(), /^kafka_group_state\{group="kafka-canary",state="Stable"\} 1$/m);
  });

  it("sees a broker that dies and comes back as one gap, without an error or a loss", async () => {
    const [before, errors] = [value(written), value(/^kafka_canary_errors_total\{operation="write"/)];
    const interrupted = new RegExp(`^kafka_canary_unavailable_seconds_total\\{operation="write",${labels}\\}`);
    const earlier = value(interrupted);
    await kafka.kill();
    await until("the broker is seen to be away", () => value(/^kafka_canary_broker_up/) === 0);
    await until("the gap grows", () => value(/^kafka_canary_gap_seconds\{operation="write"/) > 5);
    assert.ok(value(interrupted) > earlier + 2);
    await kafka.start();
    await until("it is written again", () => value(written) > before + 3);
    await until("all of it is read", () => value(/^kafka_canary_gap_seconds\{operation="read"/) < 1);
    assert.ok(value(/^kafka_canary_longest_gap_seconds\{operation="write"/) > 5);
    assert.equal(value(/^kafka_canary_errors_total\{operation="write"/), errors);
    assert.equal(value(/^kafka_canary_lost_total/), 0);
  });

  it("sees a broker that hangs", async () => {
    const before = value(written);
    kafka.freeze();
    await until("the broker is seen to be silent", () => value(/^kafka_canary_broker_up/) === 0);
    kafka.thaw();
    await until("it is written again", () => value(written) > before + 3);
    assert.equal(value(/^kafka_canary_lost_total/), 0);
  });

  it("makes its topic anew when somebody has deleted it, and goes on", async () => {
    // What is deleted before it is read is lost.
    await until("all of it is read", () => value(/^kafka_canary_gap_seconds\{operation="read"/) < 1);
    await kafka.admin((admin) => admin.deleteTopics({ topics: [canaryTopic] }));
    await until(
      "the topic is made anew",
      () => said.filter((line) => /new, with 1 partitions/.test(line)).length === 2,
    );
    const before = value(read);
    await until("it is read again", () => value(read) > before + 3);
    assert.ok(value(/^kafka_canary_lost_total/) <= 1, "all but the one that was under way");
  });

  it("ends when its topic has more partitions, so that it is started anew with them", async () => {
    await kafka.admin((admin) => admin.createPartitions({ topicPartitions: [{ topic: canaryTopic, count: 2 }] }));
    await until("it ends", () => said.some((line) => /the topic has other partitions or leaders: ends/.test(line)));
    await running;
  });
});
