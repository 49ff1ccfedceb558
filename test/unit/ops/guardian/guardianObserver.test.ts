import assert from "node:assert/strict";
import type { SelfReport } from "../../../../ops/guardian/observation";
import type { MembersObservation } from "../../../../ops/guardian/members";
import { freshMemory, type Memory } from "../../../../ops/guardian/memory";
import { describeAwsProblem, Observer } from "../../../../ops/guardian/observe";
import { describeCluster } from "../../../../planning/cluster/clusterDescription";
import { sampleSettings } from "../../settings/sampleSettings";
import { healthy } from "./guardianFixtures";

const cluster = describeCluster(sampleSettings(), "bucket");

/** All is well, but for the brokers that are out. */
function scene(...out: string[]) {
  const state = {
    out,
    groupsFail: false,
    kafkaFails: false,
    report: { diskFull: false, summary: "" } as SelfReport | undefined,
  };
  const asked = { groups: 0, partitions: 0, nodes: [] as string[][] };
  const ids = cluster.brokers.map(({ id }) => id);
  const observer = new Observer(
    cluster,
    {
      describe: (names) => {
        asked.groups++;
        if (state.groupsFail)
          return Promise.reject(Object.assign(new Error("not\n allowed"), { name: "AccessDenied" }));
        return Promise.resolve(new Map(names.map((name) => [name, healthy(`i-${name}`)])));
      },
    },
    () =>
      Promise.resolve(
        cluster.brokers.map(({ name: node }): MembersObservation =>
          state.out.includes(node) ? { node, problem: "connection refused" } : { node, members: ids },
        ),
      ),
    () =>
      Promise.resolve(
        cluster.zookeeper.map(({ name: node, id }) => {
          if (state.out.includes(node)) return { node, problem: "connection refused" };
          return { node, mntr: id === 1 ? { serverState: "leader", syncedFollowers: 2 } : { serverState: "follower" } };
        }),
      ),
    (nodes) => {
      asked.nodes.push(nodes.map(({ name, role }) => `${role} ${name}`));
      const { report } = state;
      return Promise.resolve(new Map(report === undefined ? [] : nodes.map(({ name }) => [name, report])));
    },
    {
      metadata: () => {
        asked.partitions++;
        if (state.kafkaFails) return Promise.reject(new Error("no controller"));
        const partitions = [{ partition: 0, leader: 1, replicas: [1, 2], isr: [1] }];
        return Promise.resolve({ brokers: [], controllerId: 1, topics: [{ name: "t", partitions }] });
      },
      configs: (_type, names) =>
        Promise.resolve(
          new Map(names.map((name) => [name, { "min.insync.replicas": { value: "2", source: "topic" } }])),
        ),
    },
  );
  return { state, asked, observer };
}

/** @param seconds for which these have been out */
function outFor(seconds: number, ...names: string[]): Memory {
  const outSince = Date.now() - seconds * 1000;
  const nodes = Object.fromEntries(names.map((name) => [name, { outSince, attempts: 0, next: "" }]));
  return { ...freshMemory("test"), nodes };
}
const nobody = outFor(0);

describe("a look of the guardian", () => {
  it("asks for the groups once a minute while all is well, and each time when a node is out, or was", async () => {
    const { state, asked, observer } = scene();
    const well = await observer.observe(nobody);
    assert.ok(well.nodes.every(({ problem, group }) => problem === undefined && group?.instance !== undefined));
    const again = await observer.observe(nobody);
    assert.equal(asked.groups, 1);
    assert.ok(again.nodes.every(({ group }) => group === undefined));
    assert.equal(again.groupsProblem, undefined);
    const remembered = { ...nobody, nodes: { "kafka-2": { wellSince: Date.now(), attempts: 0, next: "" } } };
    await observer.observe(remembered);
    assert.equal(asked.groups, 1);
    await observer.observe(outFor(10, "kafka-2"));
    assert.equal(asked.groups, 2);
    state.out = ["kafka-2"];
    await observer.observe(nobody);
    assert.equal(asked.groups, 3);
  });

  it("asks what is in sync where two nodes are out, or were, and says why it can't be asked", async () => {
    const { state, asked, observer } = scene("kafka-2");
    assert.equal((await observer.observe(outFor(10, "kafka-2"))).partitions, undefined);
    assert.equal(asked.partitions, 0);
    const { partitions } = await observer.observe(outFor(10, "zookeeper-3"));
    assert.deepEqual(partitions, [{ topic: "t", partition: 0, replicas: [1, 2], isr: [1], minInsyncReplicas: 2 }]);
    state.kafkaFails = true;
    assert.equal((await observer.observe(outFor(10, "kafka-2", "kafka-4"))).partitions, "no controller");
  });

  it("says why the groups can't be asked, and asks again at the next look", async () => {
    const { state, asked, observer } = scene();
    state.groupsFail = true;
    const blind = await observer.observe(nobody);
    assert.equal(blind.groupsProblem, "AccessDenied: not allowed");
    assert.ok(blind.nodes.every(({ group }) => group === undefined));
    state.groupsFail = false;
    const seeing = await observer.observe(nobody);
    assert.deepEqual([asked.groups, seeing.groupsProblem], [2, undefined]);
  });

  it(
    "logs in on a node that has been out for a while, not at each look, and keeps what it said " + "until it is well",
    async () => {
      const { state, asked, observer } = scene("kafka-2", "zookeeper-3");
      const reportsOf = async (memory: Memory) =>
        (await observer.observe(memory)).nodes.filter(({ report }) => report !== undefined).map(({ name }) => name);
      assert.deepEqual(await reportsOf(nobody), []);
      assert.deepEqual(await reportsOf(outFor(19, "kafka-2", "zookeeper-3")), []);
      const memory = outFor(21, "kafka-2", "zookeeper-3", "kafka-4");
      assert.deepEqual(await reportsOf(memory), ["zookeeper-3", "kafka-2"]);
      assert.deepEqual(asked.nodes.at(-1), ["kafka kafka-2", "zookeeper zookeeper-3"]);
      assert.deepEqual(await reportsOf(memory), ["zookeeper-3", "kafka-2"]);
      assert.deepEqual(asked.nodes.at(-1), []);
      state.out = ["kafka-2"];
      assert.deepEqual(await reportsOf(memory), ["kafka-2"]);
      // Well in between: what it said then is forgotten, and it is asked again at once.
      state.out = [];
      assert.deepEqual(await reportsOf(memory), []);
      state.out = ["kafka-2"];
      state.report = undefined;
      assert.deepEqual(await reportsOf(memory), []);
      assert.deepEqual(asked.nodes.at(-1), ["kafka kafka-2"]);
    },
  );

  it("asks again after a while, and forgets what a node said that says nothing any more", async () => {
    const real = { date: Date.now, clock: performance.now.bind(performance) };
    let passed = 0;
    const begun = { date: Date.now(), clock: Math.ceil(performance.now()) };
    Date.now = () => begun.date + passed;
    performance.now = () => begun.clock + passed;
    try {
      const { state, asked, observer } = scene("kafka-2");
      const reported = async () => {
        const { nodes } = await observer.observe(memory);
        return nodes.some(({ report }) => report !== undefined);
      };
      const memory = outFor(20, "kafka-2");
      assert.equal(await reported(), true);
      state.report = undefined;
      passed = 19_999;
      assert.equal(await reported(), true);
      assert.deepEqual(asked.nodes.at(-1), []);
      passed = 20_000;
      assert.equal(await reported(), false);
      assert.deepEqual(asked.nodes.at(-1), ["kafka kafka-2"]);

      const well = scene();
      passed = 0;
      await well.observer.observe(nobody);
      passed = 59_999;
      await well.observer.observe(nobody);
      assert.equal(well.asked.groups, 1);
      passed = 60_000;
      await well.observer.observe(nobody);
      assert.equal(well.asked.groups, 2);
    } finally {
      Date.now = real.date;
      performance.now = real.clock;
    }
  });

  it("an AWS error is one line, of no endless length", () => {
    assert.equal(describeAwsProblem(new Error("a\n  b")), "a b");
    assert.equal(describeAwsProblem(Object.assign(new Error("x".repeat(999)), { name: "Throttling" })).length, 400);
  });
});
