import assert from "node:assert/strict";
import { nextActions, settledMs } from "../../../../ops/guardian/nextActions";
import type { ClusterObservation, NodeObservation } from "../../../../ops/guardian/observation";
import { freshMemory } from "../../../../ops/guardian/memory";
import { begin, healthy, lookAt, rules, run, start, type Run } from "./guardianFixtures";

const out: Partial<NodeObservation> = { problem: "no connection within 2 s", reachable: false };
const dead = (changes: Partial<NodeObservation> = {}) => lookAt({ "kafka-4": { ...out, ...changes } });
const settled = run(begin, 120, () => lookAt());
const next = ({ memory }: Run, node = "kafka-4") => memory.nodes[node]?.next ?? "";

/** Runs for ten minutes and expects nothing to be done, for this reason. */
function never(observation: ClusterObservation, reason: RegExp, with_: Partial<typeof rules> = {}): void {
  const after = run(settled, 600, () => observation, with_);
  assert.deepEqual(after.actions, []);
  assert.match(next(after), reason);
}

describe("guardian", () => {
  it("says nothing about a healthy cluster but a summary every five minutes", () => {
    const hour = run(begin, 3600, () => lookAt());
    assert.deepEqual(hour.actions, []);
    assert.deepEqual(new Set(hour.lines), new Set(["8 of 8 nodes well"]));
    assert.equal(hour.lines.length, 12);
  });

  it("has a broker replaced that stays out, after its patience and not before", () => {
    const after = run(settled, 180, () => dead());
    assert.deepEqual(after.actions, [{ node: "kafka-4", instanceId: "i-kafka-4", at: settled.now + 60_000 }]);
    assert.ok(
      after.lines.some((line) => /^kafka-4: out since 01:02:00Z \(no connection.*waits until 01:03:00Z/.test(line)),
    );
    assert.ok(after.lines.some((line) => /^kafka-4: .*marking i-kafka-4 unhealthy/.test(line)));
  });

  it("has a ZooKeeper node replaced when all others are well", () => {
    const after = run(settled, 90, () => lookAt({ "zookeeper-2": { problem: "runs, but is in no quorum" } }));
    assert.deepEqual(
      after.actions.map(({ node }) => node),
      ["zookeeper-2"],
    );
  });

  it("leaves a node alone that comes back in time, and says that it is well again", () => {
    const back = run(
      run(settled, 45, () => dead()),
      60,
      () => lookAt(),
    );
    assert.deepEqual(back.actions, []);
    assert.match(back.lines.at(-1) ?? "", /kafka-4: well again, was out since 01:02:00Z/);
  });

  it("counts a broker that something keeps restarting as out", () => {
    // Well for 20 s of every 25 s.
    const after = run(settled, 300, (now) => ((now - start) % 25_000 === 0 ? dead() : lookAt()));
    assert.deepEqual(
      after.actions.slice(0, 1).map(({ node }) => node),
      ["kafka-4"],
    );
  });

  it("never touches a node while another one is out, whichever", () => {
    for (const other of ["kafka-1", "zookeeper-3"]) {
      never(lookAt({ "kafka-4": out, [other]: { problem: "connection refused" } }), new RegExp(`waits for ${other}`));
    }
  });

  it("waits until the other node has been well for a while", () => {
    const two = run(settled, 120, () => lookAt({ "kafka-4": out, "kafka-1": out }));
    const one = run(two, 60, () => dead());
    assert.deepEqual(one.actions, [{ node: "kafka-4", instanceId: "i-kafka-4", at: two.now + settledMs }]);
  });

  it("does nothing when it is itself cut off", () => {
    never(
      lookAt(Object.fromEntries(["kafka-1", "kafka-2", "kafka-3", "kafka-4", "kafka-5"].map((name) => [name, out]))),
      /can't tell: most nodes/,
    );
    never(dead({ seenByOthers: true }), /can't tell: the other nodes have it in service/);
  });

  it("waits while the node's group, or another node's, is replacing an instance", () => {
    for (const instance of [
      { id: "i-9", lifecycleState: "Pending", healthy: true },
      { id: "i-9", lifecycleState: "Terminating", healthy: false },
      { id: "i-9", lifecycleState: "Standby", healthy: true },
      { id: "i-9", lifecycleState: "InService", healthy: false },
    ]) {
      never(dead({ group: { instance, suspended: [] } }), /its group already acts: i-9/);
      never(
        lookAt({ "kafka-4": out, "kafka-2": { group: { instance, suspended: [] } } }),
        /waits for kafka-2, whose group/,
      );
    }
  });

  it("leaves a group to whoever has suspended its processes", () => {
    never(dead({ group: { ...healthy("i-4"), suspended: ["ReplaceUnhealthy"] } }), /suspended ReplaceUnhealthy/);
  });

  it("waits as long after an instance's launch", () => {
    const renewed = run(
      run(settled, 50, () => dead()),
      120,
      () => dead({ group: healthy("i-new") }),
    );
    assert.deepEqual(renewed.actions, [{ node: "kafka-4", instanceId: "i-new", at: settled.now + 110_000 }]);
  });

  it("gives half an hour to a node that visibly gets on, and not more", () => {
    const report = { diskFull: false, progress: "recovers its logs", summary: "" };
    const after = run(settled, 3000, () => dead({ report }));
    assert.equal(after.actions[0]?.at, settled.now + 30 * 60_000);
  });

  it("never replaces a node for a full disk: it names the remedy", () => {
    never(dead({ report: { diskFull: true, summary: "" } }), /grow brokerVolumeGiB .* pulumi up/);
  });

  it("has a fenced broker replaced like any other, and says that it is fenced", () => {
    const report = { diskFull: false, fenced: "disk-hung: no write for 12 s", summary: "kafka.service is inactive" };
    const after = run(settled, 90, () => dead({ report }));
    assert.equal(after.actions.length, 1);
    assert.ok(
      after.lines.some((line) =>
        /marking i-kafka-4 unhealthy \(.*kafka.service is inactive; fenced: disk-hung/.test(line),
      ),
    );
  });

  it("keeps to brokerMinimumRunning", () => {
    never(dead(), /only 4 other brokers are in service, and brokerMinimumRunning is 5/, { minimumRunning: 5 });
  });

  it("says loudly when a group can't start an instance", () => {
    const group = { suspended: [], lastActivity: "We currently do not have sufficient t3.micro capacity" };
    const after = run(settled, 660, () => dead({ group }));
    assert.deepEqual(after.actions, []);
    const loud = after.lines.filter(
      (line) => line.startsWith("kafka-4:") && /NO INSTANCE FOR 10 MINUTES.*sufficient/.test(line),
    );
    assert.equal(loud.length, 1);
  });

  it("does nothing while the groups can't be asked, and says so once", () => {
    const blind: ClusterObservation = { ...dead({ group: undefined }), groupsProblem: "AccessDenied: not allowed" };
    never(blind, /can't tell what its group does/);
    const lines = run(settled, 600, () => blind).lines.filter((line) => line.startsWith("the groups can't be asked"));
    assert.equal(lines.length, 1);
  });

  it(
    "doubles its patience with each replacement that did not help, up to an hour, and forgets after 30 " +
      "good minutes",
    () => {
      const after = run(settled, 6 * 3600, () => dead());
      const gaps = after.actions.map(({ at }, index) => (at - (after.actions[index - 1]?.at ?? settled.now)) / 60_000);
      assert.deepEqual(gaps.slice(0, 8), [1, 2, 4, 8, 16, 32, 60, 60]);
      const well = run(after, 31 * 60, () => lookAt());
      const again = run(well, 120, () => dead());
      assert.equal(again.actions.at(-1)?.at, well.now + 60_000);
    },
  );

  it("carries on after a restart, and gives no order twice", () => {
    const early = run(settled, 40, () => dead());
    const restarted = { ...early, memory: JSON.parse(JSON.stringify(early.memory)) as typeof early.memory };
    const after = run(restarted, 90, () => dead());
    assert.deepEqual(
      after.actions.map(({ at }) => at),
      [settled.now + 60_000],
    );
  });

  it("repeats an order that AWS is not known to have taken, for the same instance only", () => {
    const waiting = run(settled, 60, () => dead());
    const killed = nextActions(waiting.memory, dead(), rules, waiting.now);
    assert.equal(killed.actions.length, 1);
    const again = nextActions(killed.memory, dead(), rules, waiting.now + 10_000);
    assert.deepEqual(again.actions, killed.actions);
    assert.equal(again.memory.nodes["kafka-4"]?.attempts, 1);
    const other = nextActions(killed.memory, dead({ group: healthy("i-new") }), rules, waiting.now + 10_000);
    assert.deepEqual(other.actions, []);
  });

  it(
    "does not repeat an order to a node that has got well since: the next time it is out has its " + "whole patience",
    () => {
      const waiting = run(settled, 60, () => dead());
      const lost = { ...waiting, memory: nextActions(waiting.memory, dead(), rules, waiting.now).memory };
      const well = run({ ...lost, now: lost.now + 5000 }, 60, () => lookAt());
      const again = run(well, 300, () => dead());
      assert.ok((again.actions[0]?.at ?? Infinity) >= well.now + 60_000, "it was given no time");
      assert.equal(again.actions.length, 1);
    },
  );

  it("counts anew after a gap, or when the clock jumps", () => {
    const before = run(settled, 50, () => dead());
    for (const jump of [3600_000, -3600_000]) {
      const after = run({ ...before, now: before.now + jump }, 70, () => dead());
      assert.deepEqual(
        after.actions.map(({ at }) => at),
        [before.now + jump + 60_000],
      );
    }
  });

  it("in a dry run only says what it would do, and for real starts without that past", () => {
    const dry = run(settled, 120, () => dead(), { dryRun: true });
    assert.ok(dry.lines.some((line) => /would mark i-kafka-4 unhealthy/.test(line)));
    assert.ok(!dry.lines.some((line) => /marking/.test(line)));
    const real = run(dry, 10, () => dead());
    assert.equal(real.actions.length, 2);
  });

  it("starts with nothing remembered, and waits its patience then", () => {
    const after = run({ ...begin, memory: freshMemory("test") }, 90, () => dead());
    assert.equal(after.actions[0]?.at, start + 60_000);
  });
});
