import assert from "node:assert/strict";
import fc from "fast-check";
import { nextAction, type RollNode, type RollRules, type RollObservation } from "../../../../ops/roll/nextAction";
import { overrideText, parseOverrides, type RollOverride } from "../../../../planning/cluster/rollOverride";
import type { InsyncPartition } from "../../../../ops/insync";
import { parseRevisions } from "../../../../ops/roll/instances";
import { parseRevisionList } from "../../../../ops/roll/revisionList";
import { roll, type RollOptions, type RollWorld } from "../../../../ops/roll/run";

const today = "2026-11-29";
const rules: RollRules = { pool: "kafka", minimumRunning: 3, today };
const override = (topic: string, passOver: RollOverride["passOver"], day = today) => ({
  ...rules,
  override: [{ topic, passOver, day, reason: `because of ${topic}` }],
});

function node(id: number, more: Partial<RollNode> = {}): RollNode {
  return { name: `kafka-${id}`, id, current: false, instanceId: `i-${id}`, ...more };
}

function partition(more: Partial<InsyncPartition> = {}): InsyncPartition {
  return { topic: "t", partition: 0, replicas: [1, 2, 3, 4], isr: [1, 2, 3, 4], minInsyncReplicas: 2, ...more };
}

function view(more: Partial<RollObservation> = {}): RollObservation {
  return {
    nodes: [1, 2, 3, 4, 5].map((id) => node(id)),
    last: "kafka-1",
    missing: [],
    zookeeperMissing: [],
    partitions: [partition()],
    moving: [],
    ...more,
  };
}

describe("roll: what comes next", () => {
  it("nothing is out of date and the pool is whole: done", () => {
    const nodes = [1, 2, 3, 4, 5].map((id) => node(id, { current: true }));
    assert.deepEqual(nextAction(view({ nodes }), rules), { kind: "done" });
  });

  it("the controller goes last", () => {
    assert.deepEqual(nextAction(view(), rules), { kind: "replace", node: "kafka-2", notes: [] });
    const nodes = [1, 2, 3, 4, 5].map((id) => node(id, { current: id > 1 }));
    assert.deepEqual(nextAction(view({ nodes }), rules), { kind: "replace", node: "kafka-1", notes: [] });
  });

  it("all others go by their ids, in whatever order they are seen", () => {
    const nodes = [4, 1, 5, 2, 3].map((id) => node(id));
    assert.deepEqual(nextAction(view({ nodes }), rules), { kind: "replace", node: "kafka-2", notes: [] });
  });

  it("a node that is out does not go while another one has not caught up, or something else is amiss", () => {
    const nodes = [1, 2, 3, 4, 5].map((id) => node(id, id === 4 ? { problem: "connection refused" } : {}));
    const out = { node: "kafka-4", what: "connection refused" };
    const behind = [out, { node: "kafka-3", what: "not in the ISR of 4 partitions" }];
    const step = nextAction(view({ nodes, missing: behind }), rules);
    assert.deepEqual(step.kind === "wait" && step.nodes, ["kafka-3"]);
    const whole = [1, 2, 3, 4, 5].map((id) => node(id));
    assert.equal(nextAction(view({ nodes: whole, missing: [{ what: "no controller" }] }), rules).kind, "wait");
  });

  it("a node that is out goes first: also when partitions miss its copies or have no leader for it", () => {
    const nodes = [1, 2, 3, 4, 5].map((id) => node(id, id === 4 ? { problem: "connection refused" } : {}));
    const missing = [{ node: "kafka-4", what: "connection refused" }, { what: "1 partitions without a leader" }];
    const partitions = [partition({ isr: [1, 2, 3] })];
    assert.deepEqual(nextAction(view({ nodes, missing, partitions }), rules), {
      kind: "replace",
      node: "kafka-4",
      notes: [],
    });
  });

  it("never while another node is out, catches up, or is replaced by its group", () => {
    const current = (id: number, more: Partial<RollNode>) =>
      [1, 2, 3, 4, 5].map((each) => node(each, each === id ? more : {}));
    const out = nextAction(view({ nodes: current(3, { current: true, problem: "not registered" }) }), rules);
    assert.match(JSON.stringify(out), /"wait".*kafka-2 is not replaced while kafka-3 \(not registered\) is out/);
    const behind = nextAction(view({ missing: [{ node: "kafka-3", what: "not in the ISR of 4 partitions" }] }), rules);
    assert.match(
      JSON.stringify(behind),
      /"wait".*before the others are whole: kafka-3: not in the ISR of 4 partitions/,
    );
    const busy = nextAction(view({ nodes: current(5, { groupBusy: "has no instance" }) }), rules);
    assert.match(JSON.stringify(busy), /"wait".*kafka-5's group has no instance/);
    assert.deepEqual(busy.kind === "wait" && busy.nodes, ["kafka-5"]);
  });

  it("never while ZooKeeper is not whole, or partitions are being moved", () => {
    const ensemble = nextAction(view({ zookeeperMissing: [{ node: "zookeeper-2", what: "no connection" }] }), rules);
    assert.match(JSON.stringify(ensemble), /"wait".*ZooKeeper is not whole: zookeeper-2: no connection/);
    assert.match(
      JSON.stringify(nextAction(view({ moving: ["t-7"] }), rules)),
      /"wait".*1 partitions are being moved \(t-7\)/,
    );
  });

  it("stops where writes would stop, names the partitions and the remedy; an override goes on and says so", () => {
    const partitions = [partition({ topic: "single", replicas: [2, 3], isr: [2, 3] }), partition()];
    const stop = nextAction(view({ partitions }), rules);
    assert.match(JSON.stringify(stop), /"stop".*single-0.*rollOverride/);
    const forced = nextAction(view({ partitions }), override("single", ["writes"]));
    assert.match(JSON.stringify(forced), /"replace","node":"kafka-2".*overridden \(because of single\): .*single-0/);
  });

  it("passes over nothing of other topics, nor other things, nor on another day", () => {
    const partitions = [
      partition({ topic: "single", replicas: [2, 3], isr: [2, 3] }),
      partition({ topic: "other", replicas: [2, 3], isr: [2, 3] }),
    ];
    const stop = nextAction(view({ partitions }), override("single", ["writes", "behind", "moving"]));
    assert.match(JSON.stringify(stop), /"stop".*the writes of 1 partitions.*sync: other-0\./);
    const [single = partition()] = partitions;
    const alone = view({ partitions: [single] });
    assert.equal(nextAction(alone, override("single", ["behind", "moving"])).kind, "stop");
    assert.equal(nextAction(alone, override("singl", ["writes"])).kind, "stop");
    assert.equal(nextAction(alone, override("single", ["writes"])).kind, "replace");
    const late = nextAction(alone, override("single", ["writes"], "2026-11-28"));
    assert.match(JSON.stringify(late), /"stop","node":"kafka-2".*is for 2026-11-28, and today is 2026-11-29 \(UTC\)/);
    const nodes = [1, 2, 3, 4, 5].map((id) => node(id, { current: true }));
    assert.equal(nextAction(view({ nodes }), override("single", ["writes"], "2026-11-28")).kind, "done");
  });

  it("passes over copies that are moving or behind, of its topic", () => {
    const moving = view({ moving: ["t-7", "a-b-0"] });
    assert.match(JSON.stringify(nextAction(moving, override("t", ["moving"]))), /"wait".*while 1 .*moved \(a-b-0\)/);
    const both = {
      ...rules,
      override: [...override("t", ["moving"]).override, ...override("a-b", ["moving"]).override],
    };
    const passed = nextAction(moving, both);
    assert.match(JSON.stringify(passed), /"replace".*\(because of t, because of a-b\): being moved: t-7, a-b-0/);
    const behind = [{ node: "kafka-3", what: "not in the ISR of 2 partitions", partitions: ["t-0", "t-1"] }];
    assert.equal(nextAction(view({ missing: behind }), rules).kind, "wait");
    assert.equal(nextAction(view({ missing: behind }), override("t", ["moving", "writes"])).kind, "wait");
    assert.equal(nextAction(view({ missing: behind }), override("t", ["behind"])).kind, "replace");
    const more = [{ ...behind[0]!, partitions: ["t-0", "u-1"] }];
    assert.equal(nextAction(view({ missing: more }), override("t", ["behind"])).kind, "wait");
    const silent = [...behind, { node: "kafka-3", what: "no connection" }];
    assert.equal(nextAction(view({ missing: silent }), override("t", ["behind"])).kind, "wait");
  });

  it("an override passes over no node that is out", () => {
    const nodes = [1, 2, 3, 4, 5].map((id) => node(id, id === 3 ? { current: true, problem: "not registered" } : {}));
    assert.equal(nextAction(view({ nodes }), override("t", ["writes", "behind", "moving"])).kind, "wait");
  });

  it("a topic that just keeps its minimum is named, and holds nothing up", () => {
    const step = nextAction(view({ partitions: [partition({ replicas: [2, 3, 4], isr: [2, 3, 4] })] }), rules);
    assert.match(JSON.stringify(step), /"replace".*while kafka-2 is away one more failure would stop the writes of t/);
  });

  it("ZooKeeper's members go one by one, the leader last, and only while all others are whole", () => {
    const members = [1, 2, 3].map((id) => node(id, { name: `zookeeper-${id}` }));
    const ensemble = (more: Partial<RollObservation> = {}) =>
      nextAction(view({ nodes: members, last: "zookeeper-1", partitions: [], ...more }), {
        pool: "zookeeper",
        minimumRunning: 5,
        today,
      });
    assert.deepEqual(ensemble(), { kind: "replace", node: "zookeeper-2", notes: [] });
    const behind = ensemble({ missing: [{ node: "zookeeper-3", what: "not caught up" }] });
    assert.match(
      JSON.stringify(behind),
      /"wait".*zookeeper-2 is not replaced before the others are whole: zookeeper-3/,
    );
    assert.deepEqual(behind.kind === "wait" && behind.nodes, ["zookeeper-3"]);
    const out = members.map((one) => (one.id === 3 ? { ...one, problem: "no connection" } : one));
    const others = [{ node: "zookeeper-3", what: "no connection" }, { what: "1 of 2 followers in sync" }];
    assert.deepEqual(ensemble({ nodes: out, missing: others }), { kind: "replace", node: "zookeeper-3", notes: [] });
    const leaderless = { nodes: members, last: undefined, partitions: [], missing: [{ what: "no leader" }] };
    assert.equal(ensemble(leaderless).kind, "wait", "nobody is out who explains it");
  });

  it("waits for what is missing where nothing is out of date, and names the nodes to look at", () => {
    const nodes = [1, 2, 3, 4, 5].map((id) => node(id, { current: true }));
    const missing = [
      { node: "kafka-3", what: "not registered" },
      { what: "no controller" },
      { node: "kafka-3", what: "behind" },
      { node: "kafka-5", what: "no connection" },
    ];
    assert.deepEqual(nextAction(view({ nodes, missing }), rules), {
      kind: "wait",
      why: "kafka-3: not registered, behind; cluster: no controller; kafka-5: no connection",
      nodes: ["kafka-3", "kafka-5"],
    });
    const two = nodes.map((one) => (one.id > 3 ? { ...one, current: undefined } : one));
    assert.deepEqual(nextAction(view({ nodes: two, missing }), rules), {
      kind: "wait",
      why: "what kafka-4, kafka-5 were started from is not known yet",
      nodes: ["kafka-4", "kafka-5"],
    });
    const out = [1, 2, 3, 4, 5].map((id) => node(id, id > 3 ? { problem: "no connection" } : {}));
    const step = nextAction(view({ nodes: out }), rules);
    assert.deepEqual(step.kind === "wait" && step.nodes, ["kafka-5"]);
  });

  it("a broker that is out takes nothing away by being replaced, and no other's partitions count", () => {
    const nodes = [1, 2, 3, 4, 5].map((id) => node(id, id === 4 ? { problem: "connection refused" } : {}));
    const missing = [{ node: "kafka-4", what: "connection refused" }];
    const partitions = [
      partition({ replicas: [4, 5], isr: [5] }),
      partition({ topic: "bare", replicas: [4, 5, 3], isr: [5, 3] }),
    ];
    assert.deepEqual(nextAction(view({ nodes, missing, partitions }), rules), {
      kind: "replace",
      node: "kafka-4",
      notes: [],
    });
    const elsewhere = [partition({ replicas: [3, 4], isr: [3, 4] })];
    assert.deepEqual(nextAction(view({ partitions: elsewhere }), rules), {
      kind: "replace",
      node: "kafka-2",
      notes: [],
    });
  });

  it("leaves minimumRunning brokers, and says what to do where that is all there are", () => {
    const nodes = [1, 2, 3].map((id) => node(id));
    assert.match(
      JSON.stringify(nextAction(view({ nodes }), rules)),
      /"stop".*only 2 other brokers.*brokerMinimumRunning is 3/,
    );
    assert.equal(nextAction(view({ nodes: [...nodes, node(4)] }), rules).kind, "replace");
  });

  it("property: whatever the state, a node is only taken while every other one is in service", () => {
    const mostly = <T>(usual: T, ...others: T[]) =>
      fc.oneof({ weight: 6, arbitrary: fc.constant(usual) }, { weight: 1, arbitrary: fc.constantFrom(...others) });
    const anyNode = (id: number) =>
      fc
        .record({
          problem: mostly<string | undefined>(undefined, "out"),
          current: fc.constantFrom(true, false),
          groupBusy: mostly<string | undefined>(undefined, "is busy"),
        })
        .map((one) => node(id, one));
    const states = fc.record({
      nodes: fc.tuple(...[1, 2, 3, 4, 5].map(anyNode)),
      overridden: fc.boolean(),
    });
    const stepOf = ({ nodes, overridden }: { nodes: RollNode[]; overridden: boolean }) => {
      const missing = nodes.filter(({ problem }) => problem).map(({ name }) => ({ node: name, what: "out" }));
      return nextAction(view({ nodes, missing }), overridden ? override("t", ["writes", "behind", "moving"]) : rules);
    };
    const kinds = fc.sample(states, { numRuns: 500, seed: 1 }).map((state) => stepOf(state).kind);
    assert.ok(
      kinds.filter((kind) => kind === "replace").length > 100,
      "the states of this test have replacements in them",
    );
    fc.assert(
      fc.property(states, (state) => {
        const { nodes } = state;
        const step = stepOf(state);
        if (step.kind === "replace") {
          const others = nodes.filter(({ name }) => name !== step.node);
          assert.ok(others.every(({ problem, groupBusy }) => problem === undefined && groupBusy === undefined));
          const taken = nodes.find(({ name }) => name === step.node);
          assert.deepEqual([taken?.current, taken?.groupBusy], [false, undefined]);
        } else if (step.kind === "done") {
          assert.ok(nodes.every(({ current, problem, groupBusy }) => current === true && !problem && !groupBusy));
        } else
          assert.ok(
            nodes.some(({ problem, groupBusy }) => problem ?? groupBusy),
            JSON.stringify(step),
          );
      }),
    );
  });
});

/** Five brokers that come back a few looks after they were replaced. */
class FakeWorld implements RollWorld {
  readonly deeds: string[] = [];
  nodes: RollNode[] = [1, 2, 3, 4, 5].map((id) => node(id));
  /** Looks until a replaced node is back; Infinity: never. */
  returns: (name: string) => number = () => 2;
  private readonly awaits = new Map<string, number>();
  leastInService = 5;
  hopelessReason: string | undefined;
  /** Whether another node follows, at each settling. */
  readonly more: boolean[] = [];

  observe(): Promise<RollObservation> {
    this.nodes = this.nodes.map((one) => {
      const left = (this.awaits.get(one.name) ?? 0) - 1;
      this.awaits.set(one.name, left);
      return left > 0 || one.problem === undefined || !one.current ? one : { ...one, problem: undefined };
    });
    const out = this.nodes.filter(({ problem }) => problem !== undefined);
    this.leastInService = Math.min(this.leastInService, 5 - out.length);
    return Promise.resolve(
      view({ nodes: this.nodes, missing: out.map(({ name, problem = "" }) => ({ node: name, what: problem })) }),
    );
  }
  stopService(name: string): Promise<void> {
    this.deeds.push(`stop ${name}`);
    return Promise.resolve();
  }
  recovering: string | undefined;
  recovers(name: string): Promise<boolean> {
    return Promise.resolve(name === this.recovering);
  }
  keepLogs(name: string, id: string): Promise<string | undefined> {
    assert.ok(!this.deeds.includes(`replace ${id}`), "they have gone with it");
    return Promise.resolve(`its last logs are kept as ${name}-${id}`);
  }
  replaceInstance(id: string): Promise<void> {
    this.deeds.push(`replace ${id}`);
    this.nodes = this.nodes.map((one) => {
      if (one.instanceId !== id) return one;
      this.awaits.set(one.name, this.returns(one.name));
      return { ...one, current: true, instanceId: `${id}-new`, problem: "no connection" };
    });
    return Promise.resolve();
  }
  settle(more: boolean): Promise<void> {
    this.deeds.push("settle");
    this.more.push(more);
    return Promise.resolve();
  }
  hopeless(): Promise<string | undefined> {
    return Promise.resolve(this.hopelessReason);
  }
  evidence(nodes: readonly string[]) {
    return Promise.resolve(nodes.map((name) => ({ node: name, text: `log of ${name}` })));
  }
}

async function run(world: FakeWorld, more: Partial<RollOptions> = {}) {
  const lines: string[] = [];
  const complaints: string[] = [];
  const outcome = await roll(world, {
    ...rules,
    stepSeconds: 5,
    report: (line) => lines.push(line),
    complain: (text) => complaints.push(text),
    intervalMs: 1,
    hopelessMs: 5,
    ...more,
  });
  return { outcome, passed: outcome === "done", lines, complaint: complaints.join("\n") };
}

describe("roll", () => {
  it("replaces every node once, in order, each stopped first and awaited, and then says so", async () => {
    const world = new FakeWorld();
    const { passed, lines } = await run(world);
    assert.ok(passed);
    const order = [2, 3, 4, 5, 1].flatMap((id) => [`stop kafka-${id}`, `replace i-${id}`, "settle"]);
    assert.deepEqual(world.deeds, order);
    assert.equal(world.leastInService, 4);
    assert.match(lines.at(-1) ?? "", /whole after \d+ s: replaced kafka-2, kafka-3, kafka-4, kafka-5, kafka-1$/);
    assert.ok(lines.some((line) => /kafka-3 is back.*3 to go, about \d+ s/.test(line)));
  });

  it("tells how many nodes it has to replace, and each that is back", async () => {
    const world = new FakeWorld();
    world.nodes = world.nodes.map((one) => ({ ...one, current: one.id > 2 }));
    const told: string[] = [];
    await run(world, { progress: (nodes, done) => told.push(`${done} of ${nodes}`) });
    assert.deepEqual(told, ["0 of 2", "1 of 2", "2 of 2"]);
    world.nodes = world.nodes.map((one) => ({ ...one, current: true }));
    await run(world, { progress: (nodes, done) => told.push(`${done} of ${nodes}`) });
    assert.equal(told.at(-1), "0 of 0");
  });

  it("nothing out of date: touches nothing", async () => {
    const world = new FakeWorld();
    world.nodes = world.nodes.map((one) => ({ ...one, current: true }));
    assert.ok((await run(world)).passed);
    assert.deepEqual(world.deeds, []);
  });

  it("a node that does not come back ends it: the error has its log, the others are untouched", async () => {
    const world = new FakeWorld();
    world.returns = (name) => (name === "kafka-3" ? Infinity : 1);
    world.hopelessReason = "kafka-3: kafka.service has ended 6 times since the boot";
    const { passed, complaint } = await run(world);
    assert.equal(passed, false);
    assert.match(complaint, /kafka\.service has ended 6 times/);
    assert.match(complaint, /1 nodes were replaced \(kafka-2\), 4 are not yet/);
    assert.match(complaint, /----- kafka-3 -----\nlog of kafka-3/);
    assert.deepEqual(world.deeds.slice(-2), ["stop kafka-3", "replace i-3"]);
  });

  it(
    "a replacement that AWS refuses, or a service that can't be stopped, ends it at once: nothing " + "is waited for",
    async () => {
      const stuck = new FakeWorld();
      stuck.stopService = () => Promise.reject(new Error("systemctl: no answer"));
      const refused = new FakeWorld();
      refused.replaceInstance = () => Promise.reject(new Error("AccessDenied: not allowed"));
      for (const [world, why, deeds] of [
        [stuck, /kafka-2 could not be replaced: systemctl: no answer/, []],
        [refused, /kafka-2 could not be replaced: AccessDenied: not allowed/, ["stop kafka-2"]],
      ] as const) {
        const { outcome, lines, complaint } = await run(world);
        assert.equal(outcome, "failed");
        assert.match(complaint, why);
        assert.match(complaint, /0 nodes were replaced \(none\), 5 are not yet/);
        assert.match(complaint, /----- kafka-2 -----\nlog of kafka-2/);
        assert.deepEqual(world.deeds, deeds);
        assert.ok(!lines.some((line) => line.includes("waiting")), lines.join("\n"));
      }
    },
  );

  it("without hope or despair it gives up at its deadline", async () => {
    const world = new FakeWorld();
    world.returns = () => Infinity;
    const { passed, complaint } = await run(world, { stepSeconds: 1 });
    assert.equal(passed, false);
    assert.match(complaint, /gave up after 1 s: kafka-2: kafka-2: no connection/);
  });

  it(
    "one that was cut off carries on: the node that it left stopped goes first, those that are done " +
      "are left alone",
    async () => {
      const world = new FakeWorld();
      world.nodes = [1, 2, 3, 4, 5].map((id) =>
        node(id, { current: id === 2, problem: id === 3 ? "connection refused" : undefined }),
      );
      assert.ok((await run(world)).passed);
      assert.deepEqual(world.deeds.slice(0, 4), ["replace i-3", "settle", "stop kafka-4", "replace i-4"]);
      assert.ok(!world.deeds.includes("replace i-2"));
    },
  );

  it("begins with no further node when it has taken long enough, and the next one does the rest", async () => {
    const world = new FakeWorld();
    const { outcome, complaint } = await run(world, { waitSeconds: 0 });
    assert.equal(outcome, "unfinished");
    assert.match(complaint, /1 of 5 nodes are replaced \(kafka-2\) and the pool is whole.*`pulumi up` again/);
    assert.deepEqual(world.deeds, ["stop kafka-2", "replace i-2", "settle"]);
    assert.equal((await run(world)).outcome, "done");
    assert.equal(world.deeds.filter((deed) => deed.startsWith("replace")).length, 5);
  });

  it("is not done with a node before its new instance is there: the old one may look well for a while", async () => {
    for (const meanwhile of [{ current: false }, { current: undefined }, { groupBusy: "has no instance" }]) {
      const world = new FakeWorld();
      const observe = world.observe.bind(world);
      let late = 0;
      world.observe = async () => {
        const seen = await observe();
        if (world.deeds.length !== 2 || late++ > 5) return seen;
        const nodes = seen.nodes.map((one) =>
          one.name === "kafka-2" ? { ...one, current: true, problem: undefined, ...meanwhile } : one,
        );
        return { ...seen, nodes, missing: [] };
      };
      const { passed, lines } = await run(world);
      assert.ok(passed);
      assert.deepEqual(world.deeds.slice(0, 5), [
        "stop kafka-2",
        "replace i-2",
        "settle",
        "stop kafka-3",
        "replace i-3",
      ]);
      assert.equal(world.deeds.length, 15);
      const why = "groupBusy" in meanwhile ? "its group has no instance" : "its new instance has not been seen yet";
      assert.ok(
        lines.some((line) => line.startsWith(`roll kafka: waiting: kafka-2: ${why} (`)),
        lines.join("\n"),
      );
    }
  });

  it("does not end a broker that recovers its logs: it waits for it, and gives up in the end", async () => {
    const world = new FakeWorld();
    world.nodes = [1, 2, 3, 4, 5].map((id) => node(id, id === 3 ? { problem: "not registered" } : {}));
    world.recovering = "kafka-3";
    const { passed, complaint } = await run(world, { stepSeconds: 0.2 });
    assert.equal(passed, false);
    assert.deepEqual(world.deeds, []);
    assert.match(complaint, /gave up after 0.2 s: kafka-3 recovers its logs, and its new instance would begin/);
    // One that is in service is not asked.
    const well = new FakeWorld();
    well.recovering = "kafka-3";
    assert.ok((await run(well)).passed);
  });

  it("goes on with copies behind that it may pass over, and ends well only when none is", async () => {
    const world = new FakeWorld();
    const observe = world.observe.bind(world);
    let left = true;
    world.observe = async () => {
      const seen = await observe();
      if (world.deeds.filter((deed) => deed.startsWith("replace")).length === 5) left = false;
      const behind = { node: "kafka-1", what: "not in the ISR of 1 partitions: t-0", partitions: ["t-0"] };
      return { ...seen, missing: left ? [...seen.missing, behind] : seen.missing };
    };
    const { passed, lines } = await run(world, override("t", ["behind"]));
    assert.ok(passed, lines.join("\n"));
    // Not for kafka-1 itself.
    assert.equal(
      lines.filter((line) => line.includes("note: overridden (because of t): not all in sync: t-0")).length,
      4,
    );
  });

  it("waits for what is amiss before it begins, and says which node of how many it is at", async () => {
    const world = new FakeWorld();
    const observe = world.observe.bind(world);
    let looks = 0;
    world.nodes = world.nodes.map((one) => ({ ...one, current: one.id !== 3 && one.id !== 4 }));
    world.observe = async () => {
      const seen = await observe();
      return ++looks > 3 ? seen : { ...seen, zookeeperMissing: [{ node: "zookeeper-1", what: "no connection" }] };
    };
    const { lines } = await run(world);
    assert.match(
      lines[0] ?? "",
      /^roll kafka: waiting: kafka-3 is not replaced while ZooKeeper is not whole: zookeeper-1/,
    );
    assert.ok(lines.some((line) => /^roll kafka: kafka-3 \(1 of 2\): stopping its service \(0 s\)$/.test(line)));
    assert.ok(lines.includes("roll kafka: kafka-4: its last logs are kept as kafka-4-i-4"));
    assert.ok(lines.some((line) => /^roll kafka: kafka-4 \(2 of 2\): stopped after 0 s, replacing.* i-4/.test(line)));
    assert.ok(lines.some((line) => /kafka-3 is back and the pool is whole \(0 s\); 1 to go, about \d s$/.test(line)));
    assert.ok(lines.some((line) => /kafka-4 is back and the pool is whole \(0 s\)$/.test(line)));
    assert.deepEqual(world.more, [true, false]);
  });

  it("ends at once where a person has to decide, and touches nothing", async () => {
    const world = new FakeWorld();
    world.nodes = world.nodes.slice(0, 3);
    const { outcome, complaint, lines } = await run(world);
    assert.equal(outcome, "failed");
    assert.match(complaint, /^roll kafka: kafka-2 is not replaced: only 2 other brokers would be left/);
    assert.match(complaint, /\n0 nodes were replaced \(none\), 3 are not yet as the settings say/);
    assert.deepEqual([world.deeds, lines], [[], []]);
    assert.doesNotMatch(complaint, /-----/);
  });

  it("says the same again when nothing else was said for a while, and not before", async () => {
    const waiting = async (progressMs: number) => {
      const world = new FakeWorld();
      world.returns = (name) => (name === "kafka-2" ? Infinity : 1);
      const { lines } = await run(world, { stepSeconds: 1, progressMs });
      return lines.filter((line) => line.startsWith("roll kafka: waiting: kafka-2: kafka-2: no connection")).length;
    };
    assert.equal(await waiting(60_000), 1);
    const often = await waiting(100);
    assert.ok(often >= 3 && often <= 11, `${often}`);
  });

  it("asks now and then whether there is any hope, and not where no node is to blame", async () => {
    const asked: string[] = [];
    const hopeless = (nodes: readonly string[]) => {
      asked.push(nodes.join());
      return Promise.reject(new Error("ssh: no answer"));
    };
    const dead = Object.assign(new FakeWorld(), { hopeless });
    dead.returns = () => Infinity;
    await run(dead, { stepSeconds: 1, hopelessMs: 300 });
    assert.ok(asked.length >= 1 && asked.length <= 5, `${asked.length}`);
    assert.deepEqual([...new Set(asked)], ["kafka-2"]);
    asked.length = 0;
    const blind = Object.assign(new FakeWorld(), { hopeless, observe: () => Promise.reject(new Error("Throttling")) });
    const { complaint, lines } = await run(blind, { stepSeconds: 1, hopelessMs: 1 });
    assert.match(complaint, /^roll kafka: gave up after 1 s: can't tell: Throttling/);
    assert.deepEqual(asked, []);
    assert.ok(!lines.some((line) => line.includes("asking")));
  });

  it("leaders that do not return, and evidence that can't be had, hold nothing up", async () => {
    const world = new FakeWorld();
    world.settle = () => Promise.reject(new Error("no controller"));
    const { passed, lines } = await run(world);
    assert.ok(passed);
    assert.equal(lines.filter((line) => line === "roll: leaders stay for now: no controller").length, 5);
    const stuck = new FakeWorld();
    stuck.stopService = () => Promise.reject(new Error("no answer"));
    stuck.evidence = () => Promise.reject(new Error("no ssh"));
    const failed = await run(stuck);
    assert.match(failed.complaint, /could not be replaced: no answer\n0 nodes were replaced/);
    assert.ok(failed.lines.includes("roll kafka: asking kafka-2 what is wrong"));
  });

  it("notes what it has to know who reads it later", async () => {
    const world = new FakeWorld();
    const observe = world.observe.bind(world);
    world.nodes = world.nodes.map((one) => ({ ...one, current: one.id !== 2 }));
    world.observe = async () => ({
      ...(await observe()),
      partitions: [partition({ replicas: [2, 3, 4], isr: [2, 3, 4] })],
    });
    const { lines } = await run(world);
    assert.equal(lines[0], "roll kafka: note: while kafka-2 is away one more failure would stop the writes of t");
  });

  describe("as time passes", () => {
    const realNow = Date.now;
    let now: number;
    beforeEach(() => {
      now = realNow();
      Date.now = () => now;
    });
    afterEach(() => {
      Date.now = realNow;
    });
    /** A world in which stopping a service, and waiting for its next look, take these seconds. */
    const slow = (stopSeconds: number, lookSeconds = 0) => {
      const world = new FakeWorld();
      const [observe, stopService] = [world.observe.bind(world), world.stopService.bind(world)];
      world.observe = () => {
        now += lookSeconds * 1000;
        return observe();
      };
      world.stopService = (name) => {
        now += stopSeconds * 1000;
        return stopService(name);
      };
      return world;
    };

    it("says how long each node took, and how long the rest will take at that pace", async () => {
      const { lines } = await run(slow(60), { stepSeconds: 900 });
      const back = lines.filter((line) => line.includes("is back"));
      assert.deepEqual(
        back.map((line) => /\((\d+) s\)(?:; (\d) to go, about (\d+) s)?$/.exec(line)?.slice(1)),
        [
          ["60", "4", "240"],
          ["60", "3", "180"],
          ["60", "2", "120"],
          ["60", "1", "60"],
          ["60", undefined, undefined],
        ],
      );
      assert.ok(lines.some((line) => /kafka-2 \(1 of 5\): stopped after 60 s/.test(line)));
      assert.match(lines.at(-1) ?? "", /whole after 300 s/);
    });

    it("begins with no further node once it has taken its time, and with one just before", async () => {
      const long = slow(60);
      const { outcome } = await run(long, { stepSeconds: 900, waitSeconds: 120 });
      assert.equal(outcome, "unfinished");
      assert.equal(long.deeds.filter((deed) => deed.startsWith("replace")).length, 2);
      assert.equal((await run(slow(60), { stepSeconds: 900, waitSeconds: 900 })).outcome, "done");
    });

    it("gives each node the same time, asks for hope and repeats itself every so often in it", async () => {
      const world = slow(0, 1);
      world.returns = (name) => (name === "kafka-3" ? Infinity : 4);
      let asked = 0;
      world.hopeless = () => {
        asked++;
        return Promise.resolve(undefined);
      };
      const { complaint, lines } = await run(world, { stepSeconds: 10, hopelessMs: 3000, progressMs: 4000 });
      assert.match(complaint, /^roll kafka: gave up after 10 s: kafka-3: /);
      const waiting = (name: string) => lines.filter((line) => line.startsWith(`roll kafka: waiting: ${name}: `));
      assert.deepEqual(
        waiting("kafka-3").map((line) => /\((\d+) s\)$/.exec(line)?.[1]),
        ["1", "5", "9"],
      );
      // After 3 s of the 4 that kafka-2 takes; after 3, 6 and 9 s of kafka-3's.
      assert.equal(asked, 4);
    });

    it("keeps talking while a node stops its service, and is silent when it is over", async () => {
      const world = new FakeWorld();
      world.stopService = async () => {
        now += 6000;
        await new Promise((resolve) => setTimeout(resolve, 300));
        throw new Error("no answer");
      };
      const { lines } = await run(world);
      assert.equal(lines.filter((line) => line.includes("stopping its service")).length, 2);
      const told = lines.length;
      now += 60_000;
      await new Promise((resolve) => setTimeout(resolve, 300));
      assert.equal(lines.length, told);
    });
  });

  it("a look that fails is waited out", async () => {
    const world = new FakeWorld();
    const observe = world.observe.bind(world);
    let failures = 3;
    world.observe = () => (failures-- > 0 ? Promise.reject(new Error("Throttling")) : observe());
    const { passed, lines } = await run(world);
    assert.ok(passed);
    assert.ok(lines.some((line) => line.includes("can't tell: Throttling")));
  });
});

describe("roll: its input", () => {
  it("overrides come through a command line as they are", () => {
    const overrides: RollOverride[] = [
      { topic: "a.b-c_1", passOver: ["writes", "moving"], day: today, reason: "INC-7: see https://x/#1, now" },
      { topic: "__consumer_offsets", passOver: ["behind"], day: "2026-12-01", reason: "because" },
    ];
    assert.deepEqual(parseOverrides(overrideText(overrides)), overrides);
    for (const text of ["", "because", "t:writes", "t:writes:today:why", "t:writes:2026-11-29:why;"])
      assert.throws(() => parseOverrides(text), /TOPIC:CHECKS:DAY:REASON is wanted/, text);
  });

  it("reads the instances' revisions", () => {
    const instance = (InstanceId: string, Tags: object[]) => ({ Instances: [{ InstanceId, Tags }] });
    const json = JSON.stringify({
      Reservations: [
        instance("i-1", [
          { Key: "Name", Value: "x" },
          { Key: "kafka-on-ec2:revision", Value: "abc" },
        ]),
        instance("i-2", []),
      ],
    });
    assert.deepEqual([...parseRevisions(json)], [["i-1", "abc"]]);
  });

  it("--revisions names every node once", () => {
    const nodes = ["kafka-1", "kafka-2"];
    assert.deepEqual(
      [...parseRevisionList("kafka-1=a,kafka-2=b", nodes)],
      [
        ["kafka-1", "a"],
        ["kafka-2", "b"],
      ],
    );
    assert.throws(() => parseRevisionList("kafka-1=a,kafka-3=c", nodes), {
      message:
        "--revisions kafka-1=a,kafka-3=c: each of kafka-1, kafka-2 once, as NODE=REVISION, is wanted: " +
        'kafka-2 is missing, there is no node "kafka-3"',
    });
    assert.throws(() => parseRevisionList("kafka-1=a,kafka-1=a,kafka-2=b", nodes), /is wanted$/);
    for (const text of [
      "",
      "kafka-1=a",
      "kafka-1=a,kafka-2=",
      "kafka-1=a,kafka-2=b,kafka-3=c",
      "kafka-1=a,kafka-1=a,kafka-2=b",
    ])
      assert.throws(() => parseRevisionList(text, nodes), /each of kafka-1, kafka-2 once/, text);
  });
});
