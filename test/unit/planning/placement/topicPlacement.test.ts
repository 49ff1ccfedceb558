import assert from "node:assert/strict";
import fc from "fast-check";
import {
  placeTopic,
  type PlacementBroker,
  type TopicPlacementInput,
} from "../../../../planning/placement/topicPlacement";

function brokersIn(zones: readonly number[]): PlacementBroker[] {
  return zones
    .flatMap((size, zone) => Array.from({ length: size }, () => zone))
    .map((zone, index) => ({
      id: index + 1,
      zone: `zone-${zone}`,
    }));
}

function countsOf(ids: readonly number[], brokers: readonly PlacementBroker[]): number[] {
  return brokers.map(({ id }) => ids.filter((other) => other === id).length);
}

const spread = (counts: readonly number[]): number => Math.max(...counts) - Math.min(...counts);

/** The fewest copies of any partition that are left when the brokers of `lost` are gone. */
function copiesLeft(placement: readonly number[][], lost: readonly number[]): number {
  return Math.min(...placement.map((partition) => partition.filter((id) => !lost.includes(id)).length));
}

const idsOfZones = (brokers: readonly PlacementBroker[]): number[][] =>
  [...new Set(brokers.map(({ zone }) => zone))].map((zone) =>
    brokers.filter((broker) => broker.zone === zone).map(({ id }) => id),
  );

/** Clusters as the program makes them: zones that differ by one broker at most. */
const cluster = fc
  .record({ zones: fc.integer({ min: 3, max: 5 }), brokers: fc.integer({ min: 3, max: 13 }) })
  .chain(({ zones, brokers }) => {
    const sizes = Array.from({ length: Math.min(zones, brokers) }, (_, zone) => Math.ceil((brokers - zone) / zones));
    return fc.record({
      brokers: fc.constant(brokersIn(sizes)),
      replicationFactor: fc.integer({ min: 2, max: Math.min(5, brokers) }),
    });
  });

const placement = cluster.chain(({ brokers, replicationFactor }) =>
  fc.record({
    brokers: fc.constant(brokers),
    replicationFactor: fc.constant(replicationFactor),
    minInsyncReplicas: fc.integer({ min: 1, max: replicationFactor - 1 }),
    partitions: fc.integer({ min: 1, max: 60 }),
    topicIndex: fc.nat(20),
  }),
);

/** All subsets of `size` members. */
function subsets<T>(items: readonly T[], size: number): T[][] {
  if (size === 0) return [[]];
  return items.flatMap((item, index) => subsets(items.slice(index + 1), size - 1).map((rest) => [item, ...rest]));
}

const zoneLimit = ({ brokers, replicationFactor, minInsyncReplicas }: TopicPlacementInput): number => {
  const sizes = idsOfZones(brokers).map((ids) => ids.length);
  let limit = replicationFactor - minInsyncReplicas;
  while (sizes.reduce((sum, size) => sum + Math.min(size, limit), 0) < replicationFactor) limit++;
  return limit;
};

describe("topic placement", () => {
  it("puts 4 copies on 5 brokers in zones of 2, 2 and 1: 4 of 5 on each, 3 leaders on each", () => {
    const brokers = [..."abcab"].map((zone, index) => ({ id: index + 1, zone }));
    const placed = placeTopic({ partitions: 15, replicationFactor: 4, minInsyncReplicas: 2, brokers, topicIndex: 0 });
    assert.deepEqual(countsOf(placed.flat(), brokers), [12, 12, 12, 12, 12]);
    assert.deepEqual(
      countsOf(
        placed.map(([leader = 0]) => leader),
        brokers,
      ),
      [3, 3, 3, 3, 3],
    );
    for (const lost of [...subsets([1, 2, 3, 4, 5], 2), ...idsOfZones(brokers)])
      assert.ok(copiesLeft(placed, lost) >= 2);
    // The brokers that take over when one is lost are different ones.
    for (const broker of [1, 2, 3, 4, 5]) {
      const heirs = placed.filter(([leader]) => leader === broker).map(([, second]) => second);
      assert.equal(new Set(heirs).size, heirs.length, `heirs of ${broker}`);
    }
  });

  it("copies are on different brokers, of the number asked for", () => {
    fc.assert(
      fc.property(placement, (input) => {
        const placed = placeTopic(input);
        assert.equal(placed.length, input.partitions);
        for (const partition of placed) {
          assert.equal(partition.length, input.replicationFactor);
          assert.equal(new Set(partition).size, input.replicationFactor);
          for (const id of partition) assert.ok(input.brokers.some((broker) => broker.id === id));
        }
      }),
    );
  });

  it("losing any zone, or any brokers that may be lost, leaves min ISR copies", () => {
    fc.assert(
      fc.property(placement, (input) => {
        const { brokers, replicationFactor, minInsyncReplicas } = input;
        const placed = placeTopic(input);
        const tolerated = replicationFactor - minInsyncReplicas;
        for (const lost of subsets(
          brokers.map(({ id }) => id),
          tolerated,
        )) {
          assert.ok(copiesLeft(placed, lost) >= minInsyncReplicas);
        }
        const limit = zoneLimit(input);
        for (const zone of idsOfZones(brokers)) assert.ok(copiesLeft(placed, zone) >= replicationFactor - limit);
      }),
      { numRuns: 200 },
    );
  });

  it("leaders differ by one at most, and copies too wherever the zones leave the choice", () => {
    fc.assert(
      fc.property(placement, (input) => {
        const { brokers, partitions, replicationFactor } = input;
        const placed = placeTopic(input);
        const leaders = placed.map(([leader = 0]) => leader);
        assert.ok(spread(countsOf(leaders, brokers)) <= 1, "leaders");
        const limit = zoneLimit(input);
        // An even share fits if no zone's share of all copies exceeds what it may hold.
        const even = idsOfZones(brokers).every(
          (zone) =>
            Math.ceil((zone.length * partitions * replicationFactor) / brokers.length) + zone.length <=
            limit * partitions,
        );
        if (even) assert.ok(spread(countsOf(placed.flat(), brokers)) <= 1, "copies");
      }),
      { numRuns: 300 },
    );
  });

  it("is as even as the best of all placements of small clusters", () => {
    const small = fc.record({
      sizes: fc.constantFrom([1, 1, 1], [2, 1, 1], [2, 2, 1]),
      replicationFactor: fc.integer({ min: 2, max: 3 }),
      partitions: fc.integer({ min: 1, max: 3 }),
      topicIndex: fc.nat(5),
    });
    fc.assert(
      fc.property(small, ({ sizes, replicationFactor, partitions, topicIndex }) => {
        const brokers = brokersIn(sizes);
        const input = { brokers, replicationFactor, minInsyncReplicas: replicationFactor - 1, partitions, topicIndex };
        const limit = zoneLimit(input);
        const allowed = subsets(brokers, replicationFactor).filter((chosen) =>
          idsOfZones(chosen).every((zone) => zone.length <= limit),
        );
        let best = Infinity;
        const tryAll = (left: number, ids: readonly number[]): void => {
          if (left === 0) best = Math.min(best, spread(countsOf(ids, brokers)));
          else for (const chosen of allowed) tryAll(left - 1, [...ids, ...chosen.map(({ id }) => id)]);
        };
        tryAll(partitions, []);
        assert.equal(spread(countsOf(placeTopic(input).flat(), brokers)), best);
      }),
      { numRuns: 60 },
    );
  });

  it(
    "added partitions are as safe as the others, and none of their copies or leaders could be " + "placed more evenly",
    () => {
      const grown = placement.chain((input) =>
        fc
          .integer({ min: 1, max: 40 })
          .map((before) => ({ ...input, existing: placeTopic({ ...input, partitions: before }) })),
      );
      fc.assert(
        fc.property(grown, (input) => {
          const { brokers, partitions, replicationFactor, existing } = input;
          const added = placeTopic(input);
          assert.equal(added.length, partitions);
          const limit = zoneLimit(input);
          const zones = idsOfZones(brokers);
          const safe = (partition: readonly number[]): boolean =>
            new Set(partition).size === replicationFactor &&
            zones.every((zone) => partition.filter((id) => zone.includes(id)).length <= limit);
          const all = [...existing, ...added];
          const copies = countsOf(all.flat(), brokers);
          const leaders = countsOf(
            all.map(([leader = 0]) => leader),
            brokers,
          );
          const at = (counts: readonly number[], id: number): number =>
            counts[brokers.findIndex((broker) => broker.id === id)] ?? NaN;
          for (const partition of added) {
            assert.ok(safe(partition), "safe");
            const [leader = 0] = partition;
            for (const id of partition) {
              assert.ok(at(leaders, leader) - at(leaders, id) < 2, `${id} should lead instead of ${leader}`);
              for (const other of brokers.map((broker) => broker.id)) {
                const gain = at(copies, id) - at(copies, other);
                const swapped = partition.map((one) => (one === id ? other : one));
                assert.ok(gain < 2 || !safe(swapped), `${other} should have a copy instead of ${id}`);
              }
            }
          }
        }),
        { numRuns: 200 },
      );
    },
  );

  it("added partitions go where the others are not: to brokers that came later", () => {
    const brokers = [..."abcabc"].map((zone, index) => ({ id: index + 1, zone }));
    const rule = { replicationFactor: 4, minInsyncReplicas: 2, topicIndex: 0 };
    const existing = placeTopic({ ...rule, partitions: 15, brokers: brokers.slice(0, 5) });
    const added = placeTopic({ ...rule, partitions: 15, brokers, existing });
    const all = [...existing, ...added];
    // 120 copies and 30 leaders on 6 brokers; the others have 12 copies each already.
    assert.deepEqual(countsOf(added.flat(), brokers), [9, 9, 9, 9, 9, 15]);
    assert.deepEqual(
      countsOf(
        all.map(([leader = 0]) => leader),
        brokers,
      ),
      [5, 5, 5, 5, 5, 5],
    );
  });

  it("topics of the same size even out one another's remainders", () => {
    const brokers = brokersIn([2, 2, 1]);
    const topics = Array.from({ length: 5 }, (_, topicIndex) =>
      placeTopic({ partitions: 3, replicationFactor: 4, minInsyncReplicas: 2, brokers, topicIndex }),
    );
    assert.ok(spread(countsOf(topics.flat(2), brokers)) <= 1, "copies");
    assert.ok(
      spread(
        countsOf(
          topics.flat().map(([leader = 0]) => leader),
          brokers,
        ),
      ) <= 1,
      "leaders",
    );
  });

  it("places 1,000 partitions within a second of processor time, and again the same", () => {
    const brokers = brokersIn([4, 4, 4]);
    const input = { partitions: 1000, replicationFactor: 4, minInsyncReplicas: 2, brokers, topicIndex: 1 };
    const started = process.cpuUsage();
    const first = placeTopic(input);
    assert.ok(process.cpuUsage(started).user < 1_000_000);
    assert.deepEqual(placeTopic(input), first);
    assert.ok(spread(countsOf(first.flat(), brokers)) <= 1);
  });

  it("refuses more copies than brokers", () => {
    const input = {
      partitions: 1,
      replicationFactor: 4,
      minInsyncReplicas: 2,
      brokers: brokersIn([1, 1, 1]),
      topicIndex: 0,
    };
    assert.throws(() => placeTopic(input), /4 copies need as many brokers, there are 3/);
  });
});
