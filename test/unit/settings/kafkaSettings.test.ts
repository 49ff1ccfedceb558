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

  it("may be given where the program does not decide them", () => {
    assert.ok(brokerConfigKeys.length > 100 && brokerConfigKeys.length < kafkaKeys("broker").length);
    assert.ok(topicConfigKeys.includes("compression.type") && !topicConfigKeys.includes("retention.ms"));
  });
});
