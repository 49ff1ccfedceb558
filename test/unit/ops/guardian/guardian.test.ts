import assert from "node:assert/strict";
import { confirmed, nextActions, noted, settledMs } from "../../../../ops/guardian/nextActions";
import type { ClusterObservation, NodeObservation } from "../../../../ops/guardian/observation";
import { freshMemory } from "../../../../ops/guardian/memory";
import { begin, healthy, lookAt, names, partitionsWithout, rules, run, start, type Run } from "./guardianFixtures";

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

  describe("where two nodes are out", () => {
    const partitions = partitionsWithout(1, 4);
    const two = (rest: Partial<ClusterObservation> = { partitions }, first = {}, second = {}) =>
      lookAt({ "kafka-1": { ...out, ...first }, "kafka-4": { ...out, ...second } }, rest);

    it("has one replaced after the other", () => {
      const both = run(settled, 65, () => two());
      const starting = run(both, 40, () => two({ partitions }, { group: { suspended: [] } }));
      assert.match(next(starting), /^waits for kafka-1, whose group is replacing an instance$/);
      const { actions } = run(starting, 60, () => lookAt({ "kafka-4": out }, { partitions }));
      assert.deepEqual(
        actions.map(({ node, at }) => [node, (at - settled.now) / 1000]),
        [
          ["kafka-1", 60],
          ["kafka-4", 135],
        ],
      );
    });

    it("gives the second its turn when the first has had its time and is not well", () => {
      const { actions, lines } = run(settled, 240, () => two());
      assert.deepEqual(
        actions.map(({ node, at }) => [node, (at - settled.now) / 1000]),
        [
          ["kafka-1", 60],
          ["kafka-4", 120],
          ["kafka-1", 180],
        ],
      );
      assert.ok(lines.some((line) => /^kafka-4: .*waits for kafka-1: one node is replaced at a time$/.test(line)));
      assert.ok(lines.some((line) => /^kafka-4: .*waits for kafka-1, whose instance is new/.test(line)));
    });

    it("waits while the other's instance is new, whoever had it replaced", () => {
      const early = run(settled, 30, () => two());
      const renewed = run(early, 60, () => two({ partitions }, { group: healthy("i-new") }));
      assert.deepEqual(renewed.actions, []);
      assert.match(next(renewed), /^waits for kafka-1, whose instance is new: one at a time$/);
    });

    it("is not held up by a group that can't start an instance", () => {
      const group = { suspended: [] };
      assert.deepEqual(run(settled, 595, () => two({ partitions }, { group })).actions, []);
      assert.deepEqual(
        run(settled, 700, () => two({ partitions }, { group })).actions.map(({ node, at }) => [node, at - settled.now]),
        [["kafka-4", 600_000]],
      );
    });

    it("touches none as long as nobody knows what is in sync", () => {
      never(two({}), /^waits for kafka-1: whether the others have enough copies in sync is not known: nobody/);
      never(two({ partitions: "no controller" }), /is not known: no controller$/);
    });

    it("touches none that the others can't do without", () => {
      const thin = partitions.map((one) => (one.partition === 5 ? { ...one, isr: [1, 2] } : one));
      never(two({ partitions: thin }), /^waits for kafka-1: .*fewer than min.insync.replicas copies in sync of t-5$/);
      // Broker 1 has fewer than wanted in sync elsewhere, and is the last one for another partition.
      const last = [{ topic: "t", partition: 0, replicas: [1, 4, 5], isr: [4], minInsyncReplicas: 1 }];
      never(two({ partitions: last }), /in sync of t-0$/);
    });

    it("looks at what a node has a copy of, and leaves to its volume what only that has", () => {
      const alone = { topic: "alone", partition: 0, replicas: [4], isr: [4], minInsyncReplicas: 1 };
      const others = { topic: "others", partition: 0, replicas: [1, 2, 3], isr: [2], minInsyncReplicas: 2 };
      const { actions } = run(settled, 90, () => two({ partitions: [...partitions, alone, others] }));
      assert.deepEqual(
        actions.map(({ node }) => node),
        ["kafka-4"],
      );
    });

    it("keeps to brokerMinimumRunning with both away", () => {
      never(two(), /^waits for kafka-1: only 3 other brokers are in service, .* is 4$/, { minimumRunning: 4 });
    });

    it("has a ZooKeeper node replaced while a broker is out, and not while another of them is", () => {
      const mixed = lookAt({ "kafka-4": out, "zookeeper-3": out }, { partitions: partitionsWithout(4) });
      assert.deepEqual(
        run(settled, 125, () => mixed).actions.map(({ node }) => node),
        ["zookeeper-3", "kafka-4"],
      );
      const unknown = lookAt({ "kafka-4": out, "zookeeper-3": out });
      assert.deepEqual(
        run(settled, 125, () => unknown).actions.map(({ node }) => node),
        ["zookeeper-3"],
      );
      const noQuorum = lookAt({ "zookeeper-1": out, "zookeeper-3": out }, { partitions: [] });
      assert.deepEqual(run(settled, 600, () => noQuorum).actions, []);
      const noQuorumEither = lookAt({ "kafka-4": out, "zookeeper-1": out, "zookeeper-3": out }, { partitions: [] });
      never(noQuorumEither, /^waits for zookeeper-1, zookeeper-3: only 1 other ZooKeeper node is in the quorum$/);
      assert.deepEqual(
        run(settled, 600, () => mixed, { minimumRunning: 5 }).actions,
        [],
        "too few brokers are none to be busy beside",
      );
    });

    it("gives half an hour to nodes that have the same fault", () => {
      const fenced = (reason: string) => ({ report: { diskFull: false, fenced: reason, summary: "" } });
      const hung = fenced("disk-hangs: no write for 8 s");
      const alike = run(settled, 1900, () => two({ partitions }, hung, hung));
      assert.deepEqual(
        alike.actions.map(({ node, at }) => [node, at - settled.now]),
        [
          ["kafka-1", 1_800_000],
          ["kafka-4", 1_860_000],
        ],
      );
      assert.match(
        next(run(settled, 30, () => two({ partitions }, hung, hung))),
        /^fenced for disk-hangs, as kafka-1 is; waits/,
      );
      const others = run(settled, 70, () => two({ partitions }, hung, fenced("network: no answer")));
      assert.equal(others.actions.length, 1);
      const zone = lookAt({ "kafka-3": out, "zookeeper-3": out }, { partitions: partitionsWithout(3) });
      assert.equal(run(settled, 1800, () => zone).actions.length, 0);
      assert.match(
        next(
          run(settled, 30, () => zone),
          "kafka-3",
        ),
        /^all of zone-3 is out; waits until 01:32:00Z/,
      );
    });
  });

  it("asks for no partitions where one node is out alone", () => {
    assert.equal(run(settled, 90, () => dead()).actions.length, 1);
  });

  it("waits until the other node has been well for a while", () => {
    // What is in sync is not known.
    const two = run(settled, 120, () => lookAt({ "kafka-4": out, "kafka-1": out }));
    const one = run(two, 60, () => dead());
    assert.deepEqual(one.actions, [{ node: "kafka-4", instanceId: "i-kafka-4", at: two.now + settledMs }]);
  });

  it("is not cut off where half of the nodes are silent, nor where they answer and are out", () => {
    const names = ["kafka-1", "kafka-2", "kafka-3", "kafka-4", "kafka-5"];
    never(
      lookAt(Object.fromEntries(names.slice(1).map((name) => [name, out]))),
      /^waits for kafka-2, kafka-3, kafka-5:/,
    );
    const refused = { problem: "connection refused" };
    never(
      lookAt(Object.fromEntries(names.map((name) => [name, refused]))),
      /^waits for kafka-1, kafka-2, kafka-3, kafka-5/,
    );
  });

  it("trusts the node's own word, or a refusal, where the others have it in service", () => {
    for (const changes of [
      { seenByOthers: true, report: { diskFull: false, summary: "kafka.service is failed" } },
      { seenByOthers: true, reachable: true },
    ])
      assert.equal(run(settled, 90, () => dead(changes)).actions.length, 1);
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
    never(
      dead({ group: { ...healthy("i-4"), suspended: ["Launch", "AZRebalance", "Terminate"] } }),
      /suspended Launch, Terminate of/,
    );
    const harmless = dead({ group: { ...healthy("i-kafka-4"), suspended: ["AZRebalance"] } });
    assert.equal(run(settled, 90, () => harmless).actions.length, 1);
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
    const report = { diskFull: false, progress: "attach-data-volume is still trying", summary: "" };
    const after = run(settled, 3000, () => dead({ report }));
    assert.equal(after.actions[0]?.at, settled.now + 30 * 60_000);
    const early = run(settled, 30, () => dead({ report }));
    assert.match(
      next(early),
      /^attach-data-volume is still trying; waits until 01:32:00Z, then marks i-kafka-4 unhealthy$/,
    );
    const patient = run(settled, 3000, () => dead({ report }), { patienceSeconds: 2400 });
    assert.equal(patient.actions[0]?.at, settled.now + 40 * 60_000);
  });

  it("leaves a broker that recovers its logs to it, for hours, and gives it its patience again when it stops", () => {
    const report = { diskFull: false, recovers: true, summary: "kafka.service is active" };
    const hours = run(settled, 5 * 3600, () => dead({ report }));
    assert.deepEqual(hours.actions, []);
    assert.equal(
      hours.lines.filter((line) => /^kafka-4: .*recovers its logs after an unclean end/.test(line)).length,
      1,
    );
    // One login that fails is no reason to end it.
    const silent = run(hours, 55, () => dead());
    assert.deepEqual(silent.actions, []);
    assert.deepEqual(run(silent, 60, () => dead({ report })).actions, []);
    const stuck = run(hours, 90, () => dead({ report: { ...report, recovers: false } }));
    assert.deepEqual(
      stuck.actions.map(({ at }) => at - hours.now),
      [55_000],
    );
    const well = run(hours, 60, () => lookAt());
    assert.equal(well.memory.nodes["kafka-4"]?.busyAt, undefined);
  });

  it("never replaces a node for a full disk: it names the remedy, and leaves it its patience once there is room", () => {
    const full = dead({ report: { diskFull: true, summary: "" } });
    never(full, /grow brokerVolumeGiB .* pulumi up/);
    const starts = run(
      run(settled, 600, () => full),
      55,
      () => dead({ report: { diskFull: false, summary: "" } }),
    );
    assert.deepEqual(starts.actions, []);
  });

  it("never replaces a node that needs a person: it says what the node says", () => {
    never(
      dead({ report: { diskFull: false, needsAPerson: "its database can't be read", summary: "" } }),
      /A PERSON IS NEEDED, .* same volume: its database can't be read/,
    );
  });

  it("has a fenced broker replaced like any other, and says that it is fenced", () => {
    const report = { diskFull: false, fenced: "disk-hung: no write for 12 s", summary: "kafka.service is inactive" };
    const after = run(settled, 90, () => dead({ report }));
    assert.equal(after.actions.length, 1);
    assert.match(next(run(settled, 30, () => dead({ report }))), /then marks i-kafka-4 unhealthy, fenced by itself$/);
    assert.ok(
      after.lines.some((line) =>
        /marking i-kafka-4 unhealthy \(.*kafka.service is inactive; fenced: disk-hung/.test(line),
      ),
    );
  });

  it("keeps to brokerMinimumRunning", () => {
    never(dead(), /only 4 other brokers are in service, and brokerMinimumRunning is 5/, { minimumRunning: 5 });
    assert.equal(run(settled, 90, () => dead(), { minimumRunning: 4 }).actions.length, 1);
    const server = lookAt({ "zookeeper-2": out });
    assert.equal(run(settled, 90, () => server, { minimumRunning: 5 }).actions.length, 1, "it is about brokers");
  });

  it("says loudly when a group can't start an instance", () => {
    const group = { suspended: [], lastActivity: "We currently do not have sufficient t3.micro capacity" };
    const after = run(settled, 660, () => dead({ group }));
    assert.deepEqual(after.actions, []);
    const loud = after.lines.filter(
      (line) => line.startsWith("kafka-4:") && /NO INSTANCE FOR 10 MINUTES.*sufficient/.test(line),
    );
    assert.equal(loud.length, 1);
    assert.match(next(run(settled, 590, () => dead({ group }))), /^its group starts an instance$/);
    // What AWS says last may be missing in one look and there in the next: that is no news.
    const silent = { suspended: [] };
    const flapping = run(settled, 900, (now) => dead({ group: (now / 5000) % 2 === 0 ? group : silent }));
    assert.ok(flapping.lines.filter((line) => line.startsWith("kafka-4:")).length <= 3);
    assert.match(next(flapping), /NO INSTANCE.*sufficient/);
    assert.match(next(run(settled, 660, () => dead({ group: silent }))), /volume or interface gone\?\)$/);
  });

  it("counts the time without an instance through looks at which the group is not known, and gaps", () => {
    const empty = run(settled, 300, () => dead({ group: { suspended: [] } }));
    const unknown = run(empty, 120, () => dead({ group: undefined }));
    const later = run({ ...unknown, now: unknown.now + 120_000 }, 70, () => dead({ group: { suspended: [] } }));
    assert.match(next(later), /NO INSTANCE FOR 10 MINUTES/);
    const again = run(
      run(empty, 10, () => dead()),
      300,
      () => dead({ group: { suspended: [] } }),
    );
    assert.match(next(again), /its group starts an instance/, "there was one in between");
  });

  it("does nothing while the groups can't be asked, and says so once", () => {
    const blind: ClusterObservation = { ...dead({ group: undefined }), groupsProblem: "AccessDenied: not allowed" };
    never(blind, /can't tell what its group does/);
    const lines = run(settled, 600, () => blind).lines.filter((line) => line.startsWith("the groups can't be asked"));
    assert.equal(lines.length, 1);
    const seeing = run(
      run(settled, 30, () => blind),
      60,
      () => dead(),
    );
    assert.equal(seeing.lines.filter((line) => line === "the groups can be asked again").length, 1);
    assert.deepEqual(
      seeing.actions.map(({ at }) => at),
      [settled.now + 60_000],
      "its instance is the one that it was: the time counts on",
    );
    never(dead({ group: undefined }), /can't tell what its group does, .*there is no such group/);
  });

  it("acts although it was not told of the other nodes' groups", () => {
    const unknown = Object.fromEntries(names.map((name) => [name, { group: undefined }]));
    const look = lookAt({ ...unknown, "kafka-4": out });
    assert.equal(run(settled, 90, () => look).actions.length, 1);
  });

  it(
    "doubles its patience with each replacement that did not help, up to an hour, and forgets after 30 " +
      "good minutes",
    () => {
      const after = run(settled, 6 * 3600, () => dead());
      const gaps = after.actions.map(({ at }, index) => (at - (after.actions[index - 1]?.at ?? settled.now)) / 60_000);
      assert.deepEqual(gaps.slice(0, 8), [1, 2, 4, 8, 16, 32, 60, 60]);
      const third = after.lines.filter((line) => line.includes("replacement 3 in a row"));
      assert.equal(third.length, 2, "when it is decided, and when it is done");
      // The time that it is well is counted from the first look that sees it so.
      const notYet = run(after, 30 * 60, () => lookAt());
      assert.equal(notYet.memory.nodes["kafka-4"]?.attempts, after.actions.length);
      assert.equal(run(notYet, 5, () => lookAt()).memory.nodes["kafka-4"]?.attempts, 0);
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

  it("says that it has not looked for a while, but not at its first look nor after a minute", () => {
    const before = run(settled, 50, () => dead());
    const gaps = (ms: number) => {
      const after = run({ ...before, now: before.memory.lookedAt + ms }, 60, () => dead());
      return { counted: after.actions[0]?.at, said: after.lines.filter((line) => line.startsWith("no look for")) };
    };
    assert.deepEqual(gaps(60_000), { counted: before.memory.lookedAt + 60_000, said: [] });
    assert.deepEqual(gaps(90_000), {
      counted: undefined,
      said: ["no look for 90 s: the time that a node has been out is counted anew"],
    });
    assert.deepEqual(gaps(0), { counted: settled.now + 60_000, said: [] });
    assert.ok(!settled.lines.some((line) => line.startsWith("no look")));
  });

  it("takes nothing from the future when the clock is set back", () => {
    const acted = run(settled, 65, () => dead());
    const empty = run(acted, 300, () => dead({ group: { suspended: [] } }));
    const back = { ...empty, now: start - 3_600_000 };
    const { memory, lines } = run(back, 5, () => dead({ group: { suspended: [] } }));
    const { outSince, emptySince, lastAction } = memory.nodes["kafka-4"]!;
    assert.deepEqual([outSince, emptySince, lastAction?.at], [back.now, back.now, back.now]);
    assert.equal(memory.nodes["kafka-1"]?.instance?.since, back.now);
    assert.ok(lines.at(-1)?.startsWith("7 of 8 nodes well; kafka-4: out since"), "the summary is not late");
  });

  it("names in its summary who is out, since when and why", () => {
    const { lines } = run(settled, 240, () => dead(), { patienceSeconds: 600 });
    assert.equal(
      lines.at(-1),
      "7 of 8 nodes well; kafka-4: out since 01:02:00Z (no connection within 2 s): waits until 01:12:00Z, " +
        "then marks i-kafka-4 unhealthy",
    );
    const back = run(
      run(settled, 40, () => dead()),
      10,
      () => lookAt(),
    );
    assert.match(back.lines.at(-1) ?? "", /^kafka-4: out since 01:02:00Z: in service again, .* stays so for 30 s$/);
  });

  it("remembers the last fifty decisions", () => {
    const many = Array.from({ length: 60 }, (_, at) => at).reduce(
      (memory, at) => noted(memory, "kafka-1", `decision ${at}`, at),
      freshMemory("test"),
    );
    assert.deepEqual([many.decisions.length, many.decisions[0]?.at, many.decisions.at(-1)?.at], [50, 10, 59]);
    const { memory } = nextActions({ ...many, lookedAt: start }, dead(), rules, start + 5000);
    assert.deepEqual([memory.decisions.length, memory.decisions[0]?.at], [50, 11]);
    assert.equal(memory.decisions.at(-1)?.node, "kafka-4");
  });

  it("has no other order confirmed than the one that was given", () => {
    const waiting = run(settled, 60, () => dead());
    const { memory } = nextActions(waiting.memory, dead(), rules, waiting.now);
    for (const action of [
      { node: "kafka-4", instanceId: "i-other" },
      { node: "kafka-1", instanceId: "i-kafka-1" },
      { node: "nobody", instanceId: "i-kafka-4" },
    ])
      assert.equal(confirmed(memory, action), memory);
    const order = { node: "kafka-4", instanceId: "i-kafka-4" };
    assert.equal(memory.nodes["kafka-4"]?.lastAction?.confirmed, false);
    assert.equal(confirmed(memory, order).nodes["kafka-4"]?.lastAction?.confirmed, true);
  });

  it("in a dry run only says what it would do, and for real starts without that past", () => {
    const dry = run(settled, 120, () => dead(), { dryRun: true });
    assert.ok(dry.lines.some((line) => /would mark i-kafka-4 unhealthy/.test(line)));
    assert.ok(!dry.lines.some((line) => /marking|marks/.test(line)));
    const real = run(dry, 10, () => dead());
    assert.equal(real.actions.length, 2);
  });

  it("starts with nothing remembered, and waits its patience then", () => {
    const after = run({ ...begin, memory: freshMemory("test") }, 90, () => dead());
    assert.equal(after.actions[0]?.at, start + 60_000);
  });
});
