import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describeCluster } from "../../../../planning/cluster/clusterDescription";
import { bundle } from "../../../../artifacts/bundle";
import { observationOf, type Answers } from "../../../../ops/guardian/observation";
import { freshMemory } from "../../../../ops/guardian/memory";
import { parseSelfReport } from "../../../../ops/guardian/selfReport";
import { readState, recall, writeState } from "../../../../ops/guardian/stateFile";
import { guardianStatus, guardianText } from "../../../../ops/guardian/status";
import { sampleSettings } from "../../settings/sampleSettings";
import { begin, lookAt, run } from "./guardianFixtures";

const cluster = describeCluster(sampleSettings(), "bucket");

describe("a look of the guardian", () => {
  const whole: Answers = {
    brokers: cluster.brokers.map(({ name }) => ({ node: name, members: [1, 2, 3, 4, 5] })),
    zookeeper: [
      { node: "zookeeper-1", mntr: { serverState: "follower", peerState: "following - broadcast" } },
      { node: "zookeeper-2", mntr: { serverState: "leader", peerState: "leading - broadcast", syncedFollowers: 2 } },
      { node: "zookeeper-3", mntr: { serverState: "follower", peerState: "following - broadcast" } },
    ],
    reports: new Map(),
    groups: undefined,
  };
  const node = (name: string, changes: Partial<Answers>) =>
    observationOf(cluster, { ...whole, ...changes }).nodes.find((each) => each.name === name);
  const brokers = (seen: (id: number) => readonly number[] | string) =>
    cluster.brokers.map(({ id, name }) => {
      const one = seen(id);
      return typeof one === "string" ? { node: name, problem: one } : { node: name, members: one };
    });

  it("finds nothing wrong with a whole cluster", () => {
    const { nodes } = observationOf(cluster, whole);
    assert.equal(nodes.length, 8);
    assert.deepEqual(
      nodes.filter(({ problem, reachable, seenByOthers }) => problem !== undefined || !reachable || !seenByOthers),
      [],
    );
  });

  it("has a broker out that is silent, or that the others don't know", () => {
    const dead = node("kafka-3", { brokers: brokers((id) => (id === 3 ? "no connection within 2 s" : [1, 2, 4, 5])) });
    assert.deepEqual(
      [dead?.problem, dead?.reachable, dead?.seenByOthers],
      ["no connection within 2 s, not registered", false, false],
    );
    const alone = node("kafka-3", { brokers: brokers((id) => (id === 3 ? [1, 2, 3, 4, 5] : [1, 2, 4, 5])) });
    assert.deepEqual([alone?.problem, alone?.reachable], ["not registered", true]);
    const refused = node("kafka-3", { brokers: brokers((id) => (id === 3 ? "connection refused" : [1, 2, 3, 4, 5])) });
    assert.deepEqual([refused?.reachable, refused?.seenByOthers], [true, true]);
  });

  it("does not take one broker's stale view for the truth", () => {
    const stale = brokers((id) => (id === 3 ? [1, 3] : [1, 2, 4, 5]));
    assert.equal(node("kafka-2", { brokers: stale })?.problem, undefined);
    assert.equal(node("kafka-3", { brokers: stale })?.problem, "not registered");
  });

  it("goes by more than half of the other brokers that answer, and by none where none does", () => {
    const half = brokers((id) => (id >= 3 ? [1, 2, 3, 4, 5] : [1, 2, 4, 5]));
    assert.equal(node("kafka-3", { brokers: half })?.problem, "not registered");
    const oneLeft = brokers((id) => (id === 1 ? [1, 2, 3, 4, 5] : "connection refused"));
    assert.deepEqual(
      [node("kafka-3", { brokers: oneLeft })?.problem, node("kafka-3", { brokers: oneLeft })?.seenByOthers],
      ["connection refused", true],
    );
    const alone = brokers((id) => (id === 3 ? [3] : "no connection within 2 s"));
    const last = node("kafka-3", { brokers: alone });
    assert.deepEqual([last?.problem, last?.reachable, last?.seenByOthers], [undefined, true, false]);
    const unasked = node("kafka-3", { brokers: [] });
    assert.deepEqual([unasked?.problem, unasked?.seenByOthers], ["not asked", false]);
  });

  const leading = (id: number, syncedFollowers: number) => ({
    node: `zookeeper-${id}`,
    mntr: { serverState: "leader", peerState: "leading - broadcast", syncedFollowers },
  });
  const following = (id: number, peerState = "following - broadcast") => ({
    node: `zookeeper-${id}`,
    mntr: { serverState: "follower", peerState },
  });
  const silent = (id: number) => ({ node: `zookeeper-${id}`, problem: "no connection within 2 s" });

  it("has both of two ZooKeeper leaders out, and one that is by itself", () => {
    const two = [leading(1, 1), leading(2, 1), following(3)];
    assert.deepEqual(
      [1, 2, 3].map((id) => node(`zookeeper-${id}`, { zookeeper: two })?.problem),
      ["one of 2 leaders", "one of 2 leaders", undefined],
    );
    const alone = { node: "zookeeper-1", mntr: { serverState: "standalone" } };
    const standalone = node("zookeeper-1", { zookeeper: [alone, leading(2, 1), following(3)] });
    assert.deepEqual([standalone?.problem, standalone?.reachable], ["not in the quorum: standalone", true]);
    const unasked = node("zookeeper-1", { zookeeper: [leading(2, 2), following(3)] });
    assert.deepEqual([unasked?.problem, unasked?.reachable], ["not asked", false]);
  });

  it("takes no ZooKeeper leader's word for itself: the others follow it, all of them", () => {
    const seen = (...zookeeper: Answers["zookeeper"]) => node("zookeeper-2", { zookeeper })?.seenByOthers;
    assert.equal(seen(following(1), leading(2, 2), following(3)), true);
    assert.equal(seen(following(1), leading(2, 2), silent(3)), false);
    assert.equal(seen(following(1), silent(2), following(3, "following - synchronization")), false);
    assert.equal(seen(following(1), silent(2), silent(3)), false);
    assert.equal(seen(leading(1, 1), silent(2), following(3)), false);
  });

  it("has a ZooKeeper node out that is in no quorum, and knows one that only this host does not reach", () => {
    const [one, two, three] = whole.zookeeper as [
      Answers["zookeeper"][number],
      Answers["zookeeper"][number],
      Answers["zookeeper"][number],
    ];
    const lost = { node: "zookeeper-3", problem: "runs, but is in no quorum" };
    const leader = {
      node: "zookeeper-2",
      mntr: { serverState: "leader", peerState: "leading - broadcast", syncedFollowers: 1 },
    };
    const out = node("zookeeper-3", { zookeeper: [one, leader, lost] });
    assert.deepEqual([out?.problem, out?.reachable, out?.seenByOthers], ["runs, but is in no quorum", true, false]);
    const unseen = node("zookeeper-3", {
      zookeeper: [one, two, { node: "zookeeper-3", problem: "no connection from 10.20.32.103:2181 within 2 s" }],
    });
    assert.deepEqual([unseen?.reachable, unseen?.seenByOthers], [false, true]);
    const unseenLeader = node("zookeeper-2", {
      zookeeper: [one, { node: "zookeeper-2", problem: "connect EHOSTUNREACH" }, three],
    });
    assert.deepEqual([unseenLeader?.reachable, unseenLeader?.seenByOthers], [false, true]);
    const joining = {
      node: "zookeeper-3",
      mntr: { serverState: "follower", peerState: "following - synchronization" },
    };
    assert.match(node("zookeeper-3", { zookeeper: [one, leader, joining] })?.problem ?? "", /not in the quorum/);
  });
});

describe("a node's report on itself", () => {
  const text = (values: Readonly<Record<string, string>>, log: readonly string[] = []) =>
    Object.entries({
      boot: "done",
      kafka: "active",
      since: "10000000",
      uptime: "600",
      restarts: "0",
      freeMiB: "900",
      ...values,
      end: "yes",
    })
      .map(([key, value]) => `${key}=${value}`)
      .concat(log.map((line) => `log=${line}`))
      .join("\n");
  const report = (...args: Parameters<typeof text>) => parseSelfReport(text(...args), "kafka");

  it("is none when the node did not get to its end", () => {
    assert.equal(parseSelfReport("(ssh to 10.20.0.14 ended with 255)", "kafka"), undefined);
    assert.equal(parseSelfReport("boot=done\n(cut off after 10 s)", "kafka"), undefined);
  });

  it("tells a full disk, a fence and a volume that is not there", () => {
    assert.equal(report({ freeMiB: "3" })?.diskFull, true);
    assert.equal(report({})?.diskFull, false);
    assert.equal(report({ fenced: "disk-hung: no write for 12 s" })?.fenced, "disk-hung: no write for 12 s");
    assert.equal(report({})?.fenced, undefined);
    assert.equal(report({ person: "its database can't be read" })?.needsAPerson, "its database can't be read");
    assert.equal(report({})?.needsAPerson, undefined);
    const gone = parseSelfReport("kafka=activating\nend=yes", "kafka");
    assert.deepEqual(
      [gone?.diskFull, gone?.summary],
      [false, "kafka.service is activating, its data volume is not mounted"],
    );
    assert.match(report({ boot: "error - done" })?.summary ?? "", /first boot has failed/);
    assert.equal(report({})?.summary, "kafka.service is active");
    assert.equal(report({ freeMiB: "3" })?.summary, "kafka.service is active, 3 MiB free on its data volume");
    assert.deepEqual([report({ freeMiB: "64" })?.diskFull, report({ freeMiB: "63" })?.diskFull], [false, true]);
    assert.equal(parseSelfReport("end=yes", "kafka")?.summary, "its data volume is not mounted");
  });

  it("tells a node that gets on from one that goes round in circles", () => {
    const recovery = ["INFO [LogLoader partition=a-1, dir=/x] Recovering unflushed segment 0 (kafka.log.LogLoader)"];
    assert.equal(report({}, recovery)?.recovers, true);
    assert.equal(report({ since: "590000000" }, recovery)?.recovers, false, "just restarted");
    assert.equal(report({ since: "570000000" }, recovery)?.recovers, true, "runs for 30 s");
    assert.equal(report({ kafka: "activating" }, recovery)?.recovers, false);
    assert.equal(report({ restarts: "3" }, recovery)?.recovers, true);
    assert.equal(report({ restarts: "4" }, recovery)?.recovers, false, "it begins with them again and again");
    assert.equal(report({}, ["INFO [KafkaServer id=4] started (kafka.server.KafkaServer)"])?.recovers, false);
    assert.equal(report({ listens: "0", reads: "1048576" })?.recovers, true, "one large segment");
    assert.equal(report({ listens: "0", reads: "1048575" })?.recovers, false);
    assert.equal(report({ listens: "1", reads: "1048576" })?.recovers, false, "it serves");
    assert.equal(report({ listens: "0", reads: "" })?.recovers, false);
    assert.equal(report({}, recovery)?.progress, undefined);
    const attaching = { "attach-data-volume": "activating", "attach-data-volume.began": "570000000" };
    assert.equal(report(attaching)?.progress, "attach-data-volume is still trying");
    const again = { ...attaching, "attach-data-volume.began": "570000001" };
    assert.equal(report(again)?.progress, undefined, "it has just begun, once more perhaps");
    assert.equal(report({ boot: "running" })?.progress, "its first boot is under way");
    assert.equal(report({ boot: "error", "attach-data-volume": "failed" })?.progress, undefined);
  });
});

describe("the guardian's state file", () => {
  const folder = mkdtempSync(join(tmpdir(), "guardian-test-"));
  const file = join(folder, "state.json");
  after(() => rmSync(folder, { recursive: true }));

  it("brings everything back", () => {
    const { memory } = run(begin, 300, () => lookAt({ "kafka-4": { problem: "connection refused" } }));
    writeState(file, memory);
    assert.deepEqual(recall(file, "test", assert.fail), JSON.parse(JSON.stringify(memory)));
    assert.ok(!existsSync(`${file}.new`));
  });

  it("is not there at the first start", () => {
    assert.deepEqual(recall(join(folder, "none.json"), "test", assert.fail), freshMemory("test"));
  });

  it("is set aside when it can't be used, with one line", () => {
    for (const broken of ["", "{", "null", '{"clusterName": "test", "nodes": 5}']) {
      const lines: string[] = [];
      writeFileSync(file, broken);
      assert.deepEqual(
        recall(file, "test", (line) => lines.push(line)),
        freshMemory("test"),
      );
      assert.equal(readFileSync(`${file}.corrupt`, "utf8"), broken);
      assert.equal(readState(file), undefined);
      assert.equal(lines.length, 1);
      assert.match(lines[0] ?? "", /^[^\n]*state\.json is not the guardian's: .*; it is now .*corrupt/);
    }
  });

  it("of another cluster is not used", () => {
    const lines: string[] = [];
    writeState(file, { ...freshMemory("other"), lookedAt: 5 });
    assert.deepEqual(
      recall(file, "test", (line) => lines.push(line)),
      freshMemory("test"),
    );
    assert.match(lines.join(), /cluster other/);
  });
});

describe("guardian status", () => {
  const out = run(begin, 40, () => lookAt({ "kafka-4": { problem: "connection refused" } }));

  it("shows each node, what comes next, and the last decisions", () => {
    const status = guardianStatus(cluster, out.memory, out.now);
    assert.equal(status.alive, true);
    const text = guardianText(status, out.now);
    assert.match(text, /^kafka-test guardian: watching, last look 5 s ago; patience 300 s\n/);
    assert.match(text, /kafka-4 +out +2026-11-24T01:00:00Z +i-kafka-4 +connection refused: waits until 01:01:00Z/);
    assert.match(text, /zookeeper-1 +well +2026-11-24T01:00:00Z +i-zookeeper-1\n/);
    assert.match(text, /last decisions:\n {2}2026-11-24T01:00:00Z {2}kafka-4: out since/);
  });

  it("has its columns in line, shows what is not known as a dash, and the last ten decisions", () => {
    const { decisions, ...rest } = out.memory;
    const many = Array.from({ length: 12 }, (_, index) => ({ ...decisions[0]!, text: `decision ${index}` }));
    const nodes = {
      ...rest.nodes,
      "kafka-1": { attempts: 0, next: "" },
      "kafka-5": { ...rest.nodes["kafka-5"]!, outSince: out.now, next: "in service again" },
    };
    const status = guardianStatus(cluster, { ...rest, nodes, decisions: many }, out.now);
    const lines = guardianText(status, out.now).split("\n");
    const rows = lines.slice(2, 10);
    const instances = rows.map((row) => row.search(/(i-|-$)/));
    assert.deepEqual(
      rows.map((row) => row.search(/ (well|out) /)),
      rows.map(() => "zookeeper-1".length + 1),
    );
    assert.ok(instances[0]! > 0 && instances.every((at) => at === instances[0]), rows.join("\n"));
    assert.match(rows[3] ?? "", /^kafka-1 +well +- +-$/);
    assert.match(rows[7] ?? "", /i-kafka-5 {2,}in service again$/);
    assert.deepEqual(
      lines.filter((line) => line.includes("decision ")).map((line) => line.split(" ").at(-1)),
      ["2", "3", "4", "5", "6", "7", "8", "9", "10", "11"],
    );
  });

  it("says when nobody watches", () => {
    const edge = out.memory.lookedAt + 60_000;
    assert.equal(guardianStatus(cluster, out.memory, edge).alive, true);
    assert.equal(guardianStatus(cluster, out.memory, edge + 1).alive, false);
    const late = out.now + 61_000;
    assert.equal(guardianStatus(cluster, out.memory, late).alive, false);
    assert.match(guardianText(guardianStatus(cluster, out.memory, late), late), /NOT WATCHING, last look 66 s ago/);
    const never = guardianStatus(cluster, undefined, out.now);
    assert.match(guardianText(never, out.now), /NOT WATCHING, it has never looked[^]*no decisions yet$/);
    assert.equal(guardianStatus(cluster, freshMemory("test"), out.now).lookedAt, undefined);
    const off = { ...cluster, guardian: { ...cluster.guardian, enabled: false } };
    assert.match(guardianText(guardianStatus(off, undefined, out.now), out.now), /switched off/);
  });

  it("is a command with an exit code", async function () {
    this.timeout(20_000);
    const folder = mkdtempSync(join(tmpdir(), "guardian-status-"));
    try {
      const [program, description, state] = ["kafka-ops.js", "cluster.json", "state.json"].map((name) =>
        join(folder, name),
      ) as [string, string, string];
      writeFileSync(program, await bundle("ops/kafkaOps"));
      writeFileSync(description, JSON.stringify(cluster));
      const status = (...args: string[]) =>
        spawnSync(
          process.execPath,
          [program, "guardian", "status", "--cluster", description, "--state", state, ...args],
          { encoding: "utf8" },
        );
      const never = status();
      assert.deepEqual([never.status, never.stderr], [1, ""]);
      assert.match(never.stdout, /never looked/);
      writeState(state, { ...out.memory, lookedAt: Date.now() });
      const alive = status("--json");
      assert.equal(alive.status, 0, alive.stderr);
      assert.equal((JSON.parse(alive.stdout) as { alive: boolean }).alive, true);
      writeFileSync(state, "{");
      const broken = status();
      assert.equal(broken.status, 1);
      assert.match(broken.stderr, /^kafka-ops: .*state\.json is not the guardian's/);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});
