import assert from "node:assert/strict";
import { appendFileSync, rmSync } from "node:fs";
import { tmpdir, userInfo } from "node:os";
import { join } from "node:path";
import { beginLog, systemdService, wantedOf } from "../../../../ops/balance/service";
import { describeCluster } from "../../../../planning/cluster/clusterDescription";
import { sampleSettings } from "../../settings/sampleSettings";
import { FakeCommands } from "../fakeCommand";

const unit = "kafka-balance.service";
const cluster = describeCluster(sampleSettings({ clusterName: `balance-${process.pid}` }), "bucket");
const logFile = join(tmpdir(), `kafka-ops-balance-${cluster.clusterName}.log`);

describe("the service that moves copies", () => {
  let commands: FakeCommands;
  beforeEach(() => (commands = new FakeCommands()));
  afterEach(() => {
    commands.remove();
    rmSync(logFile, { force: true });
  });
  const service = () => systemdService(cluster, ["/opt/kafka-ops/kafka-ops.js", "/opt/kafka-ops/cluster.json"]);

  it("runs in the background as this user, with time to clean up; an earlier one is ended first", async () => {
    commands.put("sudo", "true");
    await service().start("run-1");
    const [stop = [], start = []] = commands.calls("sudo");
    assert.deepEqual(stop, ["-n", "systemctl", "stop", unit]);
    assert.equal(start[1], "systemd-run");
    for (const word of [`--unit=${unit}`, `--uid=${userInfo().username}`, "--collect", "--property=TimeoutStopSec=180"])
      assert.ok(start.includes(word), word);
    assert.deepEqual(start.slice(start.indexOf(process.execPath) + 1), [
      "/opt/kafka-ops/kafka-ops.js",
      "balance",
      "run",
      "--run",
      "run-1",
      "--cluster",
      "/opt/kafka-ops/cluster.json",
      "--timeout",
      String(7 * 24 * 3600),
    ]);
  });

  it(
    "is at work or not, as systemd says; to end one that there is not is no failure, to begin one " +
      "that can't be is",
    async () => {
      commands.put("sudo", "true");
      assert.equal(await service().running(), true);
      assert.deepEqual(commands.calls("sudo"), [["-n", "systemctl", "is-active", "--quiet", unit]]);
      commands.put("sudo", "exit 3");
      assert.equal(await service().running(), false);
      await service().stop();
      await assert.rejects(service().start("run-1"));
    },
  );

  it("is followed by its log, as that grows, whole lines only", () => {
    const { log } = service();
    assert.deepEqual(log(), []);
    beginLog(cluster, "one");
    assert.deepEqual(log(), [{ run: "one", wanted: wantedOf(cluster) }]);
    appendFileSync(logFile, '{"line":"e');
    assert.equal(log().length, 1);
    appendFileSync(logFile, 'nd"}\n{"passed":true,"complaint":""}\n');
    assert.deepEqual(log().slice(1), [{ line: "end" }, { passed: true, complaint: "" }]);
    beginLog(cluster, "two");
    assert.deepEqual(
      log().map((entry) => "run" in entry && entry.run),
      ["two"],
    );
  });

  it("is for these brokers in these zones, and numbers of copies, and for nothing else", () => {
    const others = [
      { ...cluster, brokers: cluster.brokers.slice(1) },
      { ...cluster, brokers: cluster.brokers.map((node) => ({ ...node, zone: "us-east-1a" })) },
      { ...cluster, replicationFactor: 3 },
      { ...cluster, minInsyncReplicas: 1 },
    ];
    assert.equal(new Set([cluster, ...others].map(wantedOf)).size, 5);
    assert.equal(wantedOf({ ...cluster, topics: [], minimumRunning: 4 }), wantedOf(cluster));
  });
});
