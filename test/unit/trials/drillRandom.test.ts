import assert from "node:assert/strict";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { faultInfo, faultNames, faultsOf, zonesHit, type FaultName } from "../../../trials/drills/catalog";
import { changeNames, isChangeName } from "../../../trials/drills/changeCatalog";
import { LeastInService } from "../../../trials/drills/changes/leastInService";
import { atOnce } from "../../../trials/drills/faults/atOnce";
import { inject } from "../../../trials/drills/faults";
import { Interrupted } from "../../../trials/drills/interruptible";
import { brokersTaken, drillInfo, pairNames, whyNotTogether } from "../../../trials/drills/pairs";
import { examination } from "../../../trials/drills/random/examine";
import { leftBehind, leftForGood } from "../../../trials/drills/random/leftBehind";
import { randomSteps } from "../../../trials/drills/random/steps";
import { seriesText } from "../../../trials/drills/random/summary";
import { drillRun, loadReport } from "./drillFixtures";
import { cluster, FakeMachines, stateWith } from "./drillMachines";

const seeds = fc.nat(2 ** 32 - 1);
const fault = fc.constantFrom(...faultNames);

describe("two faults at once", () => {
  it("never take more than the copies and ZooKeeper's majority can do without", () => {
    for (const pair of pairNames) {
      const faults = faultsOf(pair);
      assert.equal(faults.length, 2, pair);
      assert.ok(brokersTaken(pair) <= cluster.replicationFactor - cluster.minInsyncReplicas, pair);
      assert.ok(faults.filter((name) => name.startsWith("zone-") && name !== "zone-disk-hang").length < 2, pair);
    }
    assert.ok(pairNames.includes("freeze+zk-kill-leader") && pairNames.includes("freeze+silent"));
    assert.ok(!pairNames.some((pair) => pair.includes("zk-quorum-loss") && !pair.includes("bad-client")));
  });

  it("meet or not whichever is named first", () => {
    fc.assert(
      fc.property(fault, fault, (one, other) => {
        assert.equal(whyNotTogether(one, other) === undefined, whyNotTogether(other, one) === undefined);
        assert.deepEqual(faultsOf(`${one}+${other}`), faultsOf(`${other}+${one}`));
      }),
    );
  });

  it("have both budgets, and an election's time where one is ZooKeeper's", () => {
    const budget = (name: FaultName) => faultInfo(name).budgetMs;
    assert.equal(drillInfo("freeze+silent").budgetMs, budget("freeze") + budget("silent"));
    assert.equal(drillInfo("freeze+zk-corrupt").budgetMs, budget("freeze") + budget("zk-corrupt") + 4000);
    const { lastsSeconds, onAws, title } = drillInfo("disk-hang+silent");
    assert.deepEqual([lastsSeconds, onAws], [120, false]);
    assert.match(title, /^machine lost: .*; at once: broker's disk hangs|^broker's disk.*; at once: machine lost/);
    assert.deepEqual(zonesHit("zone-2+ops-lost", cluster), ["us-east-1b"]);
  });

  it("hit different brokers", async () => {
    const machines = new FakeMachines(stateWith(["kafka-4", "kafka-4", "kafka-3", "kafka-2"]));
    const { nodes, what } = await atOnce(faultsOf("freeze+silent"), (name, hit) =>
      inject(name as "freeze", machines, "drill", hit),
    );
    assert.deepEqual(nodes, ["kafka-4", "kafka-2"]);
    assert.match(what, /SIGSTOP of kafka-4 .*; machine of kafka-2 .* dead/);
  });

  it("are both undone, also when one can't be, or the second one not be made", async () => {
    const undone: string[] = [];
    const make = (bad?: FaultName) => (name: FaultName) =>
      name === bad
        ? Promise.reject(new Error(`no ${name}`))
        : Promise.resolve({
            what: name,
            nodes: [name],
            at: name === "freeze" ? 2 : 1,
            undo: () => {
              undone.push(name);
              return name === "freeze" ? Promise.reject(new Error("frozen for good")) : Promise.resolve();
            },
          });
    const both = await atOnce(["freeze", "silent"], make());
    assert.equal(both.at, 1);
    await assert.rejects(both.undo(), /frozen for good/);
    assert.deepEqual(undone, ["freeze", "silent"]);
    await assert.rejects(atOnce(["silent", "disk-hang"], make("disk-hang")), /no disk-hang/);
    assert.deepEqual(undone.slice(2), ["silent"]);
  });
});

describe("random steps", () => {
  it("follow from the seed alone, and a longer series begins like a shorter one", () => {
    fc.assert(
      fc.property(seeds, fc.integer({ min: 1, max: 60 }), fc.integer({ min: 0, max: 60 }), (seed, count, more) => {
        const steps = randomSteps(seed, count, true);
        assert.equal(steps.length, count);
        assert.deepEqual(randomSteps(seed, count + more, true).slice(0, count), steps);
      }),
    );
    assert.notDeepEqual(randomSteps(7, 20, true), randomSteps(8, 20, true));
  });

  it("have every fault, every change but growing volumes, and pairs that may meet", () => {
    const steps = randomSteps(1, 5000, true);
    const singles = new Set(steps.filter((name) => !name.includes("+")));
    const wanted = [...faultNames, ...changeNames.filter((name) => name !== "grow-volumes")];
    assert.deepEqual([...singles].sort(), [...wanted].sort());
    const pairs = new Set(steps.filter((name) => name.includes("+")));
    assert.deepEqual([...pairs].sort(), [...pairNames].sort());
  });

  it("are on AWS what can be made there", () => {
    for (const name of randomSteps(1, 1000, false)) assert.ok(!isChangeName(name) && drillInfo(name).onAws, name);
  });
});

describe("what is left behind", () => {
  const before = { topics: ["user-activity"], notes: ["not of the settings: x"] };
  const quiet = () => {
    const machines = new FakeMachines(stateWith([]));
    machines.answer = () => "";
    return machines;
  };

  it("is nothing on a cluster that is as it was", async () => {
    const machines = quiet();
    assert.deepEqual(await leftBehind("none", machines, before), []);
    assert.ok(machines.calls.includes("end admissions"));
    assert.equal(machines.calls.filter((call) => call.endsWith(" left")).length, 9);
  });

  it("is named: topics, throttles, units, machines", async () => {
    const notes = ["not of the settings: x", "throttles are set on user-activity"];
    const machines = new FakeMachines(stateWith([], { topics: ["user-activity", "__x", "drill-1"], notes }));
    machines.answer = (node) => (node === "kafka-2" ? "failed unit kafka.service\n" : "");
    const instances = await machines.instances();
    machines.instances = () => Promise.resolve([...instances.slice(1), "ops", "drill-0a"]);
    assert.deepEqual(await leftBehind("none", machines, before), [
      "throttles are set on user-activity",
      "topic drill-1",
      "kafka-2: failed unit kafka.service",
      "instance of ops",
      "instance of drill-0a",
      "no instance of kafka-1",
    ]);
  });

  it("has time to go, and counts when it does not", async () => {
    const times = { goesMs: 50, lookEveryMs: 5 };
    const { signal } = new AbortController();
    const looks = [Promise.reject(new Error("no ssh")), Promise.resolve(["x"]), Promise.resolve([])];
    assert.deepEqual(await leftForGood(() => looks.shift() ?? Promise.reject(new Error("late")), signal, times), []);
    assert.deepEqual(await leftForGood(() => Promise.resolve(["x"]), signal, times), ["x"]);
    await assert.rejects(
      leftForGood(() => Promise.resolve(["x"]), AbortSignal.abort(), times),
      Interrupted,
    );
  });
});

describe("the look at a step of a random series", () => {
  let folder = "";
  beforeEach(() => (folder = mkdtempSync(join(tmpdir(), "random-"))));
  afterEach(() => rmSync(folder, { recursive: true }));

  const begin = (least = new LeastInService({ brokers: 5, zookeeper: 3 })) => {
    const machines = new FakeMachines(stateWith([]));
    machines.answer = (node, script) => (script === "logs" ? `log of ${node}\n` : "");
    const request = { stack: "none", seed: 7, html: join(folder, "x.html") };
    return examination(request, machines, () => least, new AbortController().signal);
  };

  it("lets the next one come when every promise was kept", async () => {
    const examine = await begin();
    assert.equal(await examine(drillRun(), drillInfo("kill-leader")), undefined);
  });

  it("ends the series at one that was not, with step, seed, and the logs of all machines", async () => {
    const examine = await begin();
    await examine(drillRun(), drillInfo("kill-leader"));
    const late = drillRun({ budgetMs: 100, load: loadReport() });
    const why = (await examine(late, drillInfo("kill-leader"))) ?? "";
    assert.match(why, /^step 2 of seed 7, kill-leader:\n {2}kafkajs: .* without an acknowledgement/);
    assert.match(why, /npm run drill -- random --seed 7/);
    assert.equal(readFileSync(join(folder, "x-step-2", "kafka-3.log"), "utf8"), "log of kafka-3\n");
    assert.ok(existsSync(join(folder, "x-step-2", "ops.log")));
  });

  it("ends it when more brokers were out than the faults take", async () => {
    const least = new LeastInService({ brokers: 5, zookeeper: 3 });
    for (const brokers of [5, 3, 3, 5]) least.record({ brokers, zookeeper: 3 });
    const why = await (await begin(least))(drillRun(), drillInfo("kill-leader"));
    assert.match(why ?? "", /only 3 of 5 brokers were in service at once/);
    assert.equal(await (await begin(least))(drillRun(), drillInfo("kill-two")), undefined);
  });
});

describe("the line on a random series", () => {
  it("sums faults, changes and events, and names the longest gap", () => {
    const runs = [drillRun(), drillRun({ fault: "freeze+zk-corrupt" }), drillRun({ fault: "scale", load: undefined })];
    assert.match(
      seriesText(runs, 7, 1_800_000),
      /^random --seed 7: 0\.50 hours, 3 steps with 3 faults and 1 change, 45,000 events .*, 0 lost, longest gap 2\.31 s/,
    );
  });
});
