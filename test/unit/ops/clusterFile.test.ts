import assert from "node:assert/strict";
import { execFileSync, spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describeCluster } from "../../../planning/cluster/clusterDescription";
import { bundle } from "../../../artifacts/bundle";
import { parseCluster, readClusterFile } from "../../../ops/clusterFile";
import { commandLineOf } from "../../../ops/commandLine";
import { parseSettings } from "../../../settings/check";

const settings = parseSettings(
  { sshCidrs: ["203.0.113.0/24"] },
  { project: "kafka-on-ec2", stack: "test", region: "us-east-1" },
);

describe("cluster.json", () => {
  it("is read as planning writes it", () => {
    const cluster = describeCluster(settings, "bucket");
    assert.deepEqual(parseCluster(JSON.stringify(cluster), "cluster.json"), JSON.parse(JSON.stringify(cluster)));
  });

  it("is read from a file, or it is said which one can't be", () => {
    const folder = mkdtempSync(join(tmpdir(), "cluster-json-"));
    const file = join(folder, "cluster.json");
    try {
      assert.throws(
        () => readClusterFile(file),
        new RegExp(`^Error: cannot read the cluster description ${file}: ENOENT`),
      );
      const cluster = describeCluster(settings, "bucket");
      writeFileSync(file, JSON.stringify(cluster));
      assert.deepEqual(readClusterFile(file), JSON.parse(JSON.stringify(cluster)));
      writeFileSync(file, "{}");
      assert.throws(() => readClusterFile(file), new RegExp(`^Error: ${file} is not a cluster description:\n`));
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  it("is refused with the path of every fault", () => {
    assert.throws(() => parseCluster("{", "cluster.json"), /cluster.json is not JSON/);
    const broken = { ...describeCluster(settings, "bucket"), brokers: [], nodeUser: 5 };
    assert.throws(
      () => parseCluster(JSON.stringify(broken), "cluster.json"),
      /brokers[\s\S]*nodeUser|nodeUser[\s\S]*brokers/,
    );
  });
});

describe("kafka-ops bundle", () => {
  const folder = mkdtempSync(join(tmpdir(), "kafka-ops-test-"));
  const file = join(folder, "kafka-ops.js");
  before(async () => writeFileSync(file, await bundle("ops/kafkaOps")));
  after(() => rmSync(folder, { recursive: true }));
  const run = (...args: string[]) => spawnSync(process.execPath, [file, ...args], { encoding: "utf8", cwd: folder });

  it("runs from one file and explains itself", () => {
    assert.match(execFileSync(process.execPath, [file, "--help"], { encoding: "utf8" }), /gate zookeeper/);
  });

  it("refuses what it does not know with exit code 1 and no stack trace", () => {
    for (const args of [
      ["frobnicate"],
      [],
      ["status", "--nonsense"],
      ["status", "--cluster", "absent.json"],
      ["gate", "kafka", "--timeout", "-3"],
    ]) {
      const { status, stderr } = run(...args);
      assert.equal(status, 1, args.join(" "));
      assert.match(stderr, /^kafka-ops: /);
      assert.doesNotMatch(stderr, /\n\s+at /);
    }
  });
});

describe("the words that a process was started by", () => {
  it("are those of a process that is there", () => {
    const { pid } = process;
    assert.match(commandLineOf(pid)[0] ?? "", /node$/);
    assert.ok(commandLineOf(pid).length > 1);
    assert.deepEqual(commandLineOf(2 ** 30), []);
  });
});
