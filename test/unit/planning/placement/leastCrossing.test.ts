import assert from "node:assert/strict";
import fc from "fast-check";
import { copiesElsewhere, leastCrossing } from "../../../../planning/placement/leastCrossing";
import { planMoves } from "../../../../planning/placement/replicaMoves";
import { placeTopic, type PlacementBroker } from "../../../../planning/placement/topicPlacement";

const brokersIn = (zones: number, count: number): PlacementBroker[] =>
  Array.from({ length: count }, (_, index) => ({ id: index + 1, zone: `zone-${index % zones}` }));

const zoneOf = (brokers: readonly PlacementBroker[]) => (id: number) => brokers.find((one) => one.id === id)?.zone;

const crossed = (copies: readonly (readonly number[])[], leaders: readonly number[], zone: (id: number) => unknown) =>
  copies.reduce((sum, partition, index) => sum + copiesElsewhere(partition, leaders[index] ?? 0, zone), 0);

/** The fewest copies in other zones of all choices of leaders with as many on each broker, found by trying all. */
function least(
  copies: readonly (readonly number[])[],
  leaders: readonly number[],
  zone: (id: number) => unknown,
): number {
  const left = new Map<number, number>();
  for (const leader of leaders) left.set(leader, (left.get(leader) ?? 0) + 1);
  const from = (index: number): number => {
    const partition = copies[index];
    if (partition === undefined) return 0;
    return Math.min(
      ...partition.map((leader) => {
        const number = left.get(leader) ?? 0;
        if (number === 0) return Infinity;
        left.set(leader, number - 1);
        const rest = from(index + 1);
        left.set(leader, number);
        return copiesElsewhere(partition, leader, zone) + rest;
      }),
    );
  };
  return from(0);
}

const place = (brokers: readonly PlacementBroker[], partitions: number, replicationFactor: number, topicIndex = 0) =>
  placeTopic({ partitions, replicationFactor, minInsyncReplicas: 2, brokers, topicIndex });

describe("bytes that cross zones", () => {
  it("are the fewest of all choices of leaders, with as many on each broker, whoever leads first", () => {
    const some = fc.integer({ min: 3, max: 7 }).chain((brokers) =>
      fc.record({
        zones: fc.array(fc.integer({ min: 0, max: 2 }), { minLength: brokers, maxLength: brokers }),
        copies: fc.array(
          fc
            .uniqueArray(fc.integer({ min: 0, max: brokers - 1 }), { minLength: 2, maxLength: 4 })
            .chain((partition) =>
              fc.record({ partition: fc.constant(partition), leader: fc.constantFrom(...partition) }),
            ),
          { minLength: 1, maxLength: 6 },
        ),
      }),
    );
    fc.assert(
      fc.property(some, ({ zones, copies }) => {
        const partitions = copies.map(({ partition }) => partition);
        const leaders = copies.map(({ leader }) => leader);
        const zone = (broker: number) => zones[broker];
        const chosen = leastCrossing(partitions, leaders, zone);
        assert.deepEqual([...chosen].sort(), [...leaders].sort());
        for (const [index, leader] of chosen.entries()) assert.ok(partitions[index]?.includes(leader));
        assert.equal(crossed(partitions, chosen, zone), least(partitions, leaders, zone));
        if (crossed(partitions, leaders, zone) === least(partitions, leaders, zone)) assert.deepEqual(chosen, leaders);
      }),
      { numRuns: 500 },
    );
  });

  it("are the fewest for every topic that is placed", () => {
    const topic = fc.record({
      brokers: fc.integer({ min: 4, max: 9 }),
      partitions: fc.integer({ min: 1, max: 6 }),
      topicIndex: fc.nat(8),
    });
    fc.assert(
      fc.property(topic, ({ brokers: count, partitions, topicIndex }) => {
        const brokers = brokersIn(3, count);
        const placed = place(brokers, partitions, 4, topicIndex);
        const leaders = placed.map(([leader = 0]) => leader);
        assert.equal(crossed(placed, leaders, zoneOf(brokers)), least(placed, leaders, zoneOf(brokers)));
      }),
      { numRuns: 150 },
    );
  });

  it("are two copies of each event where zones are alike, and 2.2 with 5 brokers, of which one is alone", () => {
    const mean = (count: number) => {
      const brokers = brokersIn(3, count);
      const placed = place(brokers, 60, 4);
      return (
        crossed(
          placed,
          placed.map(([leader = 0]) => leader),
          zoneOf(brokers),
        ) / 60
      );
    };
    assert.deepEqual([5, 6, 9, 12].map(mean), [2.2, 2, 2, 2]);
  });

  it("zones that are alike all have a copy of every partition", () => {
    for (const count of [6, 9, 12]) {
      const brokers = brokersIn(3, count);
      for (const copies of place(brokers, 30, 4)) assert.equal(new Set(copies.map(zoneOf(brokers))).size, 3);
    }
  });

  it("are the fewest that the leaders which a plan of moves changes can send", () => {
    let changedAtAll = 0;
    const loss = fc.record({ from: fc.integer({ min: 6, max: 9 }), partitions: fc.integer({ min: 8, max: 36 }) });
    fc.assert(
      fc.property(loss, ({ from, partitions }) => {
        const brokers = brokersIn(3, from).slice(1);
        const now = place(brokersIn(3, from), partitions, 4).map((replicas, partition) => ({
          topic: "t",
          partition,
          replicas,
          bytes: 1000 + partition,
        }));
        const { moves } = planMoves({ partitions: now, brokers, minInsyncReplicas: 2, copies: () => undefined });
        const changed = moves.filter(({ from: [before], to: [after] }) => before !== after);
        changedAtAll += changed.length;
        const copies = changed.map(({ to }) => to);
        const leaders = copies.map(([leader = 0]) => leader);
        assert.equal(crossed(copies, leaders, zoneOf(brokers)), least(copies, leaders, zoneOf(brokers)));
      }),
      { numRuns: 40 },
    );
    assert.ok(changedAtAll > 40);
  });
});
