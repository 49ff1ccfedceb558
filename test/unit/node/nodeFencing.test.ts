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
  readonly lock: number | null;
  readonly disk: Disk;
  readonly fenced: string;
}

type Decision = readonly [action: "run" | "lock" | "fence" | "hold" | "well", kind: string, reason: string];

const driver = `
import json, sys
sys.path.insert(0, sys.argv[1])
from fencing import Disk, Observations, decide
by_broker = lambda record: {int(key): value for key, value in record.items()}
for seen in json.load(sys.stdin):
    seen.update(registered=frozenset(seen["registered"]), disk=Disk(**seen["disk"]),
                unanswered=by_broker(seen["unanswered"]), reports=by_broker(seen["reports"]))
    print(json.dumps(decide(Observations(**seen))))
`;

function decideAll(seen: readonly Observations[]): Decision[] {
  const library = join(__dirname, "../../../node/lib");
  const { status, stdout, stderr } = spawnSync("python3", ["-BIS", "-c", driver, library], {
    input: JSON.stringify(seen),
    encoding: "utf8",
    maxBuffer: 64 * 1024 * 1024,
  });
  assert.equal(status, 0, stderr);
  return stdout
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line) as Decision);
}

function decide(seen: Observations): Decision {
  const [decision] = decideAll([seen]);
  assert.ok(decision);
  return decision;
}

const wellDisk: Disk = { write_seconds: 0, idle_seconds: 0, error: "", error_seconds: 0, ok: true };
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
    lock: null,
    disk: wellDisk,
    fenced: "",
    ...changes,
  };
}

const split =
  (...groups: readonly (readonly number[])[]) =>
  (a: number, b: number): boolean =>
    groups.some((group) => group.includes(a) && group.includes(b));

const cutOff = split([1, 2, 4, 5], [3]);
const hanging: Disk = { ...wellDisk, write_seconds: 9, idle_seconds: 9, ok: false };

describe("the decision to fence", function () {
  this.timeout(15_000);
  before(needsPython);

  describe("of a broker whose peers are out of reach", () => {
    it("takes the lock first, then fences", () => {
      const [action, kind, reason] = decide(cluster({}, cutOff));
      assert.deepEqual([action, kind], ["lock", "network"]);
      assert.equal(reason, "ZooKeeper answers, but not brokers 1, 2, 4, 5 for 6 s");
      assert.equal(decide(cluster({ lock: 3 }, cutOff))[0], "fence");
    });

    it("is made when only the controller is out of reach, for this broker alone", () => {
      const [action, , reason] = decide(cluster({}, (a, b) => ![a, b].includes(1) || ![a, b].includes(3)));
      assert.equal(action, "lock");
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
      "when another broker is fenced": cluster({ lock: 5 }, cutOff),
      "when an earlier run's lock is left": cluster({ lock: -1 }, cutOff),
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
      assert.equal(decide(cluster({}, split([1, 2, 5], [3, 4])))[0], "lock"));

    it("says what speaks against it", () => {
      assert.match(decide(cluster({ lock: 5 }, cutOff))[2], /not fenced: broker 5 may be fenced, one at a time/);
      assert.match(
        decide(cluster({ registered: [1, 2, 3] }, cutOff))[2],
        /not fenced: only 2 others are known to run, and 3 are to/,
      );
      assert.match(
        decide(cluster({}, split([1, 4], [2, 5], [3])))[2],
        /most of the others do not say that they reach one another/,
      );
    });
  });

  describe("of a broker whose disk fails", () => {
    for (const [how, disk, kind] of [
      ["hangs", hanging, "disk-hangs"],
      ["is busy beyond use", { ...hanging, write_seconds: 31, idle_seconds: 0 }, "disk-hangs"],
      ["is gone", { ...wellDisk, error: "EIO", error_seconds: 2, ok: false }, "disk-gone"],
      ["has become read-only", { ...wellDisk, error: "EROFS", error_seconds: 3, ok: false }, "disk-gone"],
    ] as const) {
      it(`is made when it ${how}`, () => {
        assert.deepEqual(decide(cluster({ disk })).slice(0, 2), ["lock", kind]);
        assert.equal(decide(cluster({ disk, lock: 3 }))[0], "fence");
        assert.equal(decide(cluster({ disk, lock: 4 }))[0], "run");
        assert.equal(decide(cluster({ disk, registered: [1, 2, 3] }))[0], "run");
        assert.equal(decide(cluster({ disk, reports: {} }, split([2, 3, 4])))[0], "run");
        assert.equal(decide(cluster({ disk, zookeeper: false }))[0], "run");
      });
    }

    for (const [how, disk] of [
      ["is slow, but completes writes", { ...hanging, write_seconds: 20, idle_seconds: 1 }],
      ["was idle for long before this write", { ...hanging, write_seconds: 3, idle_seconds: 60 }],
      ["is full", { ...wellDisk, error: "ENOSPC", error_seconds: 60, ok: false }],
      ["failed once", { ...wellDisk, error: "EIO", error_seconds: 1, ok: false }],
      ["is not mounted yet", { ...wellDisk, ok: false }],
    ] as const) {
      it(`is not made when it ${how}`, () => assert.equal(decide(cluster({ disk }))[0], "run"));
    }
  });

  describe("once it is made", () => {
    it("holds until the fault is over", () => {
      assert.equal(decide(cluster({ fenced: "network", registered: [1, 2, 4, 5] }, cutOff))[0], "hold");
      assert.equal(decide(cluster({ fenced: "network", registered: [1, 2, 4, 5] }))[0], "well");
      assert.equal(decide(cluster({ fenced: "disk-hangs", disk: hanging }))[0], "hold");
      assert.equal(decide(cluster({ fenced: "disk-gone", disk: { ...wellDisk, error: "EIO", ok: false } }))[0], "hold");
      assert.equal(decide(cluster({ fenced: "disk-gone", disk: { ...wellDisk, ok: false } }))[0], "hold");
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

    it("ends when the others have become too few, even while they are out of reach", () =>
      assert.equal(decide(cluster({ fenced: "network", registered: [1, 2] }, cutOff))[0], "well"));
  });

  describe("whatever is observed", () => {
    const id = fc.integer({ min: 1, max: 6 });
    const seconds = fc.oneof(fc.constant(0), fc.double({ min: 0, max: 60, noNaN: true }));
    const anything: fc.Arbitrary<Observations> = fc.record({
      me: id,
      minimum_running: fc.integer({ min: 1, max: 4 }),
      zookeeper: fc.constantFrom(true, true, true, false),
      registered: fc.uniqueArray(id, { minLength: 2 }),
      controller: fc.option(id),
      unanswered: fc.dictionary(fc.constantFrom("1", "2", "3", "4", "5", "6"), seconds),
      reports: fc.dictionary(fc.constantFrom("1", "2", "3", "4", "5", "6"), fc.uniqueArray(id)),
      lock: fc.option(fc.integer({ min: -1, max: 6 }), { freq: 1 }),
      disk: fc.record({
        write_seconds: seconds,
        idle_seconds: seconds,
        error: fc.constantFrom("", "", "EIO", "ENOSPC"),
        error_seconds: seconds,
        ok: fc.boolean(),
      }),
      fenced: fc.constantFrom("", "", "", "network", "disk-hangs", "disk-gone"),
    });
    let samples: readonly { readonly seen: Observations; readonly decision: Decision }[];
    before(() => {
      const seen = fc.sample(anything, 20_000);
      const decisions = decideAll(seen);
      samples = seen.map((each, index) => ({ seen: each, decision: decisions[index] as Decision }));
    });

    it("nobody is fenced without ZooKeeper, unregistered, against the lock, or when too few would be left", () => {
      const fencing = samples.filter(({ decision: [action] }) => action === "lock" || action === "fence");
      assert.ok(fencing.length > 100, `only ${fencing.length} of the samples`);
      for (const { seen, decision } of fencing) {
        const context = JSON.stringify({ seen, decision });
        assert.ok(seen.zookeeper && seen.registered.includes(seen.me) && seen.fenced === "", context);
        assert.ok(seen.registered.length - 1 >= seen.minimum_running, context);
        assert.equal(seen.lock, decision[0] === "lock" ? null : seen.me, context);
        assert.notEqual(decision[2], "", context);
      }
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
        if (decisions[index]?.[0] !== "lock") continue;
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
        assert.equal(["hold", "well"].includes(decision[0]), seen.fenced !== "", JSON.stringify({ seen, decision }));
    });

    it("nothing is said while there is no fault", () => {
      for (const { seen, decision } of samples)
        if (
          seen.disk.ok &&
          seen.disk.write_seconds < 8 &&
          seen.disk.error === "" &&
          seen.fenced === "" &&
          Object.values(seen.unanswered).every((each) => each < 6)
        )
          assert.deepEqual(decision, ["run", "", ""]);
    });
  });
});
