import assert from "node:assert/strict";
import { execFileSync, spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ensureKafkaArchive } from "../../../artifacts/archives";
import { repository } from "../../../artifacts/repository";
import { defaults } from "../../../settings/schema";
import { kafkaKeys, kafkaValueProblem } from "../../../settings/kafka/kafkaSettings";
import { brokerConfigKeys, topicConfigKeys } from "../../../settings/reservedKeys";

const folder = join(repository, "settings", "kafka");
const hasJava = spawnSync("java", ["-version"]).status === 0 && spawnSync("mvn", ["-version"]).status === 0;

describe("Kafka's own settings", () => {
  it("are those that Kafka's jars have", async function () {
    if (!hasJava) return this.skip();
    this.timeout(300_000);
    const { path } = await ensureKafkaArchive(String(defaults.kafkaVersion));
    const jars = mkdtempSync(join(tmpdir(), "kafka-settings-"));
    try {
      execFileSync("tar", ["-xf", path, "-C", jars]);
      const program = join(folder, "KafkaSettings.java");
      const printed = execFileSync("java", ["-cp", join(jars, "libs", "*"), program], { encoding: "utf8" });
      const table = join(folder, "kafka39.ts");
      const now = readFileSync(table, "utf8").replace(/(?<== `\n)[^`]*/, printed);
      if (process.env.UPDATE_SNAPSHOTS === "1") writeFileSync(table, now);
      assert.equal(now, readFileSync(table, "utf8"), "run with UPDATE_SNAPSHOTS=1, and look at what it wrote");
    } finally {
      rmSync(jars, { recursive: true, force: true });
    }
  });

  it("have examples in messages that are taken themselves", () => {
    for (const [kind, keys] of [
      ["broker", brokerConfigKeys],
      ["topic", topicConfigKeys],
    ] as const) {
      for (const key of keys) {
        for (const wrong of ["?", "-99999999999999999999", "99999999999999999999", "1e400"]) {
          const problem = kafkaValueProblem(kind, key, wrong);
          const [, example] = /(?:e\.g\. |alone: give )(\S+)$/.exec(problem ?? "") ?? [];
          if (example !== undefined)
            assert.equal(kafkaValueProblem(kind, key, example), undefined, `${key}: ${problem}`);
        }
      }
    }
  });

  it("are taken within Kafka's range and the program's own, and as Kafka writes them", () => {
    const taken: Readonly<Record<string, readonly string[]>> = {
      "num.io.threads": ["1", "256", "+8", " 8 "],
      "log.retention.bytes": ["-1", "1", "9223372036854775807"],
      "quota.window.num": ["1", "2147483647"],
      "initial.broker.registration.timeout.ms": ["-2147483648", "2147483647"],
      "compression.gzip.level": ["1", "9", "-1"],
      "compression.zstd.level": ["-131072", "22"],
      "compression.lz4.level": ["1", "17"],
      "log.local.retention.ms": ["-2"],
      "log.cleaner.min.cleanable.ratio": ["0", "1", "0.5", "5e-1", "1E-2", "+0.5", "00.5"],
      "log.preallocate": ["true", "FALSE", " true "],
      "log.cleanup.policy": ["compact", "compact,delete", "compact, delete"],
      "compression.type": ["zstd", " gzip "],
      "metric.reporters": ["any.Class"],
      "max.connections.per.ip.overrides": ["10.0.0.1:5"],
      "group.share.record.lock.duration.ms": ["1000", "60000"],
      "no.such.setting": ["anything"],
    };
    for (const [key, values] of Object.entries(taken))
      for (const value of values) assert.equal(kafkaValueProblem("broker", key, value), undefined, `${key}=${value}`);
  });

  it("are refused with the rule and a right value", () => {
    const refused: readonly (readonly [string, string, string])[] = [
      ["num.io.threads", "257", "257 is above 256: each takes memory, .*; give a number from 1 to 256, e\\.g\\. 8"],
      ["log.retention.bytes", "0", "0 is below 1: events would be gone at once; give 1 or more, or -1, e\\.g\\. 1"],
      ["log.retention.bytes", "-2", "-2 is below 1: .*"],
      [
        "log.retention.bytes",
        "9223372036854775808",
        "9.* is more than Kafka's type LONG holds; give 1 or more, or -1, .*",
      ],
      ["num.io.threads", "-2147483649", "-2147483649 is more than Kafka's type INT holds; .*"],
      ["compression.gzip.level", "0", "0 is below 1; give a number from 1 to 9, or -1, e\\.g\\. 1"],
      ["compression.gzip.level", "10", "10 is above 9; .*"],
      ["compression.zstd.level", "-131073", "-131073 is below -131072; give a number from -131072 to 22, e\\.g\\. 3"],
      ["compression.lz4.level", "18", "18 is above 17; .*"],
      ["group.share.record.lock.duration.ms", "999", "999 is below 1000; give a number from 1000 to 60000, .*"],
      ["log.local.retention.ms", "-3", "-3 is below -2; give -2 or more, e\\.g\\. -2"],
      ["quota.window.num", "0", "0 is below 1; give a number from 1 to 2147483647, e\\.g\\. 11"],
      ["log.cleaner.min.cleanable.ratio", "1.1", "1\\.1 is above 1; give a number from 0 to 1, e\\.g\\. 0\\.5"],
      ...["x0.5", "0.5x", "0.5e", "e1"].map(
        (value) =>
          [
            "log.cleaner.min.cleanable.ratio",
            value,
            `"${value}" is not a number; Kafka takes digits alone: give 0\\.5`,
          ] as const,
      ),
      ["num.io.threads", "8.5", '"8\\.5" is not a whole number; Kafka takes digits alone: give 9'],
      ["num.io.threads", "1e1", '"1e1" is not a whole number; .*: give 8'],
      // What was meant, where it is allowed, and else the value that Kafka begins with, or the least.
      ["log.segment.bytes", "1MiB", '"1MiB" is not a whole number; Kafka takes digits alone: give 1048576'],
      ["log.segment.bytes", "512k", '"512k" is not a whole number; Kafka takes digits alone: give 1073741824'],
      ["log.segment.delete.delay.ms", "1h", '"1h" is not .*: give 3600000'],
      ["log.segment.delete.delay.ms", "2h", '"2h" is not .*: give 60000'],
      ["log.roll.ms", "x", '"x" is not .*: give 60000'],
      ["log.preallocate", "xtrue", '"xtrue" is neither true nor false; give one of them'],
      ["log.preallocate", "truex", '"truex" is neither .*'],
      ["log.cleanup.policy", "compact;delete", '"compact;delete" is not known to Kafka; give one of compact, delete'],
      [
        "log.cleanup.policy",
        "delete,compct",
        '"compct" is not known to Kafka; did you mean compact\\?; give one of .*',
      ],
      ["compression.type", "zstd,gzip", '"zstd,gzip" is not known to Kafka.*; give one of uncompressed, zstd, lz4, .*'],
      ["metrics.recording.level", "WARN", '"WARN" is not known to Kafka.*; give one of INFO, DEBUG, TRACE'],
    ];
    for (const [key, value, says] of refused)
      assert.match(kafkaValueProblem("broker", key, value) ?? "", new RegExp(`^${says}$`), `${key}=${value}`);
  });

  it("may be given where the program does not decide them", () => {
    assert.ok(brokerConfigKeys.length > 100 && brokerConfigKeys.length < kafkaKeys("broker").length);
    assert.ok(topicConfigKeys.includes("compression.type") && !topicConfigKeys.includes("retention.ms"));
  });
});
