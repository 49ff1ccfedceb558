import assert from "node:assert/strict";
import fc from "fast-check";
import { PartitionRecord } from "../../../../ops/canary/partitionRecord";

describe("the record of a partition", () => {
  it("tells how long an event took to be acknowledged, and to be read", () => {
    const record = new PartitionRecord(0);
    record.sent(0, 10);
    assert.equal(record.acknowledged(0, 10.5), 0.5);
    assert.equal(record.read(0, 12), 2);
    assert.equal(record.read(0, 13), undefined, "read again");
    assert.equal(record.read(7, 13), undefined, "of a time before it was started");
    assert.equal(record.lost, 0);
  });

  it("has the gap of writing since the last acknowledgement, and of reading since the oldest that is unread", () => {
    const record = new PartitionRecord(0);
    record.sent(0, 1);
    record.advance(4);
    assert.deepEqual([record.writeGap, record.readGap], [4, 0]);
    record.acknowledged(0, 5);
    record.sent(1, 6);
    record.acknowledged(1, 7);
    record.advance(8);
    assert.deepEqual([record.writeGap, record.readGap], [1, 3]);
    record.read(0, 9);
    assert.equal(record.readGap, 2);
    record.read(1, 10);
    assert.deepEqual([record.writeGap, record.readGap], [3, 0]);
    assert.deepEqual([record.writes.interrupted, record.reads.interrupted], [3 + 1, 2 + 1]);
  });

  it("takes an event that is read before its acknowledgement comes for read", () => {
    const record = new PartitionRecord(0);
    record.sent(0, 1);
    assert.equal(record.read(0, 1.2), 1.2 - 1);
    assert.equal(record.acknowledged(0, 1.3), 1.3 - 1);
    record.advance(9);
    assert.equal(record.readGap, 0);
    record.sent(1, 10);
    record.acknowledged(1, 10);
    record.read(1, 10);
    assert.equal(record.lost, 0);
  });

  it("says that an acknowledged event is lost when a later one is read, and not one that was given up", () => {
    const record = new PartitionRecord(0);
    record.sent(0, 1);
    record.acknowledged(0, 1);
    record.sent(1, 2);
    record.failed(1, 2);
    record.sent(2, 3);
    record.acknowledged(2, 3);
    record.sent(3, 4);
    record.acknowledged(3, 4);
    record.read(3, 5);
    assert.equal(record.lost, 2);
    record.read(2, 6);
    assert.deepEqual([record.lost, record.readGap], [2, 0]);
  });

  it("counts nothing of the time in which the process itself did not run", () => {
    const record = new PartitionRecord(0);
    record.sent(0, 0);
    record.acknowledged(0, 0.5);
    record.sent(1, 1);
    record.skip(101);
    assert.deepEqual([record.writeGap, record.readGap], [0.5, 0.5]);
    assert.equal(record.acknowledged(1, 101.5), 0.5);
    assert.ok(Math.abs(record.writes.observed - 1.5) < 1e-9);
    assert.equal(record.writes.interrupted + record.reads.interrupted, 0);
  });

  it("loses nothing, whatever the order of acknowledgement and reading, and forgets what is read", () => {
    // Each event is read after it was sent, in order, before or after its acknowledgement; some are given up.
    const events = fc.array(fc.record({ early: fc.boolean(), fails: fc.boolean(), readLater: fc.nat(3) }), {
      maxLength: 100,
    });
    fc.assert(
      fc.property(events, (all) => {
        const record = new PartitionRecord(0);
        const unread: number[] = [];
        const readAll = (keep: number, now: number) => {
          while (unread.length > keep) record.read(unread.shift() ?? -1, now);
        };
        for (const [number, { early, fails, readLater }] of all.entries()) {
          record.sent(number, number);
          if (early) {
            unread.push(number);
            readAll(0, number + 0.1);
          }
          if (fails) record.failed(number, number + 0.5);
          else record.acknowledged(number, number + 0.5);
          if (!early && !fails) unread.push(number);
          readAll(readLater, number + 0.9);
        }
        readAll(0, all.length);
        assert.deepEqual([record.lost, record.readGap], [0, 0]);
      }),
    );
  });
});
