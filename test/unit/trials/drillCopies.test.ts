import assert from "node:assert/strict";
import { Writer } from "../../../ops/kafka/protocol";
import { batchesIn, compareCopies, copyFaults, type Copy } from "../../../trials/jobs/drill/copies";
import { committedOf } from "../../../trials/jobs/drill/reader";
import { committedFaults, groupPartition } from "../../../trials/jobs/drill/everyCopy";
import { FakeBrokers } from "../ops/fakeBrokers";

/** A record batch of so many records with a filling, as Kafka stores it. */
function batch(offset: number, records: number, filling = "x"): Buffer {
  const content = Buffer.alloc(49 + filling.length);
  content.writeInt32BE(records - 1, 11);
  content.write(filling, 49);
  const head = Buffer.alloc(12);
  head.writeBigInt64BE(BigInt(offset));
  head.writeInt32BE(content.length, 8);
  return Buffer.concat([head, content]);
}

const stretch = { topic: "t", partition: 0, from: 0, end: 5 };
const copy = (broker: number, ...parts: readonly Buffer[]): Copy => ({
  broker,
  batches: batchesIn(Buffer.concat(parts), 0),
});

describe("a copy of a partition", () => {
  it("is read batch by batch, without one that is cut off or was read before", () => {
    const bytes = Buffer.concat([batch(0, 3), batch(3, 2), batch(5, 1)]);
    const offsets = (from: number, length = bytes.length) =>
      batchesIn(bytes.subarray(0, length), from).map(({ offset, next }) => [offset, next]);
    assert.deepEqual(offsets(0), [
      [0, 3],
      [3, 5],
      [5, 6],
    ]);
    assert.deepEqual(offsets(3, bytes.length - 1), [[3, 5]]);
    assert.deepEqual(batchesIn(Buffer.alloc(0), 0), []);
  });

  it("is as good as the others when it has the same bytes up to the end", () => {
    const whole = [batch(0, 3), batch(3, 2)];
    assert.deepEqual(copyFaults(stretch, [copy(1, ...whole), copy(2, ...whole, batch(5, 1))]), []);
  });

  const whole = copy(1, batch(0, 3), batch(3, 2));
  const wrong: readonly (readonly [string, Copy, string])[] = [
    ["ends early", copy(2, batch(0, 3)), "t-0 on broker 2 ends at 3, before 5"],
    ["is empty", copy(2), "t-0 on broker 2 ends at 0, before 5"],
    [
      "has other events",
      copy(2, batch(0, 3), batch(3, 2, "y")),
      "t-0 on broker 2 differs from that on broker 1 from offset 3 on",
    ],
    ["lacks some in the middle", copy(2, batch(0, 3), batch(4, 1)), "t-0 on broker 2: offset 4 follows 2"],
    ["can't be read", { ...copy(2), problem: "no connection" }, "t-0 on broker 2 could not be read: no connection"],
  ];
  for (const [what, other, fault] of wrong) {
    it(`is found out when it ${what}, whichever is looked at first`, () => {
      assert.deepEqual(copyFaults(stretch, [whole, other]), [fault]);
      assert.notEqual(copyFaults(stretch, [other, whole]).length, 0);
    });
  }
});

describe("the copies of a topic", () => {
  let brokers: FakeBrokers;
  beforeEach(async () => {
    brokers = await FakeBrokers.start(1, 2);
    brokers.topics = [{ name: "t", partitions: [{ partition: 0, leader: 1, replicas: [1, 2], isr: [1, 2] }] }];
  });
  afterEach(() => brokers.stop());

  const answer = (records: Buffer): string => {
    const writer = new Writer();
    writer.int32(0);
    writer.int16(0);
    writer.int32(0);
    writer.structures(["t"], (name) => {
      writer.text(name);
      writer.structures([0], (partition) => {
        writer.int32(partition);
        writer.int16(0);
        for (let offset = 0; offset < 3; offset++) writer.int64(5);
        writer.structures(null, () => undefined);
        writer.int32(-1);
        writer.int32(records.length);
      });
    });
    return Buffer.concat([writer.bytes, records]).toString("hex");
  };
  const addresses = () =>
    [1, 2].map((id) => ({ id, address: `${brokers.address(id).host}:${brokers.address(id).port}` }));

  it("are read from the broker of each, until all is there", async () => {
    brokers.answer = (apiKey, times) => (apiKey === 1 && times < 2 ? answer(batch(0, 3)) : answer(batch(3, 2)));
    assert.deepEqual(await compareCopies([stretch], addresses(), 5000), { read: 2, faults: [] });
    assert.deepEqual([...brokers.asked].sort(), ["1: 1", "1: 1", "2: 1", "2: 1"]);
  });

  it("are found out when one has less than the rest", async () => {
    brokers.answer = (_, times, broker) =>
      broker === 1
        ? answer(Buffer.concat([batch(0, 3), batch(3, 2)]))
        : answer(times < 2 ? batch(0, 3) : Buffer.alloc(0));
    const { faults } = await compareCopies([stretch], addresses(), 500);
    assert.deepEqual(faults, ["t-0 on broker 2 could not be read: it gives nothing after offset 3"]);
  });
});

describe("a group's committed offsets", () => {
  it("stand in the partition by Java's hash of its name", () => {
    assert.equal(groupPartition("hello", 50), 99162322 % 50);
    // Its hash is Java's least number, whose sign bit goes.
    assert.equal(groupPartition("polygenelubricants", 50), 0);
  });

  it("have numbers for partitions, though kafkajs tells them as text", () => {
    const told = [{ partition: "3" as unknown as number, offset: "1069" }];
    assert.deepEqual(committedOf([{ partitions: told }]), { committed: [{ partition: 3, offset: 1069 }] });
  });

  it("are to be there, or later ones", () => {
    const committed = new Map([
      [0, 10],
      [1, 20],
      [2, 30],
    ]);
    const found = [
      { partition: 0, offset: 10 },
      { partition: 1, offset: 19 },
    ];
    assert.deepEqual(committedFaults(committed, found), [
      "the group had committed offset 20 of partition 1, and has 19",
      "the group had committed offset 30 of partition 2, and has -1",
    ]);
  });
});
