import assert from "node:assert/strict";
import { appendFileSync, existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir, userInfo } from "node:os";
import { join } from "node:path";
import { balance } from "../../../../ops/balance/balance";
import { MetricsFile } from "../../../../ops/metrics";
import { RunMetrics } from "../../../../ops/runMetrics";
import { beginLog, systemdService, wantedOf } from "../../../../ops/balance/service";
import { describeCluster } from "../../../../planning/cluster/clusterDescription";
import { sampleSettings } from "../../settings/sampleSettings";
import { FakeCommands } from "../fakeCommand";
import { FakeClock, FakeKafka } from "../fakeKafkaAdmin";

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

describe("a run of that service", () => {
  const lock = join(tmpdir(), `kafka-ops-balance-${cluster.clusterName}`);
  const [print, complain] = [console.log, console.error];
  let commands: FakeCommands;
  let printed: string[];
  let complained: string[];
  let folder: string;
  beforeEach(() => {
    commands = new FakeCommands();
    folder = mkdtempSync(join(tmpdir(), "balance-"));
    [printed, complained] = [[], []];
    console.log = (line: string) => void printed.push(line);
    console.error = (line: string) => void complained.push(line);
  });
  afterEach(() => {
    [console.log, console.error] = [print, complain];
    commands.remove();
    rmSync(logFile, { force: true });
    rmSync(folder, { recursive: true });
  });

  /** One partition that lies on a broker that goes, and as many brokers as the settings name. */
  function moving() {
    const partitions = [{ topic: "t", partition: 0, replicas: [9, 1], bytes: 1e9 }];
    const kafka = new FakeKafka({ brokers: [...cluster.brokers.map(({ id }) => id), 9], partitions });
    const clock = new FakeClock(kafka);
    const departure = { stop: (id: number) => Promise.resolve(kafka.kill(id)), start: () => Promise.resolve() };
    const metrics = new RunMetrics("balance", new MetricsFile("balance", folder));
    return { kafka, clock, run: () => balance(cluster, "run-7", 3600, kafka, clock, departure, metrics) };
  }
  const log = () => systemdService(cluster, ["", ""]).log();

  it("has all that it says in its log, and its end; it holds the lock meanwhile, and no longer", async () => {
    const { clock, run } = moving();
    let locked = false;
    clock.at(5, () => (locked = existsSync(lock)));
    const handlers = process.listenerCount("SIGTERM");
    assert.equal(await run(), true);
    assert.deepEqual(
      log().flatMap((entry) => ("line" in entry ? [entry.line] : [])),
      printed,
    );
    assert.match(printed.at(-1) ?? "", /1 partitions moved/);
    assert.deepEqual(log()[0], { run: "run-7", wanted: wantedOf(cluster) });
    assert.deepEqual(log().at(-1), { passed: true, complaint: "" });
    assert.deepEqual([locked, existsSync(lock), process.listenerCount("SIGTERM")], [true, false, handlers]);
    const metrics = readFileSync(join(folder, "balance.prom"), "utf8");
    for (const line of [
      /^kafka_ops_balance_partitions 1$/,
      /^kafka_ops_balance_partitions_done 1$/,
      /^kafka_ops_balance_bytes 1000000000$/,
      /^kafka_ops_balance_bytes_done 1000000000$/,
      /^kafka_ops_run_ended_timestamp_seconds\{program="balance",outcome="done"\} /,
    ])
      assert.match(metrics, new RegExp(line, "m"));
  });

  it("that fails says why, with what the brokers to look at say of themselves", async () => {
    commands.put("ssh", "echo 'the disk is full'");
    const { kafka, clock, run } = moving();
    clock.at(5, () => kafka.kill(1));
    assert.equal(await run(), false);
    const last = log().at(-1);
    assert.ok(last !== undefined && "passed" in last && !last.passed);
    assert.match(last.complaint, /^balance: t-0 came no nearer[^]*\n----- kafka-\d -----\nthe disk is full/);
    assert.deepEqual(complained, [last.complaint]);
    assert.ok(!existsSync(lock));
    assert.match(readFileSync(join(folder, "balance.prom"), "utf8"), /program="balance",outcome="failed"\} /);
  });

  it("cleans up when it is told to end", async () => {
    const { kafka, clock, run } = moving();
    clock.at(5, () => process.emit("SIGHUP"));
    assert.equal(await run(), false);
    assert.match(complained.join(), /^balance: interrupted/);
    assert.deepEqual([await kafka.reassignments(), kafka.throttles()], [[], []]);
  });
});
