import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { execInInstance, findInstance, killInstance, labIsRunning, labStatus } from "../../lab/index";
import { nodeJs, opsTools } from "../../planning/cluster/names";
import type { StackOutputs } from "../../planning/cluster/outputs";
import { readOutputs } from "../../planning/cluster/outputs";
import type { DrillRow } from "../../trials/drills/report";
import { littleLoad, runCommand, waitUntil } from "./commands";
import { destroyAndReturn } from "./destroyAndReturn";
import { runWorkflowSteps } from "./workflowSteps";

/** What the README's first command gives, looked at from outside. Starts from nothing and leaves nothing. */
describe("the whole cluster on the local stack", () => {
  let outputs: StackOutputs;
  const instance = (node: string) => `${outputs.clusterName}-${node}`;
  // With the environment of a login.
  const inNode = (node: string, command: string) =>
    execInInstance(instance(node), ["bash", "-c", `set -a; . /etc/environment; set +a; ${command}`], {
      // Reading all events by a group whose coordinator has just come back takes its time.
      timeoutMs: 180_000,
    });

  /** One look at the cluster by the operator's tool on the ops host: true when nothing is missing. */
  const clusterIsWhole = () =>
    inNode("ops", `${nodeJs.command} ${opsTools.bundle} status --cluster ${opsTools.cluster}`).then(
      () => true,
      () => false,
    );
  /** Can a TCP connection be made from this node? Closed ports drop packets, so no answer is the answer. */
  const canConnect = (from: string, address: string, port: number) =>
    inNode(from, `nc -z -w 2 ${address} ${port}`).then(
      () => true,
      () => false,
    );
  const addressOf = async (node: string) => (await findInstance(instance(node))).privateIp;

  before(async function () {
    this.timeout(1_500_000);
    if (await labIsRunning()) await runCommand(["scripts/stop.ts"], { echo: true });
    const started = await runCommand(["scripts/start.ts"], { echo: true, timeoutSeconds: 1_440 });
    assert.equal(started.code, 0, "npm start must end well");
    const printed = await runCommand(["scripts/outputs.ts", "--stack", "local"]);
    assert.equal(printed.code, 0, printed.output);
    outputs = readOutputs(JSON.parse(printed.stdout));
  });

  after(async function () {
    this.timeout(120_000);
    const stopped = await runCommand(["scripts/stop.ts"], { echo: true });
    assert.equal(stopped.code, 0, stopped.output);
  });

  it("runs five brokers and three ZooKeeper nodes, each on a machine of its own, over three zones", async () => {
    const names = (await labStatus()).instances.map(({ name }) => name).sort();
    const expected = [
      "kafka-1",
      "kafka-2",
      "kafka-3",
      "kafka-4",
      "kafka-5",
      "ops",
      "zookeeper-1",
      "zookeeper-2",
      "zookeeper-3",
    ];
    assert.deepEqual(names, expected.map(instance).sort());
    assert.equal(new Set(outputs.brokers.map(({ zone }) => zone)).size, 3);
    assert.equal(outputs.bootstrapServers.split(",").length, 5);
    assert.ok(await clusterIsWhole());
  });

  it("gives consumer applications names that resolve inside the VPC", async () => {
    for (const broker of outputs.brokers) {
      const name = broker.address.split(":")[0] ?? "";
      const resolved = await inNode("ops", `getent ahostsv4 ${name} | head -1 | cut -d' ' -f1`);
      assert.equal(resolved.trim(), await addressOf(broker.name));
    }
  });

  it("keeps closed what is not in use", async () => {
    const [broker, other, zookeeper] = [
      await addressOf("kafka-1"),
      await addressOf("kafka-2"),
      await addressOf("zookeeper-1"),
    ];
    // Open, so that "closed" below says something.
    assert.ok(await canConnect("ops", broker, 9092));
    assert.ok(await canConnect("ops", broker, 22));
    assert.ok(await canConnect("kafka-2", broker, 9092));
    assert.ok(await canConnect("kafka-2", broker, 9091));
    assert.equal(await canConnect("ops", broker, 9091), false, "the brokers' own listener from the ops host");
    assert.ok(await canConnect("kafka-1", zookeeper, 2181));
    // Closed.
    assert.equal(await canConnect("kafka-1", other, 22), false, "SSH from node to node");
    assert.equal(await canConnect("kafka-1", zookeeper, 3888), false, "election port from a broker");
    assert.equal(await canConnect("zookeeper-1", broker, 9092), false, "Kafka from ZooKeeper");
    assert.equal(await canConnect("kafka-1", "192.0.2.1", 443), false, "the internet from a node");
  });

  it("answers metadata requests with a session token only", async () => {
    const status = await inNode(
      "kafka-1",
      "curl -s -o /dev/null -w '%{http_code}' http://169.254.169.254/latest/meta-data/",
    );
    assert.equal(status, "401");
  });

  it("gives a node's role its own volume and nothing else", async () => {
    const other = (await inNode("kafka-2", ". /etc/kafka-node/node.env && echo $VOLUME_ID")).trim();
    const { id } = await findInstance(instance("kafka-1"));
    const refused = await inNode(
      "kafka-1",
      `export AWS_DEFAULT_REGION=${outputs.region}; ! /etc/kafka-node/aws ec2 attach-volume --volume-id ${other} ` +
        `--instance-id ${id} --device /dev/sdg 2>&1`,
    );
    assert.match(refused, /UnauthorizedOperation|AccessDenied/);
    const put = await inNode(
      "kafka-1",
      `export AWS_DEFAULT_REGION=${outputs.region}; ! aws s3 cp /etc/hostname ` +
        `s3://${outputs.artifactBucket}/artifacts/x 2>&1`,
    );
    assert.match(put, /AccessDenied/);
  });

  it("changes nothing when it is started again", async () => {
    const again = await runCommand(["scripts/start.ts"], { echo: true });
    assert.equal(again.code, 0, again.output);
    assert.match(again.output, /nothing changed/i);
    console.log(`      second start: ${again.seconds.toFixed(1)} s`);
  });

  it("passes every step of the operators' workflows that reaches a cluster, in the order of the files", async function () {
    this.timeout(1_200_000);
    await runWorkflowSteps();
  });

  it("says which node keeps a gate shut, what it lacks, and what its logs say", async function () {
    this.timeout(180_000);
    await inNode("kafka-4", "systemctl stop kafka");
    const gate = await inNode(
      "ops",
      `${nodeJs.command} ${opsTools.bundle} gate kafka --cluster ${opsTools.cluster} --timeout 5 2>&1 && echo ` +
        "passed || echo refused",
    );
    assert.match(gate, /refused\s*$/);
    assert.match(gate, /not passed within 5 s/);
    assert.match(gate, /kafka-4: .*connection refused/);
    assert.match(gate, /----- kafka-4 -----[\s\S]*kafka\.service[\s\S]*Stopped/);
    await inNode("kafka-4", "systemctl start kafka");
    await waitUntil("the cluster is whole with kafka-4 again", 120, clusterIsWhole);
  });

  it("keeps a broker's data over a reboot", async function () {
    this.timeout(240_000);
    const before = await inNode(
      "kafka-3",
      "cat /var/lib/kafka/data/meta.properties; ls -d /var/lib/kafka/data/user-activity-* | wc -l",
    );
    const up = async () => (await inNode("kafka-3", "cat /proc/1/stat")).split(" ")[21] ?? "";
    const firstBoot = await up();
    await inNode("kafka-3", "systemctl reboot --no-block");
    await waitUntil("kafka-3 has booted again", 90, async () => (await up()) !== firstBoot);
    await waitUntil("the cluster is whole after the reboot of kafka-3", 120, clusterIsWhole);
    assert.equal(
      await inNode(
        "kafka-3",
        "cat /var/lib/kafka/data/meta.properties; ls -d /var/lib/kafka/data/user-activity-* | wc -l",
      ),
      before,
    );
  });

  it("replaces a machine that died by one with the same address, id and data", async function () {
    this.timeout(240_000);
    const dead = await findInstance(instance("kafka-2"));
    const data = await inNode("kafka-2", "cat /var/lib/kafka/data/meta.properties");
    await killInstance(dead.id);
    await waitUntil("kafka-2 runs on another instance", 120, async () => {
      const found = await findInstance(instance("kafka-2"));
      return found.id !== dead.id && found.state === "running" && found.privateIp === dead.privateIp;
    });
    await waitUntil("the cluster is whole after the loss of kafka-2", 150, clusterIsWhole);
    assert.equal(await inNode("kafka-2", "cat /var/lib/kafka/data/meta.properties"), data);
    const logs = await runCommand(["scripts/ops.ts", "logs", "kafka-2", "--since", "10m"]);
    assert.match(logs.output, new RegExp(`^kafka-2: from its machine, and .* from the bucket .*${dead.id}`, "m"));
  });

  it("has an ops host that comes back by itself, and is reached as before", async function () {
    this.timeout(150_000);
    const lost = await findInstance(instance("ops"));
    await killInstance(lost.id);
    await waitUntil("the new ops host answers by SSH", 120, async () => {
      const { code } = await runCommand(["scripts/ops.ts", "status"], { timeoutSeconds: 30 });
      return code === 0;
    });
    assert.notEqual((await findInstance(instance("ops"))).id, lost.id);
    const again = await runCommand(["scripts/deploy.ts", "--stack", "local", "--yes", "--no-smoke"], { echo: true });
    assert.equal(again.code, 0, again.output);
    assert.match(again.output, /nothing changed/);
    const topics = await runCommand(["scripts/ops.ts", "kafka-topics", "--list"]);
    assert.match(topics.output, /^user-activity$/m);
  });

  it("goes on within a minute and loses nothing acknowledged, whatever of it fails", async function () {
    this.timeout(600_000);
    // One leader killed is the drill of the operators' workflows.
    const [killed] = await drill(["kill-two", "cut-off-peers", "zk-kill-leader"], 550);
    const from = Date.parse(killed?.longestGapFrom ?? "");
    const times = ["--since", new Date(from).toISOString(), "--until", new Date(from + 15_000).toISOString()];
    const brokers = outputs.brokers.map(({ name }) => name);
    const { stdout } = await runCommand(["scripts/ops.ts", "logs", ...brokers, ...times, "--unit", "kafka"]);
    const lines = stdout.split("\n").filter((line) => / kafka-\d kafka: /.test(line));
    // 1,652 on a day, most of them of two brokers that start again; 900 a second when followers told of each try.
    assert.ok(lines.length > 100 && lines.length < 4000, `${lines.length} lines`);
    assert.doesNotMatch(stdout, /since the new leader -1 is unavailable/);
  });

  it("replaces every broker by an update, one by one, and loses nothing acknowledged", async function () {
    // Two rolls of five brokers: the change, and back. 370 s on an idle machine, beyond 900 s on one that others share.
    this.timeout(1_800_000);
    const [run] = await drill(["roll-brokers"], 1_780);
    assert.equal(run?.facts?.["least brokers in service"], 4);
    for (const name of ["kafka-1", "kafka-2", "kafka-3", "kafka-4", "kafka-5"])
      assert.match(String(run.facts["replaced, in this order"]), new RegExp(name));
  });

  it("is destroyed but for its volumes, which are protected, and comes back with every event", async function () {
    this.timeout(1_200_000);
    await destroyAndReturn({ outputs, inNode });
  });

  it("leaves nothing behind when it is stopped", async function () {
    this.timeout(120_000);
    const stopped = await runCommand(["scripts/stop.ts"], { echo: true });
    assert.equal(stopped.code, 0, stopped.output);
    const output = (command: string) => execFileSync("bash", ["-c", command], { encoding: "utf8" }).trim();
    assert.equal(output("ip netns list | grep -E '^(kafka-lab|i-[0-9a-f]{17})' || true"), "");
    assert.equal(output("losetup -a | grep kafka-on-ec2 || true"), "");
    assert.equal(output("mount | grep kafka-on-ec2 || true"), "");
    assert.equal(output("ip -o link show | grep kafka-lab0 || true"), "");
    assert.equal(await labIsRunning(), false);
  });
});

/** Makes the drills, and holds them against what is promised on a machine that does other things too. */
async function drill(names: readonly string[], timeoutSeconds: number): Promise<readonly DrillRow[]> {
  const folder = mkdtempSync(join(tmpdir(), "drills-"));
  try {
    const json = join(folder, "drills.json");
    // Its exit code says whether the budgets held, which are for a machine that does nothing else.
    const made = await runCommand(
      ["scripts/drill.ts", ...names, ...littleLoad, "--json", json, "--html", join(folder, "drills.html")],
      { echo: true, timeoutSeconds },
    );
    const runs = JSON.parse(readFileSync(json, "utf8")) as DrillRow[];
    for (const name of names) {
      for (const client of ["kafkajs", "java"]) {
        const run = runs.find((one) => one.fault === name && one.client === client);
        assert.ok(run, `no run of ${name} with ${client}: ${made.output}`);
        const said = JSON.stringify(run);
        assert.ok((run.acknowledged ?? 0) > 200, said);
        assert.equal(run.lost, 0, said);
        assert.equal(run.errors, 0, said);
        assert.ok((run.longestGapMs ?? Infinity) < 60_000, said);
        assert.ok((run.repairedSeconds ?? Infinity) < 300, said);
      }
    }
    return runs;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
