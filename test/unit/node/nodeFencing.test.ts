import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import fc from "fast-check";
import { needsPython } from "./nodePrograms";

interface Disk {
  readonly write_seconds: number;
  readonly idle_seconds: number;
  readonly error: string;
  readonly error_seconds: number;
  readonly ok: boolean;
  readonly hang_seconds: number;
}

/** As in node/lib/fencing.py; brokers are numbers, and a record's keys are brokers. */
interface Observations {
  readonly me: number;
  readonly minimum_running: number;
  readonly zookeeper: boolean;
  readonly registered: readonly number[];
  readonly controller: number | null;
  readonly unanswered: Readonly<Record<number, number>>;
  readonly reports: Readonly<Record<number, readonly number[]>>;
  readonly claims: readonly number[];
  readonly went_silent: readonly number[];
  readonly disk: Disk;
  readonly root_disk: Disk;
  readonly still_seconds: number;
  readonly unregistered_seconds: number;
  readonly fenced: string;
}

type Action = "run" | "claim" | "fence" | "restart" | "hold" | "well" | "needed";
type Decision = readonly [action: Action, kind: string, reason: string];

const library = join(__dirname, "../../../node/lib");

const driver = `
import json, sys
sys.path.insert(0, sys.argv[1])
from fencing import Disk, Observations, decide, hurries, silent_to_all
ask = {"decided": decide, "expelled": lambda seen: sorted(silent_to_all(seen)), "hurries": hurries}[sys.argv[2]]
by_broker = lambda record: {int(key): value for key, value in record.items()}
for seen in json.load(sys.stdin):
    seen.update(registered=frozenset(seen["registered"]), claims=tuple(seen["claims"]),
                went_silent=frozenset(seen["went_silent"]),
                disk=Disk(**seen["disk"]), root_disk=Disk(**seen["root_disk"]),
                unanswered=by_broker(seen["unanswered"]), reports=by_broker(seen["reports"]))
    print(json.dumps(ask(Observations(**seen))))
`;

function ask<Answer>(seen: readonly Observations[], what: "decided" | "expelled" | "hurries"): Answer[] {
  const { status, stdout, stderr } = spawnSync("python3", ["-BIS", "-c", driver, library, what], {
    input: JSON.stringify(seen),
    encoding: "utf8",
    maxBuffer: 64 * 1024 * 1024,
  });
  assert.equal(status, 0, stderr);
  return stdout
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line) as Answer);
}

const decideAll = (seen: readonly Observations[]): Decision[] => ask(seen, "decided");

/** Whom a broker with such an observation expels. */
const expelledBy = (...seen: readonly Observations[]): number[][] => ask(seen, "expelled");

function decide(seen: Observations): Decision {
  const [decision] = decideAll([seen]);
  assert.ok(decision);
  return decision;
}

const wellDisk: Disk = { write_seconds: 0, idle_seconds: 0, error: "", error_seconds: 0, ok: true, hang_seconds: 3 };
const everybody = [1, 2, 3, 4, 5];
const without = (list: readonly number[], ...gone: readonly number[]) => list.filter((id) => !gone.includes(id));

/** Broker 3 of five, all well; the reports are those of the pairs that reach each other. */
function cluster(
  changes: Partial<Observations> = {},
  reaches = (_a: number, _b: number): boolean => true,
): Observations {
  const registered = changes.registered ?? everybody;
  const pairs = registered.map((a) => [a, registered.filter((b) => a !== b && reaches(a, b))] as const);
  return {
    me: 3,
    minimum_running: 3,
    zookeeper: true,
    registered,
    controller: 1,
    unanswered: Object.fromEntries(without(registered, 3).map((id) => [id, reaches(3, id) ? 0 : 7])),
    reports: Object.fromEntries(pairs),
    claims: [],
    went_silent: [],
    disk: wellDisk,
    root_disk: wellDisk,
    still_seconds: 0,
    unregistered_seconds: 0,
    fenced: "",
    ...changes,
  };
}

/** The same network as another broker sees it. */
function viewOf(me: number, changes: Partial<Observations>, reaches: (a: number, b: number) => boolean): Observations {
  const registered = changes.registered ?? everybody;
  const unanswered = Object.fromEntries(without(registered, me).map((id) => [id, reaches(me, id) ? 0 : 7]));
  return { ...cluster(changes, reaches), me, unanswered };
}

/** The value of an expression over the modules `fencing` and `peers`. */
function python(expression: string): unknown {
  const script = `import json, sys; sys.path.insert(0, sys.argv[1]); import fencing, peers; print(json.dumps(${expression}))`;
  const { status, stdout, stderr } = spawnSync("python3", ["-BIS", "-c", script, library], { encoding: "utf8" });
  assert.equal(status, 0, stderr);
  return JSON.parse(stdout);
}

const split =
  (...groups: readonly (readonly number[])[]) =>
  (a: number, b: number): boolean =>
    groups.some((group) => group.includes(a) && group.includes(b));

const cutOff = split([1, 2, 4, 5], [3]);
const hanging: Disk = { ...wellDisk, write_seconds: 3.1, idle_seconds: 3.1, ok: false };
const slow: Disk = { ...wellDisk, write_seconds: 1.1 };

describe("the next look", function () {
  before(needsPython);

  it("comes soon while a disk is slow, a peer has fallen silent or Kafka stands still, not for what lasts", () => {
    const seen = [
      cluster(),
      cluster({ disk: slow }),
      cluster({ root_disk: slow }),
      cluster({ disk: { ...slow, write_seconds: 9 } }),
      cluster({ still_seconds: 0.4 }),
      cluster({ unanswered: { 1: 0.3 } }),
      cluster({ unanswered: { 1: 7 } }),
    ];
    assert.deepEqual(ask(seen, "hurries"), [false, true, true, false, true, true, false]);
  });
});

describe("the decision to fence", function () {
  this.timeout(60_000);
  before(needsPython);

  describe("of a broker whose peers are out of reach", () => {
    it("claims that it goes first, then fences", () => {
      const [action, kind, reason] = decide(cluster({}, cutOff));
      assert.deepEqual([action, kind], ["claim", "network"]);
      assert.equal(reason, "ZooKeeper answers, but not brokers 1, 2, 4, 5 for 6 s");
      assert.equal(decide(cluster({ claims: [3] }, cutOff))[0], "fence");
    });

    it("is made beside another one's, as long as enough stay that reach one another", () => {
      assert.equal(decide(cluster({ claims: [5] }, cutOff))[0], "claim");
      assert.equal(decide(cluster({ claims: [5, 3] }, cutOff))[0], "fence");
      assert.equal(decide(cluster({ claims: [5, 4] }, cutOff))[0], "run");
      assert.equal(decide(cluster({ claims: [3, 4, 5] }, cutOff))[0], "fence");
    });

    it("is made when only the controller is out of reach, for this broker alone", () => {
      const [action, , reason] = decide(cluster({}, (a, b) => ![a, b].includes(1) || ![a, b].includes(3)));
      assert.equal(action, "claim");
      assert.match(reason, /the controller, broker 1, answers the others but has not answered this broker for 6 s/);
    });

    const never: Record<string, Observations> = {
      "when all is well": cluster(),
      "when one peer is out of reach": cluster({}, (a, b) => ![a, b].includes(4) || ![a, b].includes(3)),
      "when nobody reaches the controller (it is dead)": cluster({}, split([2, 3, 4, 5], [1])),
      "while the silence is short": cluster({ unanswered: { 1: 5.9, 2: 5.9, 4: 5.9, 5: 5.9 } }, cutOff),
      "while nothing is known of the peers": cluster({ unanswered: {} }, cutOff),
      "when ZooKeeper does not answer": cluster({ zookeeper: false }, cutOff),
      "when this broker is not registered": cluster({ registered: without(everybody, 3) }, cutOff),
      "when two others have claimed before": cluster({ claims: [4, 5, 3] }, cutOff),
      "in a cluster of three, of which three are to run": cluster({ registered: [1, 2, 3] }, cutOff),
      "when the others do not watch": cluster({ reports: {} }, cutOff),
      "when nobody reaches anybody": cluster({}, () => false),
      "on the larger side of a split": cluster({}, split([1, 2, 3], [4, 5])),
      "in a split into many": cluster({}, split([1, 4], [2, 5], [3])),
      "when a zone with two brokers is lost, all still registered": cluster(
        { reports: { 1: [3, 4], 4: [1, 3] } },
        split([1, 3, 4]),
      ),
      "when a zone is lost while another broker is away": cluster(
        { registered: [1, 2, 3, 5], reports: { 1: [3] } },
        split([1, 3]),
      ),
      "when the others have not registered yet": cluster({ registered: [3] }, cutOff),
    };
    for (const [when, seen] of Object.entries(never)) {
      it(`is not made ${when}`, () => assert.equal(decide(seen)[0], "run"));
    }

    it("is made on the smaller side of a split", () =>
      assert.equal(decide(cluster({}, split([1, 2, 5], [3, 4])))[0], "claim"));

    it("says what speaks against it", () => {
      assert.match(
        decide(cluster({ claims: [4, 5] }, cutOff))[2],
        /not fenced: only 2 others are known to reach one another beside brokers 4, 5 that may be fenced, and 3 are to/,
      );
      assert.match(
        decide(cluster({ registered: [1, 2, 3] }, cutOff))[2],
        /not fenced: only 2 others are known to reach one another, and 3 are to/,
      );
      assert.match(
        decide(cluster({}, split([1, 4], [2, 5], [3])))[2],
        /not fenced: only 2 others are known to reach one another, and 3 are to/,
      );
    });
  });

  describe("where two zones can't reach one another, and all reach the third", () => {
    const zones: Readonly<Record<number, string>> = { 1: "a", 4: "a", 2: "b", 5: "b", 3: "c", 6: "c" };
    const apart = (a: number, b: number) => ![`ab`, `ba`].includes(`${zones[a]}${zones[b]}`);
    const views = (registered: readonly number[], changes: Partial<Observations> = {}) =>
      registered.map((me) => viewOf(me, { registered, ...changes }, apart));
    const going = (seen: readonly Observations[]) =>
      decideAll(seen).flatMap(([action], index) => (action === "run" ? [] : [`${seen[index]?.me} ${action}`]));

    it("the side without the controller goes, all of it", () => {
      assert.deepEqual(going(views(everybody, { controller: 1 })), ["2 claim", "5 claim"]);
      assert.deepEqual(going(views(everybody, { controller: 2 })), ["1 claim", "4 claim"]);
    });

    it("one and the same side goes when the controller is in the third zone", () =>
      assert.deepEqual(going(views(everybody, { controller: 3 })), ["2 claim", "5 claim"]));

    it("the side of which one is already gone goes, whatever its number", () => {
      assert.deepEqual(going(views([1, 2, 3, 4], { controller: 3, claims: [5] })), ["2 claim"]);
      assert.deepEqual(going(views([1, 2, 3, 5], { controller: 3, claims: [4] })), ["1 claim"]);
    });

    it("nobody goes by claims that contradict one another", () =>
      assert.deepEqual(going(views(everybody, { controller: 1, claims: [4, 5] })), []));

    it("the smaller side goes", () => assert.deepEqual(going(views([1, 4, 2, 3], { controller: 2 })), ["2 claim"]));

    it("in a cluster of six as in one of five, though each reaches most of the others", () => {
      assert.deepEqual(going(views([1, 2, 3, 4, 5, 6], { controller: 3 })), ["2 claim", "5 claim"]);
    });

    it("nobody goes when too few would be left", () =>
      assert.deepEqual(going(views(everybody, { controller: 3, minimum_running: 4 })), []));
  });

  describe("of a broker whose disk fails", () => {
    for (const [how, disk, kind] of [
      ["hangs", hanging, "disk-hangs"],
      ["is busy beyond use", { ...hanging, write_seconds: 31, idle_seconds: 0 }, "disk-hangs"],
      ["is gone", { ...wellDisk, error: "EIO", error_seconds: 2, ok: false }, "disk-gone"],
      ["has become read-only", { ...wellDisk, error: "EROFS", error_seconds: 3, ok: false }, "disk-gone"],
    ] as const) {
      it(`is made when it ${how}`, () => {
        assert.deepEqual(decide(cluster({ disk })).slice(0, 2), ["claim", kind]);
        assert.deepEqual(decide(cluster({ root_disk: disk })).slice(0, 2), ["claim", `root-${kind}`]);
        assert.equal(decide(cluster({ disk, claims: [3] }))[0], "fence");
        assert.equal(decide(cluster({ disk, claims: [4, 3] }))[0], "fence");
        assert.equal(decide(cluster({ disk, claims: [4, 5, 3] }))[0], "run");
        assert.equal(decide(cluster({ disk, claims: [4, 5] }))[0], "run");
        assert.equal(decide(cluster({ disk, registered: [1, 2, 3] }))[0], "run");
        assert.equal(decide(cluster({ disk, reports: {} }, split([2, 3, 4])))[0], "run");
        assert.equal(decide(cluster({ disk, zookeeper: false }))[0], "run");
      });
    }

    for (const [how, disk] of [
      ["is slow, but completes writes", { ...hanging, write_seconds: 20, idle_seconds: 1 }],
      ["was idle for long before this write", { ...hanging, write_seconds: 2.9, idle_seconds: 60 }],
      ["is used to slower writes", { ...hanging, write_seconds: 5, idle_seconds: 5, hang_seconds: 6 }],
      ["is full", { ...wellDisk, error: "ENOSPC", error_seconds: 60, ok: false }],
      ["failed once", { ...wellDisk, error: "EIO", error_seconds: 1, ok: false }],
      ["is not mounted yet", { ...wellDisk, ok: false }],
    ] as const) {
      it(`is not made when it ${how}`, () => assert.equal(decide(cluster({ disk }))[0], "run"));
    }
  });

  it("takes a disk to hang at four times its slowest write of late, between three seconds and eight", () =>
    assert.deepEqual(
      ["None", "0.004", "0.75", "1.2", "5"].map((slowest) => python(`fencing.hang_seconds(${slowest})`)),
      [8, 3, 3, 4.8, 8],
    ));

  describe("of a broker whose JVM stands still", () => {
    it("is made after two seconds, as for any other fault", () => {
      assert.deepEqual(decide(cluster({ still_seconds: 2 })), [
        "claim",
        "stands-still",
        "Kafka's JVM has stood still for 2 s",
      ]);
      assert.equal(decide(cluster({ still_seconds: 1.9 }))[0], "run");
      assert.equal(decide(cluster({ still_seconds: 9, claims: [3] }))[0], "fence");
      assert.equal(decide(cluster({ still_seconds: 9, claims: [4, 5, 3] }))[0], "run");
      assert.equal(decide(cluster({ still_seconds: 9, registered: without(everybody, 3) }))[0], "run");
    });

    it("lasts as long as a disk takes no writes, which may have been why", () => {
      assert.equal(decide(cluster({ fenced: "stands-still", still_seconds: 9 }))[0], "well");
      assert.equal(decide(cluster({ fenced: "stands-still", disk: hanging }))[0], "hold");
      assert.equal(decide(cluster({ fenced: "stands-still", root_disk: hanging }))[0], "hold");
      assert.equal(decide(cluster({ fenced: "stands-still" }, cutOff))[0], "well");
    });
  });

  describe("once it is made", () => {
    it("holds until the fault is over", () => {
      assert.equal(decide(cluster({ fenced: "network", registered: [1, 2, 4, 5] }, cutOff))[0], "hold");
      assert.equal(decide(cluster({ fenced: "network", registered: [1, 2, 4, 5] }))[0], "well");
      assert.equal(decide(cluster({ fenced: "disk-hangs", disk: hanging }))[0], "hold");
      assert.equal(decide(cluster({ fenced: "disk-gone", disk: { ...wellDisk, error: "EIO", ok: false } }))[0], "hold");
      assert.equal(decide(cluster({ fenced: "disk-gone", disk: { ...wellDisk, ok: false } }))[0], "hold");
      assert.equal(decide(cluster({ fenced: "root-disk-hangs", root_disk: hanging }))[0], "hold");
      assert.equal(decide(cluster({ fenced: "root-disk-hangs", disk: hanging }))[0], "well");
      assert.equal(decide(cluster({ fenced: "disk-hangs" }, cutOff))[0], "well");
      assert.equal(
        decide(cluster({ fenced: "disk-hangs", disk: { ...wellDisk, error: "ENOSPC", ok: false } }))[0],
        "well",
      );
    });

    it("waits for ZooKeeper, for the controller, and for a first answer", () => {
      assert.equal(decide(cluster({ fenced: "network", zookeeper: false }))[0], "hold");
      assert.match(decide(cluster({ fenced: "network" }, (a, b) => a !== 3 || b !== 1))[2], /no answer from broker 1/);
      assert.equal(decide(cluster({ fenced: "network", unanswered: {} }))[0], "hold");
    });

    it("waits for whomever the others reach: it would be fenced again", () =>
      assert.match(
        decide(cluster({ fenced: "network" }, (a, b) => !(a === 3 && [4, 5].includes(b))))[2],
        /no answer from brokers 4, 5/,
      ));

    it("ends when the others have become too few, even while they are out of reach", () =>
      assert.equal(decide(cluster({ fenced: "network", registered: [1, 2] }, cutOff))[0], "needed"));

    it("lasts twice as long each time that the fault has come back soon", () =>
      assert.deepEqual(
        [0, 1, 2, 5, 6, 50].map((before) => python(`fencing.well_seconds(${before})`)),
        [5, 10, 20, 160, 300, 300],
      ));
  });

  describe("to restart a broker that runs and is not registered", () => {
    const registered = without(everybody, 3);
    it("is made once that has lasted, and ZooKeeper answers", () => {
      assert.deepEqual(decide(cluster({ registered, unregistered_seconds: 10 })), [
        "restart",
        "unregistered",
        "Kafka runs and is not registered, for 10 s",
      ]);
      assert.equal(decide(cluster({ registered, unregistered_seconds: 9.9 }))[0], "run");
      assert.equal(decide(cluster({ unregistered_seconds: 10 }))[0], "run");
      assert.equal(decide(cluster({ registered, unregistered_seconds: 10, zookeeper: false }))[0], "run");
      assert.equal(decide(cluster({ registered, unregistered_seconds: 10, fenced: "network" }))[0], "well");
    });
  });

  describe("to fence one that the others have expelled", () => {
    const registered = without(everybody, 3);
    const expelled = (changes: Partial<Observations> = {}, reaches = cutOff): Observations => {
      const seen = cluster({ registered, unregistered_seconds: 0.5, ...changes }, reaches);
      return { ...seen, unanswered: changes.unanswered ?? { 1: 2, 2: 2, 4: 2, 5: 2 } };
    };
    it("is made as soon as it knows, while none of them answers it, be it that it hears nothing of them either", () => {
      const [action, kind, reason] = decide(expelled());
      assert.deepEqual([action, kind], ["claim", "network"]);
      assert.equal(reason, "Kafka runs and is not registered, and there is no answer from brokers 1, 2, 4, 5");
      assert.equal(decide(expelled({ claims: [3] }))[0], "fence");
      assert.equal(decide(expelled({ reports: {} }))[0], "claim");
    });
    it("is not made when one answers, when Kafka does not run, or when they are too few", () => {
      assert.equal(decide(expelled({ unanswered: { 1: 2, 2: 2, 4: 2, 5: 0 } }))[0], "run");
      assert.equal(decide(expelled({ unregistered_seconds: 0 }))[0], "run");
      assert.equal(decide(expelled({ registered: [1, 2] }))[0], "run");
      assert.equal(decide(expelled({ zookeeper: false }))[0], "run");
    });
  });

  describe("to expel others", () => {
    const lost = (...gone: readonly number[]) => split(without(everybody, ...gone));
    /** Broker 3 and what it sees of those that are lost, whose reports are the last ones that they wrote. */
    const seen = (gone: readonly number[], changes: Partial<Observations> = {}): Observations => {
      const all = cluster(changes, lost(...gone));
      const reports = { ...all.reports, ...Object.fromEntries(gone.map((id) => [id, without(everybody, id)])) };
      return { ...all, reports: changes.reports ?? reports };
    };

    it("is made when they are silent to all that are left, and these reach one another", () => {
      assert.deepEqual(expelledBy(seen([5]), seen([1]), seen([2, 5])), [[5], [1], [2, 5]]);
      assert.deepEqual(expelledBy({ ...seen([5]), unanswered: { 1: 0, 2: 0, 4: 0, 5: 1.5 } }), [[5]]);
    });

    it("is made by one whose own disk fails as by the others, until it has claimed to go", () => {
      assert.deepEqual(expelledBy(seen([5], { disk: hanging }), seen([5], { claims: [3] })), [[5], []]);
    });

    const never: Record<string, Observations> = {
      "while all answer": cluster(),
      "while another one still reaches it": seen([5], { reports: { 1: [2, 3, 4], 2: [1, 3, 4, 5], 4: [1, 2, 3] } }),
      "while another one has said nothing": seen([5], { reports: { 1: [2, 3, 4], 2: [1, 3, 4] } }),
      "while those that are left don't all reach one another": seen([5], {
        reports: { 1: [2, 3, 4], 2: [1, 3], 4: [1, 3] },
      }),
      "when fewer than are to run would be left": seen([1, 2, 5]),
      "when one of those that are left has claimed to go": seen([2, 5], { claims: [4] }),
      "when most are silent, whatever is to run": seen([1, 2, 5], { minimum_running: 1 }),
      "when it fell silent a moment ago already": seen([5], { went_silent: [5] }),
      "when ZooKeeper does not answer": seen([5], { zookeeper: false }),
      "by one that is fenced": seen([5], { fenced: "disk-hangs" }),
      "by one that is not registered": seen([5], { registered: without(everybody, 3) }),
      "while nothing is known of the peers": seen([5], { unanswered: {} }),
      "in a network of which two zones are apart": cluster({}, (a, b) => !([1, 4].includes(a) && [2, 5].includes(b))),
    };
    for (const [when, observations] of Object.entries(never))
      it(`is not made ${when}`, () => assert.deepEqual(expelledBy(observations), [[]]));

    it("never leaves too few, whoever decides to go by itself at the same moment", () => {
      const rounds = fc.sample(
        fc.record({
          size: fc.integer({ min: 3, max: 8 }),
          minimum_running: fc.integer({ min: 1, max: 5 }),
          lost: fc.subarray([1, 2, 3, 4, 5, 6, 7, 8], { maxLength: 3 }),
          hung: fc.subarray([1, 2, 3, 4, 5, 6, 7, 8], { maxLength: 3 }),
          // In which order claims are made: of one that goes by itself, and of one that the others expel.
          order: fc.shuffledSubarray([1, 2, 3, 4, 5, 6, 7, 8], { minLength: 8, maxLength: 8 }),
        }),
        400,
      );
      let several = 0;
      const views = rounds.map(({ size, minimum_running, lost: silent, hung }) => {
        const registered = Array.from({ length: size }, (_, index) => index + 1);
        const reaches = (a: number, b: number): boolean => !silent.includes(a) && !silent.includes(b);
        return without(registered, ...silent).map((me) => (claims: readonly number[]) => ({
          ...viewOf(me, { registered, minimum_running, claims, disk: hung.includes(me) ? hanging : wellDisk }, reaches),
          // A hung one may take another one that was just lost for one that lives.
          ...(hung.includes(me) && { unanswered: Object.fromEntries(without(registered, me).map((id) => [id, 0])) }),
        }));
      });
      const flat = views.flatMap((all) => all.map((view) => view([])));
      const first = { going: decideAll(flat), expelling: expelledBy(...flat) };
      let at = 0;
      const claims = views.map((all, index) => {
        const willing = all.flatMap((view) => {
          const expelled = first.expelling[at] ?? [];
          return first.going[at++]?.[0] === "claim" ? [view([]).me, ...expelled] : expelled;
        });
        return (rounds[index]?.order ?? []).filter((id) => willing.includes(id));
      });
      const again = views.flatMap((all, index) => all.map((view) => view(claims[index] ?? [])));
      const second = { going: decideAll(again), expelling: expelledBy(...again) };
      at = 0;
      views.forEach((all, index) => {
        const gone = new Set<number>();
        const expelled = new Set<number>();
        for (const view of all) {
          if (second.going[at]?.[0] === "fence") gone.add(view([]).me);
          for (const id of second.expelling[at++] ?? []) expelled.add(id);
        }
        const { size = 0, minimum_running = 0 } = rounds[index] ?? {};
        if (expelled.size > 0)
          assert.ok(
            size - gone.size - expelled.size >= minimum_running,
            JSON.stringify({ round: rounds[index], claims }),
          );
        if (expelled.size > 1) several++;
      });
      assert.ok(several > 10, `only ${several} times several`);
    });
  });

  describe("whatever is observed", () => {
    const id = fc.integer({ min: 1, max: 6 });
    const seconds = fc.oneof(
      fc.constant(0),
      fc.double({ min: 0, max: 60, noNaN: true }),
      fc.integer({ min: 0, max: 60 }),
    );
    const anyDisk = fc.record({
      write_seconds: seconds,
      idle_seconds: seconds,
      error: fc.constantFrom("", "", "EIO", "ENOSPC"),
      error_seconds: seconds,
      ok: fc.boolean(),
      hang_seconds: fc.double({ min: 3, max: 8, noNaN: true }),
    });
    const anything: fc.Arbitrary<Observations> = fc.record({
      me: id,
      minimum_running: fc.integer({ min: 1, max: 4 }),
      zookeeper: fc.constantFrom(true, true, true, false),
      registered: fc.uniqueArray(id, { minLength: 2 }),
      controller: fc.option(id),
      unanswered: fc.dictionary(fc.constantFrom("1", "2", "3", "4", "5", "6"), seconds),
      reports: fc.dictionary(fc.constantFrom("1", "2", "3", "4", "5", "6"), fc.uniqueArray(id)),
      claims: fc.uniqueArray(id, { maxLength: 3 }),
      went_silent: fc.uniqueArray(id, { maxLength: 1 }),
      disk: anyDisk,
      root_disk: fc.oneof({ weight: 4, arbitrary: fc.constant(wellDisk) }, anyDisk),
      still_seconds: fc.oneof({ weight: 3, arbitrary: fc.constant(0) }, seconds),
      unregistered_seconds: seconds,
      fenced: fc.constantFrom("", "", "", "network", "disk-hangs", "disk-gone", "root-disk-hangs", "stands-still"),
    });
    let samples: readonly { readonly seen: Observations; readonly decision: Decision }[];
    before(() => {
      const seen = fc.sample(anything, 20_000);
      const decisions = decideAll(seen);
      samples = seen.map((each, index) => ({ seen: each, decision: decisions[index] as Decision }));
    });

    it("nobody is fenced without ZooKeeper, unregistered, without a claim, or when too few would be left", () => {
      const fencing = samples.filter(({ decision: [action] }) => action === "claim" || action === "fence");
      assert.ok(fencing.length > 100, `only ${fencing.length} of the samples`);
      for (const { seen, decision } of fencing) {
        const context = JSON.stringify({ seen, decision });
        assert.ok(seen.zookeeper && seen.fenced === "", context);
        const claimed = seen.claims.indexOf(seen.me);
        const before = claimed < 0 ? seen.claims : seen.claims.slice(0, claimed);
        if (seen.registered.includes(seen.me))
          assert.ok(without(seen.registered, seen.me, ...before).length >= seen.minimum_running, context);
        // One that is out already takes nobody away: it goes when it listens and nobody answers it.
        else assert.ok(seen.unregistered_seconds > 0 && seen.registered.every((id) => seen.unanswered[id]), context);
        assert.equal(decision[0], claimed < 0 ? "claim" : "fence", context);
        assert.notEqual(decision[2], "", context);
      }
    });

    it("nobody is restarted but who is not registered, for long enough, and ZooKeeper answers", () => {
      const restarted = samples.filter(({ decision: [action] }) => action === "restart");
      assert.ok(restarted.length > 100, `only ${restarted.length} of the samples`);
      for (const { seen } of restarted)
        assert.ok(seen.zookeeper && !seen.registered.includes(seen.me) && seen.unregistered_seconds >= 10);
    });

    it("whoever decides in the same moment as others, enough are left, and they hold together", () => {
      // Brokers whose disks hang, or that don't reach one another, in any number, claim and decide in any order.
      const round = fc.record({
        links: fc.array(fc.constantFrom(true, true, true, false), { minLength: 28, maxLength: 28 }),
        hung: fc.subarray([1, 2, 3, 4, 5, 6, 7, 8]),
        size: fc.integer({ min: 3, max: 8 }),
        minimum_running: fc.integer({ min: 1, max: 5 }),
        controller: fc.integer({ min: 1, max: 8 }),
        order: fc.shuffledSubarray([1, 2, 3, 4, 5, 6, 7, 8], { minLength: 8, maxLength: 8 }),
      });
      const rounds = fc.sample(round, 1500);
      const context = rounds.map(({ links, hung, size, minimum_running, controller }) => {
        const registered = Array.from({ length: size }, (_, index) => index + 1);
        const reaches = (a: number, b: number): boolean =>
          links[((Math.max(a, b) - 1) * (Math.max(a, b) - 2)) / 2 + Math.min(a, b) - 1] ?? true;
        const view = (me: number, claims: readonly number[]) =>
          viewOf(
            me,
            { registered, controller, minimum_running, claims, disk: hung.includes(me) ? hanging : wellDisk },
            reaches,
          );
        return { registered, reaches, view };
      });
      // All look before any has claimed; then each claims, and looks again when all have.
      const first = decideAll(context.flatMap(({ registered, view }) => registered.map((me) => view(me, []))));
      let at = 0;
      const claims = context.map(({ registered }, index) => {
        const willing = registered.filter(() => first[at++]?.[0] === "claim");
        return (rounds[index]?.order ?? []).filter((id) => willing.includes(id));
      });
      const second = decideAll(
        context.flatMap(({ view }, index) => (claims[index] ?? []).map((me) => view(me, claims[index] ?? []))),
      );
      at = 0;
      let several = 0;
      context.forEach(({ registered, reaches }, index) => {
        const { minimum_running = 0, hung = [] } = rounds[index] ?? {};
        const gone = (claims[index] ?? []).filter(() => second[at++]?.[0] === "fence");
        const left = without(registered, ...gone);
        const say = JSON.stringify({ round: rounds[index], claims: claims[index], gone });
        if (gone.length > 0) assert.ok(left.length >= minimum_running, say);
        if (gone.length > 1) several++;
        // Nobody goes for the network's sake who reaches all that are left.
        for (const one of hung.length === 0 ? gone : [])
          assert.ok(
            left.some((other) => !reaches(one, other)),
            say,
          );
      });
      assert.ok(several > 50, `only ${several} times several`);
    });

    it("a broker leaves only a network in which most of the others hold together", () => {
      const pairs = fc.array(fc.boolean(), { minLength: 15, maxLength: 15 });
      const views = fc.sample(pairs, 1500).flatMap((links) => {
        const reaches = (a: number, b: number): boolean =>
          links[(Math.max(a, b) * (Math.max(a, b) - 1)) / 2 - Math.max(a, b) + Math.min(a, b)] ?? true;
        return everybody.map((me) => ({
          ...cluster({}, reaches),
          me,
          unanswered: Object.fromEntries(without(everybody, me).map((other) => [other, reaches(me, other) ? 0 : 7])),
        }));
      });
      const decisions = decideAll(views);
      let fenced = 0;
      for (const [index, seen] of views.entries()) {
        if (decisions[index]?.[0] !== "claim") continue;
        fenced++;
        // Those who stay hold together without this broker.
        const others = without(everybody, seen.me);
        const together = others.filter(
          (other) => 2 * (seen.reports[other] ?? []).filter((peer) => peer !== seen.me).length > others.length - 1,
        );
        assert.ok(2 * together.length > others.length, JSON.stringify(seen));
        assert.ok(Object.values(seen.unanswered).some((each) => each >= 6));
      }
      assert.ok(fenced > 10, `only ${fenced}`);
    });

    it("a broker that is fenced holds or is well, and one that is not never is", () => {
      for (const { seen, decision } of samples)
        assert.equal(
          ["hold", "well", "needed"].includes(decision[0]),
          seen.fenced !== "",
          JSON.stringify({ seen, decision }),
        );
    });

    it("nothing is said while there is no fault", () => {
      for (const { seen, decision } of samples)
        if (
          seen.disk.ok &&
          seen.disk.write_seconds < 3 &&
          seen.disk.error === "" &&
          seen.root_disk.write_seconds < 3 &&
          seen.root_disk.error === "" &&
          seen.still_seconds < 2 &&
          seen.unregistered_seconds === 0 &&
          seen.fenced === "" &&
          Object.values(seen.unanswered).every((each) => each < 6)
        )
          assert.deepEqual(decision, ["run", "", ""]);
    });
  });
});
