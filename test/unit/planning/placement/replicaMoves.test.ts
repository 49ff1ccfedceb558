import assert from "node:assert/strict";
import fc from "fast-check";
import {
  planMoves,
  type MoveInput,
  type MovePlan,
  type PartitionReplicas,
} from "../../../../planning/placement/replicaMoves";
import { placeTopic, type PlacementBroker } from "../../../../planning/placement/topicPlacement";

/** Brokers 1, 2, … dealt to the zones in turn, as the program does it. */
function brokersIn(zones: number, count: number): PlacementBroker[] {
  return Array.from({ length: count }, (_, index) => ({ id: index + 1, zone: `zone-${index % zones}` }));
}

const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);

const countsOf = (ids: readonly number[], brokers: readonly PlacementBroker[]): number[] =>
  brokers.map(({ id }) => ids.filter((other) => other === id).length);

const spread = (counts: readonly number[]): number => Math.max(...counts) - Math.min(...counts);

const leadersOf = (partitions: readonly PartitionReplicas[]): number[] =>
  partitions.map(({ replicas: [leader = 0] }) => leader);

const copiesOf = (partitions: readonly PartitionReplicas[]): number[] => partitions.flatMap(({ replicas }) => replicas);

const added = ({ moves }: MovePlan): number =>
  sum(moves.map(({ from, to }) => to.filter((id) => !from.includes(id)).length));

/** All subsets of `size` members. */
function subsets<T>(items: readonly T[], size: number): T[][] {
  if (size === 0) return [[]];
  return items.flatMap((item, index) => subsets(items.slice(index + 1), size - 1).map((rest) => [item, ...rest]));
}

/** One of `options` for each place, in every way there is. */
function combinations<T>(options: readonly (readonly T[])[]): T[][] {
  const [first, ...rest] = options;
  if (!first) return [[]];
  const others = combinations(rest);
  return first.flatMap((option) => others.map((other) => [option, ...other]));
}

/** The partitions once the plan is carried out. */
function moved(partitions: readonly PartitionReplicas[], { moves }: MovePlan): PartitionReplicas[] {
  return partitions.map((partition) => {
    const move = moves.find((one) => one.topic === partition.topic && one.partition === partition.partition);
    return move ? { ...partition, replicas: move.to } : partition;
  });
}

function topic(name: string, replicas: readonly (readonly number[])[], bytes = 1000): PartitionReplicas[] {
  return replicas.map((ids, partition) => ({ topic: name, partition, replicas: ids, bytes }));
}

function placed(name: string, brokers: readonly PlacementBroker[], partitions: number, replicationFactor = 4) {
  return topic(name, placeTopic({ partitions, replicationFactor, minInsyncReplicas: 2, brokers, topicIndex: 0 }));
}

function plan(
  partitions: readonly PartitionReplicas[],
  brokers: readonly PlacementBroker[],
  copies?: number,
  minInsyncReplicas = 2,
): MovePlan {
  return planMoves({ partitions, brokers, minInsyncReplicas, copies: () => copies });
}

type Cluster = Pick<MoveInput, "brokers" | "minInsyncReplicas">;

const mostInZone = (copies: number, { brokers, minInsyncReplicas }: Cluster): number => {
  const zones = [...new Set(brokers.map(({ zone }) => zone))];
  const sizes = zones.map((zone) => brokers.filter((broker) => broker.zone === zone).length);
  let limit = Math.max(1, copies - minInsyncReplicas);
  while (sum(sizes.map((size) => Math.min(size, limit))) < copies) limit++;
  return limit;
};

/** Whether an even share of the copies is also one that the zone rule allows. */
const evenFits = (copies: number, input: Cluster): boolean =>
  input.brokers.every(({ zone }) => {
    const size = input.brokers.filter((broker) => broker.zone === zone).length;
    return (size * copies) / input.brokers.length <= mostInZone(copies, input);
  });

/**
 * Clusters in any state: copies anywhere, also on brokers that are gone, topics with and without a wanted number of
 * copies.
 */
const situation: fc.Arbitrary<MoveInput> = fc
  .record({ zones: fc.integer({ min: 1, max: 4 }), count: fc.integer({ min: 3, max: 8 }) })
  .chain(({ zones, count }) => {
    const replicas = (copies: number) =>
      fc
        .shuffledSubarray(
          Array.from({ length: count + 2 }, (_, index) => index + 1),
          { minLength: copies, maxLength: copies },
        )
        .chain((ids) => fc.record({ replicas: fc.constant(ids), bytes: fc.oneof(fc.nat(9), fc.nat(1_000_000)) }));
    const one = fc
      .record({ now: fc.integer({ min: 1, max: 3 }), wanted: fc.option(fc.integer({ min: 1, max: 3 })) })
      .chain(({ now, wanted }) =>
        fc.record({
          wanted: fc.constant(wanted ?? undefined),
          partitions: fc.array(replicas(now), { minLength: 1, maxLength: 12 }),
        }),
      );
    return fc.record({
      topics: fc.array(one, { minLength: 1, maxLength: 4 }),
      minInsyncReplicas: fc.integer({ min: 1, max: 2 }),
      brokers: fc.constant(brokersIn(zones, count)),
    });
  })
  .map(({ topics, minInsyncReplicas, brokers }) => ({
    brokers,
    minInsyncReplicas,
    copies: (name) => topics[Number(name)]?.wanted,
    partitions: topics.flatMap(({ partitions }, index) =>
      partitions.map((partition, number) => ({ ...partition, topic: String(index), partition: number })),
    ),
  }));

const byTopic = (partitions: readonly PartitionReplicas[]): PartitionReplicas[][] =>
  [...new Set(partitions.map(({ topic: name }) => name))].map((name) =>
    partitions.filter((partition) => partition.topic === name),
  );

describe("replica moves", () => {
  it("gives a sixth broker its share with the fewest copies, and takes it back with as few", () => {
    const five = brokersIn(3, 5);
    const six = brokersIn(3, 6);
    const before = placed("events", five, 15);
    const out = plan(before, six);
    assert.equal(added(out), 10);
    assert.equal(out.bytes, 10_000);
    assert.equal(out.leastBytes, 10_000);
    const grown = moved(before, out);
    assert.deepEqual(countsOf(copiesOf(grown), six), [10, 10, 10, 10, 10, 10]);
    assert.ok(spread(countsOf(leadersOf(grown), six)) <= 1);
    const back = plan(grown, five);
    assert.equal(added(back), 10);
    assert.equal(back.bytes, back.leastBytes);
    assert.deepEqual(countsOf(copiesOf(moved(grown, back)), five), [12, 12, 12, 12, 12]);
    assert.deepEqual(countsOf(leadersOf(moved(grown, back)), five), [3, 3, 3, 3, 3]);
  });

  it("moves the small partitions rather than the large ones", () => {
    const before = topic("t", [[1], [1], [2], [2]]).map((one) => ({
      ...one,
      bytes: [90, 30, 20, 80][one.partition] ?? 0,
    }));
    const { moves } = plan(before, brokersIn(3, 4));
    assert.deepEqual(
      moves.map(({ partition, bytes }) => [partition, bytes]),
      [
        [1, 30],
        [2, 20],
      ],
    );
  });

  it("adds a fourth copy and takes it away again: nothing but the new copies is copied, leaders stay", () => {
    const brokers = brokersIn(3, 6);
    const before = placed("events", brokers, 18, 3);
    const more = plan(before, brokers, 4);
    assert.equal(added(more), 18);
    const grown = moved(before, more);
    assert.deepEqual(countsOf(copiesOf(grown), brokers), [12, 12, 12, 12, 12, 12]);
    const fewer = plan(grown, brokers, 3);
    assert.equal(fewer.bytes, 0);
    assert.deepEqual(countsOf(copiesOf(moved(grown, fewer)), brokers), [9, 9, 9, 9, 9, 9]);
    assert.deepEqual(leadersOf(moved(grown, fewer)), leadersOf(before));
  });

  it("leaves placements of placeTopic as they are", () => {
    fc.assert(
      fc.property(
        fc.constantFrom(5, 6, 7, 9),
        fc.integer({ min: 1, max: 60 }),
        fc.integer({ min: 2, max: 4 }),
        fc.integer({ min: 1, max: 6 }),
        (count, partitions, replicationFactor, topics) => {
          const brokers = brokersIn(3, count);
          const minInsyncReplicas = replicationFactor > 2 ? 2 : 1;
          const all = Array.from({ length: topics }, (_, topicIndex) =>
            topic(
              `t${topicIndex}`,
              placeTopic({ partitions, replicationFactor, minInsyncReplicas, brokers, topicIndex }),
            ),
          ).flat();
          // The remainders of several topics can pile up; then they are evened out.
          const even = (ids: readonly number[]): boolean => topics === 1 || spread(countsOf(ids, brokers)) <= 1;
          const { moves, bytes } = plan(all, brokers, undefined, minInsyncReplicas);
          if (even(copiesOf(all))) assert.equal(bytes, 0);
          if (even(copiesOf(all)) && even(leadersOf(all))) assert.deepEqual(moves, []);
        },
      ),
    );
  });

  it("gives every partition its copies on the brokers that stay, within the zone rule", () => {
    fc.assert(
      fc.property(situation, (input) => {
        for (const partition of moved(input.partitions, planMoves(input))) {
          const { replicas } = partition;
          const before = input.partitions.find(
            (one) => one.topic === partition.topic && one.partition === partition.partition,
          );
          assert.equal(replicas.length, input.copies(partition.topic) ?? before?.replicas.length);
          assert.equal(new Set(replicas).size, replicas.length);
          const zones = replicas.map((id) => input.brokers.find((broker) => broker.id === id)?.zone ?? assert.fail());
          const limit = mostInZone(replicas.length, input);
          for (const zone of zones) assert.ok(zones.filter((other) => other === zone).length <= limit);
        }
      }),
      { numRuns: 300 },
    );
  });

  it("evens out copies and leaders, of each topic and of all", () => {
    fc.assert(
      fc.property(situation, (input) => {
        const { brokers } = input;
        const after = moved(input.partitions, planMoves(input));
        fc.pre(after.every(({ replicas }) => evenFits(replicas.length, input)));
        for (const partitions of [...byTopic(after), after]) {
          const tolerance = Math.max(1, (copiesOf(partitions).length / brokers.length) * 0.1);
          assert.ok(spread(countsOf(copiesOf(partitions), brokers)) <= tolerance, "copies");
        }
        for (const partitions of byTopic(after)) {
          assert.ok(spread(countsOf(leadersOf(partitions), brokers)) <= 1, "leaders of a topic");
        }
        // A remainder of copies that are few per partition is a larger one of leaders.
        const mixed = new Set(after.map(({ replicas }) => replicas.length)).size > 1;
        const tolerance = Math.max(1, (after.length / brokers.length) * 0.1) + (mixed ? 2 : 0);
        assert.ok(spread(countsOf(leadersOf(after), brokers)) <= tolerance, "leaders of all topics");
      }),
      { numRuns: 300 },
    );
  });

  it("does not let the remainders of many small topics pile up", () => {
    const brokers = brokersIn(3, 5);
    const before = Array.from({ length: 20 }, (_, index) => topic(`t${index}`, [[1, 2, 3, 4]])).flat();
    const after = moved(before, plan(before, brokers));
    assert.deepEqual(countsOf(copiesOf(after), brokers), [16, 16, 16, 16, 16]);
    assert.deepEqual(countsOf(leadersOf(after), brokers), [4, 4, 4, 4, 4]);
  });

  it("evens out the leaders of topics with few copies too, which those with more can't make good", () => {
    const brokers = brokersIn(6, 6);
    const before = [
      ...Array.from({ length: 8 }, (_, index) => topic(`one${index}`, [[1]])),
      ...Array.from({ length: 15 }, (_, index) =>
        topic(`three${index}`, [[0, 1, 2].map((next) => 2 + ((index + next) % 5))]),
      ),
    ].flat();
    assert.equal(spread(countsOf(copiesOf(before), brokers)), 1);
    assert.ok(spread(countsOf(leadersOf(moved(before, plan(before, brokers))), brokers)) <= 1);
  });

  it("has nothing to do once it is carried out, and does not depend on the order of what it is given", () => {
    fc.assert(
      fc.property(situation, (input) => {
        const first = planMoves(input);
        assert.deepEqual(planMoves({ ...input, partitions: moved(input.partitions, first) }).moves, []);
        const turned = { partitions: [...input.partitions].reverse(), brokers: [...input.brokers].reverse() };
        assert.deepEqual(planMoves({ ...input, ...turned }), first);
      }),
      { numRuns: 300 },
    );
  });

  it("counts what is copied, and never less than what any plan must copy", () => {
    fc.assert(
      fc.property(situation, (input) => {
        const { moves, bytes, leastBytes, balance } = planMoves(input);
        assert.ok(leastBytes <= bytes);
        assert.equal(bytes, sum(moves.map((move) => move.bytes)));
        for (const { topic: name, partition, from, to, bytes: copied } of moves) {
          const before = input.partitions.find((one) => one.topic === name && one.partition === partition);
          assert.deepEqual(from, before?.replicas);
          assert.equal(copied, to.filter((id) => !from.includes(id)).length * (before?.bytes ?? 0));
        }
        const after = moved(input.partitions, { moves, bytes, leastBytes, balance });
        for (const [shares, partitions] of [
          [balance.before, input.partitions],
          [balance.after, after],
        ] as const) {
          for (const { id, copies, leaders, bytes: held } of shares) {
            const here = partitions.filter(({ replicas }) => replicas.includes(id));
            assert.equal(copies, here.length);
            assert.equal(leaders, leadersOf(partitions).filter((leader) => leader === id).length);
            assert.equal(held, sum(here.map((one) => one.bytes)));
          }
        }
      }),
    );
  });

  it("copies no more than the best of all plans, nor changes more leaders, in small clusters", () => {
    // Zones in which an even share is allowed.
    const small = fc
      .record({
        zones: fc.constantFrom("aab", "abc", "aabb", "aabc", "abcd"),
        wanted: fc.integer({ min: 1, max: 3 }),
        topics: fc.constantFrom([1], [2], [3], [4], [1, 1], [1, 2], [2, 2], [1, 3]),
      })
      .chain(({ zones, wanted, topics }) => {
        const ids = [1, 2, 3, 4, 5];
        const one = fc.record({
          replicas: fc.shuffledSubarray(ids, { minLength: 1, maxLength: 3 }),
          bytes: fc.integer({ min: 1, max: 20 }),
        });
        const total = sum(topics);
        return fc.record({
          brokers: fc.constant([...zones].map((zone, index) => ({ id: index + 1, zone }))),
          copies: fc.constant(() => wanted),
          minInsyncReplicas: fc.integer({ min: 1, max: 2 }),
          partitions: fc.array(one, { minLength: total, maxLength: total }).map((all) => {
            const names = topics.flatMap((size, index) => Array.from({ length: size }, () => `t${index}`));
            return all.map((each, index) => ({ ...each, topic: names[index] ?? "", partition: index }));
          }),
        });
      });
    fc.assert(
      fc.property(small, (input) => {
        const { brokers, partitions, copies } = input;
        const wanted = copies();
        fc.pre(evenFits(wanted, input));
        const limit = mostInZone(wanted, input);
        const allowed = subsets(brokers, wanted).filter((chosen) =>
          chosen.every(({ zone }) => chosen.filter((other) => other.zone === zone).length <= limit),
        );
        const isEven = (choice: readonly (readonly number[])[]): boolean => {
          const after = partitions.map((one, index) => ({ ...one, replicas: choice[index] ?? [] }));
          return [...byTopic(after), after].every((some) => spread(countsOf(copiesOf(some), brokers)) <= 1);
        };
        const bytesOf = (choice: readonly (readonly number[])[]): number =>
          sum(
            partitions.map(
              ({ replicas, bytes }, index) =>
                bytes * (choice[index] ?? []).filter((id) => !replicas.includes(id)).length,
            ),
          );
        const sets = allowed.map((chosen) => chosen.map(({ id }) => id));
        const found = planMoves(input);
        const best = Math.min(
          ...combinations(partitions.map(() => sets))
            .filter(isEven)
            .map(bytesOf),
        );
        assert.equal(found.bytes, best);

        const after = moved(partitions, found);
        const changes = (leaders: readonly number[]): number =>
          leaders.filter((leader, index) => leader !== partitions[index]?.replicas[0]).length;
        const evenLeaders = combinations(after.map(({ replicas }) => replicas)).filter((leaders) =>
          isEven(leaders.map((leader) => [leader])),
        );
        // Few copies may leave no way to be even over all topics.
        if (evenLeaders.length > 0) assert.equal(changes(leadersOf(after)), Math.min(...evenLeaders.map(changes)));
      }),
      { numRuns: 150 },
    );
  });

  it("frees brokers that go and mends the zone rule before it evens out", () => {
    const brokers = [..."aaabbc"].map((zone, index) => ({ id: index + 1, zone }));
    const partitions = [
      ...topic("a-even", [
        [1, 2, 4, 5],
        [2, 1, 5, 4],
        [1, 2, 4, 5],
      ]),
      ...topic("b-gone", [[9, 1, 4, 6]]),
      ...topic("c-zone", [[1, 2, 3, 6]]),
    ];
    const { moves, leastBytes } = plan(partitions, brokers);
    assert.deepEqual(
      moves.slice(0, 2).map((move) => move.topic),
      ["b-gone", "c-zone"],
    );
    assert.ok(moves.length > 2);
    assert.ok(leastBytes >= 2000);
  });

  it("frees a broker that goes first also where nothing is copied for it: the topic is to have fewer copies", () => {
    const partitions = [...topic("a-even", [[1], [1], [1], [1]]), ...topic("b-fewer", [[2, 3, 4, 9]])];
    const copies = (name: string) => (name === "b-fewer" ? 3 : undefined);
    const { moves } = planMoves({ partitions, brokers: brokersIn(3, 4), minInsyncReplicas: 2, copies });
    assert.deepEqual(
      moves.slice(0, 1).map(({ topic: name, bytes }) => [name, bytes]),
      [["b-fewer", 0]],
    );
    assert.ok(moves.length > 1);
  });

  it("puts a new copy in the place of the one that goes, behind the preferred leader", () => {
    const [move] = plan(topic("t", [[4, 9, 2, 1]]), brokersIn(3, 4)).moves;
    assert.deepEqual(move?.to, [4, 3, 2, 1]);
  });

  it("plans 20 topics of 1,000 partitions on 9 brokers within a second of processor time", () => {
    const eight = brokersIn(3, 8);
    const partitions = Array.from({ length: 20 }, (_, index) => placed(`t${index}`, eight, 50))
      .flat()
      .map((one, index) => ({ ...one, bytes: (index * 7919) % 100_003 }));
    const started = process.cpuUsage();
    const { moves } = plan(partitions, brokersIn(3, 9));
    assert.ok(process.cpuUsage(started).user < 1_000_000);
    assert.ok(moves.length > 400);
  });

  it("moves the copies of followers where bytes don't decide, also in a cluster of a petabyte", () => {
    const before = topic(
      "t",
      [1, 2, 3, 1, 2, 3, 1, 2, 3].map((first) => [first, (first % 3) + 1]),
      1e14,
    );
    const { moves } = plan(before, brokersIn(4, 4), undefined, 1);
    const away = moves
      .filter(({ to }) => to.includes(4))
      .map(({ from, to }) => from.findIndex((id) => !to.includes(id)));
    assert.deepEqual(away, [1, 1, 1, 1]);
  });

  it("refuses more copies than brokers", () => {
    assert.throws(
      () => plan(topic("events", [[1, 2, 3, 4]]), brokersIn(3, 3)),
      /topic events: 4 copies need as many brokers, there are 3; add brokers, or lower its number of copies first/,
    );
  });
});
