import assert from "node:assert/strict";
import fc from "fast-check";
import { readLoadReport } from "../../../trials/drills/load";
import {
  fullSince,
  gapsAfter,
  longestGaps,
  longestOf,
  perSecond,
  type Observation,
} from "../../../trials/drills/loadReport";
import { loadReport } from "./drillFixtures";

const times = fc.array(fc.integer({ min: 0, max: 1000 }), { maxLength: 40 }).map((list) => list.sort((a, b) => a - b));

describe("gaps between acknowledgements", () => {
  const gap = (list: number[], from: number, to: number) => longestGaps([list], from, to)[0];

  it("are measured from one to the next, each partition by itself", () => {
    const gaps = longestGaps([[0, 40, 80, 2080, 2100], [0, 40, 80, 120], []], 60, 2110);
    assert.deepEqual(gaps, [
      { partition: 0, ms: 2000, from: 80, to: 2080 },
      { partition: 1, ms: 1990, from: 120, to: 2110 },
      { partition: 2, ms: 2050, from: 60, to: 2110 },
    ]);
    assert.equal(longestOf(gaps), 2050);
  });

  it("leave out what was over before the fault, and count in full what reaches into it", () => {
    assert.deepEqual(gap([0, 900, 940, 980], 920, 1000), { partition: 0, ms: 40, from: 900, to: 940 });
    assert.equal(gap([0, 900, 940], 800, 950)?.ms, 900);
  });

  it("count from the end of a fault where nobody could write before", () => {
    const lists = [[0, 40, 2080, 2100], [0, 40, 2150], [0]].map((list) => Float64Array.from(list));
    assert.deepEqual(gapsAfter(lists, 2090, 2160), [
      { partition: 0, ms: 60, from: 2100, to: 2160 },
      { partition: 1, ms: 60, from: 2090, to: 2150 },
      { partition: 2, ms: 70, from: 2090, to: 2160 },
    ]);
  });

  it("are never shorter than the time divided by the acknowledgements in it", () => {
    fc.assert(
      fc.property(times, fc.integer({ min: 0, max: 500 }), fc.integer({ min: 1, max: 500 }), (list, from, length) => {
        const to = from + length;
        const found = gap(list, from, to);
        const inside = list.filter((at) => at > from && at < to).length;
        assert.ok(found !== undefined && found.ms >= length / (inside + 1));
        assert.equal(found.ms, found.to - found.from);
        assert.ok(found.to > from && found.to <= to);
        assert.ok(!list.some((at) => at > found.from && at < found.to), "nothing was acknowledged within");
      }),
    );
  });
});

describe("acknowledgements of each second", () => {
  it("add up to those within the time", () => {
    assert.deepEqual(perSecond([[5, 999, 1000], [2500]], 0, 2600), [2, 1, 1]);
    fc.assert(
      fc.property(fc.array(times, { maxLength: 4 }), (lists) => {
        const counts = perSecond(lists, 200, 1200);
        const within = lists.flat().filter((at) => at >= 200 && at < 1200).length;
        assert.equal(counts.length, 1);
        assert.equal(counts[0], within);
      }),
    );
  });
});

describe("full ISRs", () => {
  const full: Observation = { at: 0, controllerId: 1, brokers: [1, 2, 3], underReplicated: 0, offline: 0 };

  it("count from when they are full for good", () => {
    const course = [
      full,
      { ...full, at: 10, underReplicated: 3 },
      { ...full, at: 20 },
      { ...full, at: 30, controllerId: 2 },
    ];
    assert.equal(fullSince(course, [1, 2, 3]), 20);
  });

  it("need every broker registered and every partition led", () => {
    assert.equal(fullSince([{ ...full, brokers: [1, 3] }], [1, 2, 3]), undefined);
    assert.equal(fullSince([{ ...full, offline: 1 }], [1, 2, 3]), undefined);
    assert.equal(fullSince([], [1]), undefined);
  });
});

describe("the load's report", () => {
  it("is read as it was written, and refused when something is missing", () => {
    const report = loadReport({ isrShrinks: 3 });
    assert.deepEqual(readLoadReport(JSON.parse(JSON.stringify(report))), report);
    assert.throws(() => readLoadReport({ ...report, endedAt: undefined }), /endedAt/);
  });
});
