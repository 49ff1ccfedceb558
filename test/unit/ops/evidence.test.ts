import assert from "node:assert/strict";
import { collectEvidence, failedBoots, onNode } from "../../../ops/evidence";
import { setAsideLines } from "../../../ops/setAside";
import { selfReports } from "../../../ops/guardian/selfReport";
import { runGate } from "../../../ops/runGate";
import type { Verdict } from "../../../ops/gateVerdict";
import { describeCluster } from "../../../planning/cluster/clusterDescription";
import { sampleSettings } from "../settings/sampleSettings";
import { FakeCommands } from "./fakeCommand";

const cluster = describeCluster(sampleSettings(), "bucket");
const addressOf = (name: string) =>
  [...cluster.brokers, ...cluster.zookeeper].find((node) => node.name === name)?.privateIp ?? "";

describe("what a node says by SSH", () => {
  let commands: FakeCommands;
  beforeEach(() => (commands = new FakeCommands()));
  afterEach(() => commands.remove());

  it(
    "is what the script prints there, asked with the nodes' key, without a question and without " + "a known host",
    async () => {
      commands.put("ssh", "echo out; echo err >&2; cat");
      assert.equal(await onNode(cluster, "10.0.0.7", "the script", 5), "out\n\nerr");
      const [call = []] = commands.calls("ssh");
      assert.deepEqual(call.slice(0, 2), ["-i", cluster.nodeAccessKeyPath]);
      assert.deepEqual(call.slice(-2), [`${cluster.nodeUser}@10.0.0.7`, "the script"]);
      // A replaced node has the address and another key.
      for (const option of ["UserKnownHostsFile=/dev/null", "StrictHostKeyChecking=accept-new", "BatchMode=yes"])
        assert.ok(call.includes(option), option);
    },
  );

  it("is followed by how it ended, if not well, or by the time that it was given", async () => {
    commands.put("ssh", "echo so far; exit 255");
    assert.equal(await onNode(cluster, "10.0.0.7", "x", 5), "so far\n(ssh to 10.0.0.7 ended with 255)");
    commands.put("ssh", "exit 3");
    assert.equal(await onNode(cluster, "10.0.0.7", "x", 5), "(ssh to 10.0.0.7 ended with 3)");
    commands.put("ssh", "echo so far; exec sleep 60");
    assert.equal(await onNode(cluster, "10.0.0.7", "x", 0.5), "so far\n(cut off after 0.5 s)");
    commands.put("ssh", "seq 200");
    assert.match(await onNode(cluster, "10.0.0.7", "x", 5), /^\(80 lines left out\)\n81\n(.*\n)*200$/);
  });

  it("tells a first boot that has failed for good", async () => {
    commands.put(
      "ssh",
      `case "$*" in *@${addressOf("kafka-2")}\\ *) echo "status: error";; *) echo "status: done";; esac`,
    );
    assert.deepEqual(await failedBoots(cluster, ["kafka-1", "kafka-2", "nobody"]), ["kafka-2"]);
    assert.equal(commands.calls("ssh").length, 2);
  });

  it("is collected of five nodes at most, each under its name", async () => {
    commands.put("ssh", `echo "$*" | grep -o '@[0-9.]*'; echo "$last" | grep -c /opt/kafka-node/bin/diagnose`);
    const names = [...cluster.zookeeper, ...cluster.brokers].map(({ name }) => name);
    assert.deepEqual(
      await collectEvidence(cluster, names),
      names.slice(0, 5).map((node) => ({ node, text: `@${addressOf(node)}\n1` })),
    );
    assert.deepEqual(await collectEvidence(cluster, ["kafka-99"]), []);
  });

  it("tells what nodes have set aside, and nothing of those that don't answer", async () => {
    const kept = "/var/lib/zookeeper/data/set-aside-20260102T030405Z";
    commands.put(
      "ssh",
      `case "$*" in *@${addressOf("kafka-2")}\\ *) exit 255;; *@${addressOf("zookeeper-1")}\\ *) echo ${kept};; esac`,
    );
    const lines = await setAsideLines(cluster);
    assert.equal(lines.length, 1);
    assert.match(lines[0] ?? "", new RegExp(`^zookeeper-1: files or folders .* are set aside; .*: ${kept}$`));
  });

  it("is a report on itself also where nothing runs, nor is mounted", async () => {
    commands.put("ssh", `exec bash -c "$last"`);
    commands.put("sudo", `shift; exec "$@"`);
    for (const absent of ["systemctl", "journalctl", "cloud-init", "ss", "mountpoint"]) commands.put(absent, "exit 1");
    const node = { ...cluster.brokers[0]!, role: "kafka" as const };
    const report = (await selfReports(cluster, [node])).get("kafka-1");
    assert.deepEqual([report?.recovers, report?.summary], [false, "its data volume is not mounted"]);
    const service = `case "$*" in *MainPID*) echo ${process.pid};; *ActiveState*) echo active;; *) echo 0;; esac`;
    commands.put("systemctl", service);
    commands.put("journalctl", `case "$*" in *grep*) ;; *) echo "INFO Recovering unflushed segment 0";; esac`);
    assert.equal((await selfReports(cluster, [node])).get("kafka-1")?.recovers, true);
  });

  it("is its report on itself, where it gets to its end", async () => {
    commands.put(
      "ssh",
      `case "$*" in *@${addressOf("kafka-2")}\\ *) exit 255;; esac
       echo "$last" | grep -q "state kafka.service" && printf 'kafka=active\\nfreeMiB=9\\nend=yes\\n'
       echo "$last" | grep -q "state zookeeper.service" && printf 'zookeeper=failed\\nfreeMiB=999\\nend=yes\\n'
       true`,
    );
    const nodes = [...cluster.brokers.slice(0, 2), cluster.zookeeper[0]!].map((node) => ({
      ...node,
      role: node.name.startsWith("kafka") ? ("kafka" as const) : ("zookeeper" as const),
    }));
    const reports = await selfReports(cluster, nodes);
    assert.deepEqual([...reports.keys()], ["kafka-1", "zookeeper-1"]);
    assert.equal(reports.get("kafka-1")?.diskFull, true);
    assert.match(reports.get("zookeeper-1")?.summary ?? "", /zookeeper\.service is failed/);
  });
});

describe("a gate of an update", () => {
  let commands: FakeCommands;
  let printed: string[];
  let complained: string[];
  const [print, complain] = [console.log, console.error];
  beforeEach(() => {
    commands = new FakeCommands();
    [printed, complained] = [[], []];
    console.log = (line: string) => void printed.push(line);
    console.error = (line: string) => void complained.push(line);
  });
  afterEach(() => {
    [console.log, console.error] = [print, complain];
    commands.remove();
  });

  const gate = (verdict: Verdict, more: object = {}) =>
    runGate({
      cluster,
      what: "Kafka gate",
      observe: () => Promise.resolve(),
      evaluate: () => verdict,
      deadlineSeconds: 0.2,
      intervalMs: 5,
      ...more,
    });
  const shut: Verdict = {
    satisfied: false,
    summary: "4 of 5 brokers",
    missing: [
      { node: "kafka-2", what: "no connection" },
      { node: "kafka-2", what: "not registered" },
      { what: "no controller" },
    ],
  };

  it("that opens says so, with what is worth a line, and asks no node", async () => {
    const open = { satisfied: true, summary: "5 of 5 brokers", missing: [], notes: ["broker 9 is a stranger"] };
    assert.equal(await gate(open), true);
    assert.deepEqual(complained, []);
    assert.deepEqual(printed, [
      "Kafka gate: note: broker 9 is a stranger",
      "Kafka gate: passed after 0 s: 5 of 5 brokers",
    ]);
    assert.deepEqual(commands.calls("ssh"), []);
  });

  it("that stays shut says, node by node, what is missing, and what the node says of itself", async () => {
    commands.put("ssh", "echo 'the disk is gone'");
    assert.equal(await gate(shut), false);
    assert.deepEqual(complained, [
      "Kafka gate: not passed within 0.2 s: 4 of 5 brokers",
      "  kafka-2: no connection, not registered",
      "  cluster: no controller",
      "\n----- kafka-2 -----\nthe disk is gone",
    ]);
    assert.equal(printed.at(-1), "Kafka gate: asking kafka-2 what is wrong");
    complained = [];
    assert.equal(await gate({ ...shut, missing: [{ what: "no controller" }] }), false);
    assert.equal(complained.length, 2);
    assert.doesNotMatch(printed.at(-1) ?? "", /asking/);
  });

  it("is not waited for when a first boot has failed", async () => {
    commands.put("ssh", "echo 'status: error'");
    assert.equal(await gate(shut, { deadlineSeconds: 20, hopelessMs: 5 }), false);
    assert.match(
      complained[0] ?? "",
      /^Kafka gate: given up after \d s: the first boot of kafka-2 has failed, and is not tried again: 4 of 5 brokers$/,
    );
  });
});
