import assert from "node:assert/strict";
import fc from "fast-check";
import { Partitioners, type Message, type PartitionMetadata } from "kafkajs";
import { zonePartitioner } from "../../../examples/consumer/zonePartitioner";

const brokers = [..."abcab"].map((zone, index) => ({ id: index + 1, zone }));
const zoneOf = (id: number | undefined) => brokers.find((one) => one.id === id)?.zone;

/** Partitions led by these brokers; -1: by none. */
const led = (...leaders: readonly number[]): PartitionMetadata[] =>
  leaders.map((leader, partitionId) => ({ partitionErrorCode: 0, partitionId, leader, replicas: [], isr: [] }));

const event: Message = { value: "x".repeat(365) };

function sent(zone: string | undefined, partitions: PartitionMetadata[], messages: readonly Message[], sticky = 4096) {
  const partitionOf = zonePartitioner({ zone, brokers, stickyBytes: sticky })();
  return messages.map((message) => partitionOf({ topic: "t", partitionMetadata: partitions, message }));
}

const leaders = fc.array(fc.constantFrom(-1, 1, 2, 3, 4, 5), { minLength: 1, maxLength: 20 });

describe("a kafkajs partitioner that knows its zone", () => {
  it("sends events without a key to leaders in its zone; where there are none to any leader", () => {
    fc.assert(
      fc.property(leaders, fc.constantFrom("a", "b", "c", "d", undefined), (ids, zone) => {
        const near = ids.filter((id) => id > 0 && zoneOf(id) === zone);
        for (const partition of sent(zone, led(...ids), Array<Message>(200).fill(event))) {
          const leader = ids[partition];
          assert.ok(leader !== undefined);
          if (near.length > 0) assert.equal(zoneOf(leader), zone);
          else if (ids.some((id) => id > 0)) assert.ok(leader > 0);
        }
      }),
    );
  });

  it("sends events with a key, or with a partition, where they always go", () => {
    const partitions = led(1, 2, 3, 4, 5, 1, 2);
    const always = Partitioners.DefaultPartitioner();
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          fc.uint8Array().map((bytes) => Buffer.from(bytes)),
        ),
        fc.nat(6),
        (key, partition) => {
          for (const message of [
            { ...event, key },
            { ...event, partition },
            { ...event, key, partition },
          ]) {
            const expected = always({ topic: "t", partitionMetadata: partitions, message });
            assert.deepEqual(sent("c", partitions, [message]), [expected]);
          }
        },
      ),
    );
  });

  it("stays with a partition for a batch, then takes another, and all of its zone in turn", () => {
    const partitions = led(1, 2, 3, 4, 5, 1, 4, 3);
    const chosen = sent("a", partitions, Array<Message>(4000).fill(event), 10 * 365);
    for (let at = 0; at < chosen.length; at += 10) {
      assert.equal(new Set(chosen.slice(at, at + 10)).size, 1);
      if (at > 0) assert.notEqual(chosen[at], chosen[at - 1]);
    }
    const counts = [0, 3, 5, 6].map((partition) => chosen.filter((one) => one === partition).length);
    assert.equal(
      counts.reduce((sum, count) => sum + count, 0),
      4000,
    );
    for (const count of counts) assert.ok(count > 700 && count < 1300, counts.join());
  });

  it("leaves a partition at once when its leader is elsewhere, and comes back", () => {
    const partitionOf = zonePartitioner({ zone: "c", brokers })();
    const next = (...ids: readonly number[]) =>
      partitionOf({ topic: "t", partitionMetadata: led(...ids), message: event });
    assert.equal(next(1, 3, 2), 1);
    assert.equal(next(3, 1, 2), 0);
    assert.ok([0, 1, 2].includes(next(1, 1, 2)));
    assert.equal(next(1, 1, 3), 2);
  });

  it("keeps each topic's place", () => {
    const partitionOf = zonePartitioner({ zone: "a", brokers })();
    const of = (topic: string) => partitionOf({ topic, partitionMetadata: led(1, 1, 1, 1), message: event });
    const [first, second] = [of("x"), of("y")];
    for (let i = 0; i < 50; i++) assert.deepEqual([of("x"), of("y")], [first, second]);
  });
});
