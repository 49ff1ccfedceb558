import assert from "node:assert/strict";
import fc from "fast-check";
import { confirmed, nextActions, settledMs, type Action } from "../../../../ops/guardian/nextActions";
import type { ClusterObservation, NodeObservation } from "../../../../ops/guardian/observation";
import { freshMemory, parseMemory, type Memory } from "../../../../ops/guardian/memory";
import { begin, healthy, idOf, lookAt, names, partitionsWithout, rules, run, start, stepMs } from "./guardianFixtures";

/** A stretch of time in which the same nodes are seen in the same way. */
interface Stretch {
  readonly observations: number;
  readonly changes: Readonly<Record<string, Partial<NodeObservation>>>;
  readonly groupsKnown: boolean;
  readonly partitionsKnown: boolean;
  /** The guardian is killed at the first order of this stretch, before AWS hears of it. */
  readonly killed: boolean;
}

const wrong: fc.Arbitrary<Partial<NodeObservation>> = fc.oneof(
  { weight: 6, arbitrary: fc.constant({ problem: "connection refused" }) },
  { weight: 3, arbitrary: fc.constant({ problem: "no connection", reachable: false }) },
  { weight: 1, arbitrary: fc.constant({ problem: "no connection", reachable: false, seenByOthers: true }) },
  {
    weight: 1,
    arbitrary: fc.record({
      problem: fc.constant("connection refused"),
      report: fc.record({
        diskFull: fc.boolean(),
        needsAPerson: fc.constantFrom(undefined, undefined, "its database can't be read"),
        summary: fc.constant(""),
      }),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.constant({
      group: { instance: { id: "i-2", lifecycleState: "Pending", healthy: true }, suspended: [] },
    }),
  },
  { weight: 1, arbitrary: fc.constant({ problem: "gone", reachable: false, group: { suspended: [] } }) },
  { weight: 2, arbitrary: fc.constant({ problem: "connection refused", group: healthy("i-new") }) },
);
const changes = fc
  .uniqueArray(fc.tuple(fc.constantFrom(...names), wrong), { maxLength: 3, selector: ([name]) => name })
  .map((entries) => Object.fromEntries(entries));
const stretches: fc.Arbitrary<Stretch[]> = fc.array(
  fc.record({
    observations: fc.integer({ min: 1, max: 60 }),
    changes,
    groupsKnown: fc.oneof({ weight: 9, arbitrary: fc.constant(true) }, { weight: 1, arbitrary: fc.constant(false) }),
    partitionsKnown: fc.boolean(),
    killed: fc.boolean(),
  }),
  { minLength: 1, maxLength: 12 },
);

interface Seen {
  readonly at: number;
  readonly observation: ClusterObservation;
  readonly actions: readonly Action[];
}

/** What a guardian does over all stretches, and what it saw. */
function live(all: readonly Stretch[], restart: (memory: Memory) => Memory = (memory) => memory): Seen[] {
  let memory = freshMemory("test");
  let at = start;
  const history: Seen[] = [];
  for (const { observations, changes: seen, groupsKnown, partitionsKnown, killed } of all) {
    let die = killed;
    const out = names.filter((name) => name.startsWith("kafka") && seen[name]?.problem !== undefined).map(idOf);
    const partitions = partitionsKnown ? partitionsWithout(...out) : "no controller";
    const observation = groupsKnown
      ? lookAt(seen, { partitions })
      : lookAt(Object.fromEntries(names.map((name) => [name, { ...seen[name], group: undefined }])), {
          groupsProblem: "AccessDenied",
          partitions,
        });
    for (let index = 0; index < observations; index++, at += stepMs) {
      const outcome = nextActions(restart(memory), observation, rules, at);
      history.push({ at, observation, actions: die ? [] : outcome.actions });
      memory = die ? outcome.memory : outcome.actions.reduce(confirmed, outcome.memory);
      if (outcome.actions.length > 0) die = false;
      assert.ok(outcome.actions.length <= 1, "two at once");
    }
  }
  return history;
}

const nodeIn = (observation: ClusterObservation, name: string) => observation.nodes.find((node) => node.name === name);

/** How long a node has been well without a break, up to this look; Infinity when it was never seen otherwise. */
function wellFor(history: readonly Seen[], name: string): number {
  const now = history.at(-1)?.at ?? 0;
  const since = history.findLast(({ observation }) => nodeIn(observation, name)?.problem !== undefined);
  return since === undefined ? Infinity : now - since.at - stepMs;
}

/** What the nodes that serve lack to bear that this one is replaced while others are out, if anything. */
function lacksWithout(node: string, serving: readonly string[], { partitions }: ClusterObservation) {
  const brokers = serving.filter((name) => name.startsWith("kafka")).map(idOf);
  if (brokers.length < rules.minimumRunning) return "brokers";
  if (serving.length - brokers.length < 2) return "the quorum";
  if (!node.startsWith("kafka")) return undefined;
  if (partitions === undefined || typeof partitions === "string") return "knowledge";
  const enough = partitions.every(
    ({ replicas, isr }) => !replicas.includes(idOf(node)) || isr.filter((id) => brokers.includes(id)).length >= 2,
  );
  return enough ? undefined : "copies in sync";
}

describe("guardian, by properties", () => {
  const each = (check: (history: readonly Seen[], action: Action) => void) => (all: Stretch[]) => {
    const history = live(all);
    for (const [index, { actions }] of history.entries()) {
      for (const action of actions) check(history.slice(0, index + 1), action);
    }
  };

  it("the histories of these tests have replacements in them", () => {
    const sample = fc.sample(stretches, { numRuns: 200, seed: 1 });
    const acting = sample.filter((all) => live(all).some(({ actions }) => actions.length > 0));
    assert.ok(acting.length > 40, `${acting.length}`);
  });

  it("acts only where the rest is well enough, and has been for a while, and all groups are at rest", () => {
    const check = each((history, { node }) => {
      const { observation } = history.at(-1) as Seen;
      const others = names.filter((name) => name !== node);
      const serving = others.filter((name) => wellFor(history, name) >= settledMs);
      if (serving.length < others.length) {
        assert.ok(2 * serving.length >= others.length, "most are out");
        assert.equal(lacksWithout(node, serving, observation), undefined);
      }
      for (const other of serving)
        assert.equal(nodeIn(observation, other)?.group?.instance?.lifecycleState, "InService");
    });
    fc.assert(fc.property(stretches, check));
  });

  it("does something within an hour whenever the rest is well enough, whatever state the nodes are in", () => {
    const states = fc.record({ changes, thin: fc.boolean(), known: fc.boolean() });
    let acted = 0;
    const check = (seen: Stretch["changes"], partitions: ClusterObservation["partitions"]) => {
      const observation = lookAt(seen, { partitions });
      const out = names.filter((name) => nodeIn(observation, name)?.problem !== undefined);
      const serving = names.filter((name) => !out.includes(name));
      const curable = out.filter((name) => {
        const { group, report, reachable, seenByOthers } = nodeIn(observation, name) as NodeObservation;
        const helps = !report?.diskFull && report?.needsAPerson === undefined;
        return group?.instance?.lifecycleState === "InService" && helps && (reachable || !seenByOthers);
      });
      const may =
        observation.nodes.every(({ group }) => !group?.instance || group.instance.lifecycleState === "InService") &&
        out.length * 2 <= names.length &&
        curable.some(
          (name) => serving.length === names.length - 1 || lacksWithout(name, serving, observation) === undefined,
        );
      const { actions } = run(begin, 3600, () => observation);
      assert.equal(actions.length > 0, may, JSON.stringify(actions));
      if (may) acted++;
    };
    fc.assert(
      fc.property(states, ({ changes: seen, thin, known }) => {
        const out = names.filter((name) => name.startsWith("kafka") && seen[name]?.problem !== undefined).map(idOf);
        const partitions = partitionsWithout(...out);
        const [first, ...rest] = partitions;
        const thinned = thin && first !== undefined ? [{ ...first, isr: first.isr.slice(0, 1) }, ...rest] : partitions;
        check(seen, known ? thinned : "no controller");
      }),
      { numRuns: 60 },
    );
    assert.ok(acted > 15, `${acted}`);
  });

  it("acts only on a node that is out, for its whole patience, on an instance that it has known as long", () => {
    const check = each((history, { node, instanceId }) => {
      const { at, observation } = history.at(-1) as Seen;
      const now = nodeIn(observation, node);
      assert.ok(now?.problem !== undefined);
      assert.equal(now.group?.instance?.id, instanceId);
      assert.notEqual(now.report?.diskFull, true);
      assert.equal(now.report?.needsAPerson, undefined);
      const patience = history.filter((one) => one.at >= at - rules.patienceSeconds * 1000);
      assert.ok(
        at - (patience[0]?.at ?? at) >= rules.patienceSeconds * 1000,
        "it has looked for less than its patience",
      );
      let wellMs = 0;
      for (const { observation: earlier } of patience) {
        const seen = nodeIn(earlier, node);
        wellMs = seen?.problem === undefined ? wellMs + stepMs : 0;
        assert.ok(wellMs <= settledMs, "it was well in between");
        if (seen?.group !== undefined) assert.equal(seen.group.instance?.id, instanceId);
      }
    });
    fc.assert(fc.property(stretches, check));
  });

  it("waits longer before each further replacement of a node that does not get well", () => {
    fc.assert(
      fc.property(stretches, (all) => {
        const history = live(all);
        for (const name of names) {
          const times = history.filter(({ actions }) => actions.some(({ node }) => node === name)).map(({ at }) => at);
          const gaps = times.slice(1).map((at, index) => at - (times[index] ?? 0));
          // Less than 30 minutes in all: nothing is forgotten in between.
          if ((times.at(-1) ?? 0) - (times[0] ?? 0) >= 30 * 60_000) continue;
          gaps.forEach((gap, index) => assert.ok(gap >= rules.patienceSeconds * 1000 * 2 ** (index + 1), `${gap}`));
        }
      }),
    );
  });

  it("does the same when it is started anew before each look", () => {
    const reread = (memory: Memory) => parseMemory(JSON.stringify(memory));
    fc.assert(
      fc.property(stretches, (all) => assert.deepEqual(live(all, reread), live(all))),
      { numRuns: 25 },
    );
  });

  it("does nothing more when the same look is taken again at the same time", () => {
    fc.assert(
      fc.property(changes, fc.integer({ min: 0, max: 40 }), (seen, observations) => {
        const observation = lookAt(seen);
        let memory = freshMemory("test");
        for (let index = 0; index <= observations; index++) {
          const at = start + index * stepMs;
          const once = nextActions(memory, observation, rules, at);
          memory = once.actions.reduce(confirmed, once.memory);
          assert.deepEqual(nextActions(memory, observation, rules, at).actions, []);
        }
      }),
    );
  });
});
