import assert from "node:assert/strict";
import fc from "fast-check";
import { lagOf, type PartitionFacts, type Retention } from "../../../../ops/groups/lag";
import { Timeline } from "../../../../ops/groups/timeline";

const now = 100_000_000;
const day = 24 * 3600;

/** A partition that has got ten events a second for the last 2,000 s, up to now; 1,000 of them are deleted. */
function facts(changes: Partial<PartitionFacts> = {}): PartitionFacts {
  const timeline = new Timeline();
  for (let seconds = 2000; seconds >= 0; seconds -= 10) {
    timeline.extend({ at: now - seconds * 1000, offset: (2000 - seconds) * 10 });
  }
  return { beginning: 1000, end: 20_000, bytes: 1_900_000, timeline, ...changes };
}

function lag(offsets: readonly number[], retention: Retention = {}, known: Partial<PartitionFacts> = {}) {
  const committed = offsets.map((offset, partition) => ({ topic: "t", partition, offset }));
  const [found, ...others] = lagOf(
    "g",
    committed,
    () => facts(known),
    () => retention,
    now,
  );
  assert.deepEqual(others, []);
  assert.ok(found);
  return found;
}

describe("how far a group is behind", () => {
  it("is nothing where all is read", () => {
    const nothing = {
      group: "g",
      topic: "t",
      messages: 0,
      seconds: 0,
      secondsUntilDeleted: Infinity,
      deletedUnread: 0,
    };
    assert.deepEqual(lag([20_000, 20_000], { ms: 1000, bytes: 1 }), nothing);
    assert.deepEqual(lag([0], {}, { beginning: 0, end: 0 }), nothing);
  });

  it("is the events of all partitions, and the age of the oldest", () => {
    const found = lag([19_000, 15_000, 20_000]);
    assert.deepEqual([found.messages, found.deletedUnread, found.secondsUntilDeleted], [6000, 0, Infinity]);
    assert.ok(Math.abs(found.seconds - 500) <= 5, `${found.seconds} s`);
  });

  it("says how long the oldest is safe from retention by time", () => {
    const { secondsUntilDeleted } = lag([19_000, 15_000], { ms: day * 1000 });
    assert.ok(Math.abs(secondsUntilDeleted - (day - 500)) <= 5, `${secondsUntilDeleted} s`);
    assert.equal(lag([15_000], { ms: 100_000 }).secondsUntilDeleted, 0);
  });

  it("says how long it is safe from retention by size, as fast as the partition grows", () => {
    // An event has 100 bytes; the limit is 20,000 of them, so event 15,000 goes with the 35,000th.
    const { secondsUntilDeleted } = lag([15_000], { ms: day * 1000, bytes: 2_000_000 });
    assert.ok(Math.abs(secondsUntilDeleted - 1500) <= 15, `${secondsUntilDeleted} s`);
    assert.equal(lag([15_000], { bytes: 2_000_000 }, { bytes: undefined }).secondsUntilDeleted, Infinity);
  });

  it("counts apart what was deleted unread, and goes on with what is left", () => {
    const found = lag([400]);
    assert.deepEqual([found.messages, found.deletedUnread], [19_000, 600]);
    assert.ok(Math.abs(found.seconds - 1900) <= 20, `${found.seconds} s`);
    const gone = lag([400], {}, { beginning: 20_000 });
    assert.deepEqual([gone.messages, gone.seconds, gone.deletedUnread], [0, 0, 19_600]);
  });

  it("leaves out partitions of which nothing is known, and topics of which nothing is", () => {
    const committed = [
      { topic: "t", partition: 0, offset: 19_990 },
      { topic: "t", partition: 1, offset: 0 },
      { topic: "gone", partition: 0, offset: 0 },
    ];
    const found = lagOf(
      "g",
      committed,
      ({ topic, partition }) => (topic === "t" && partition === 0 ? facts() : undefined),
      () => ({}),
      now,
    );
    assert.deepEqual(
      found.map(({ topic, messages }) => [topic, messages]),
      [["t", 10]],
    );
  });

  it("never grows as a group reads on", () => {
    fc.assert(
      fc.property(fc.nat(20_000), fc.nat(20_000), fc.nat(3_000_000), fc.nat(5_000_000), (a, b, ms, bytes) => {
        const [behind, ahead] = [Math.min(a, b), Math.max(a, b)].map((offset) => lag([offset], { ms, bytes }));
        assert.ok(behind && ahead);
        assert.ok(behind.messages >= ahead.messages && behind.seconds >= ahead.seconds);
        assert.ok(
          behind.secondsUntilDeleted <= ahead.secondsUntilDeleted && behind.deletedUnread >= ahead.deletedUnread,
        );
        assert.ok(ahead.messages >= 0 && ahead.seconds >= 0 && ahead.secondsUntilDeleted >= 0);
      }),
    );
  });
});
