import assert from "node:assert/strict";
import fc from "fast-check";
import { merged } from "../../../../ops/logs/merge";
import type { Entry } from "../../../../ops/logs/entry";
import { readMoment } from "../../../../ops/logs/moment";
import { readLogsRequest } from "../../../../ops/logs/request";

const now = Date.UTC(2026, 10, 29, 1);
const iso = (text: string) => {
  const ms = readMoment(text, now);
  return ms === undefined ? undefined : new Date(ms).toISOString();
};

describe("a command line of `logs`", () => {
  it("says times as so long ago, or as a date, in UTC where it names no zone", () => {
    assert.equal(iso("90s"), "2026-11-29T00:58:30.000Z");
    assert.equal(iso("10m"), "2026-11-29T00:50:00.000Z");
    assert.equal(iso("2h"), "2026-11-28T23:00:00.000Z");
    assert.equal(iso("3d"), "2026-11-26T01:00:00.000Z");
    assert.equal(iso("2026-11-28"), "2026-11-28T00:00:00.000Z");
    assert.equal(iso("2026-11-28T10:30"), "2026-11-28T10:30:00.000Z");
    assert.equal(iso("2026-11-28 10:30:15.5Z"), "2026-11-28T10:30:15.500Z");
    assert.equal(iso("2026-11-28T10:30+02:00"), "2026-11-28T08:30:00.000Z");
    for (const odd of ["", "yesterday", "10", "m", "-5m", "2026-13-01", "2026-11-28T25:00", "10m ago"]) {
      assert.equal(iso(odd), undefined, odd);
    }
  });

  it("asks for the last ten minutes, if it does not say otherwise", () => {
    const request = readLogsRequest(["kafka-3"], {}, now);
    assert.deepEqual(
      [request.fromMs, request.toMs, request.follow, request.json],
      [now - 600_000, undefined, false, false],
    );
  });

  for (const [what, nodes, options, message] of [
    ["no node", [], {}, /^logs: the name of a node is wanted/],
    ["what is no name", ["../x"], {}, /^logs: \.\.\/x is no name of a node, as kafka-3 is$/],
    [
      "a time that is none",
      ["ops"],
      { since: "soon" },
      /^--since soon: how long ago \(30s, .*\) or when .* is wanted$/,
    ],
    ["an end before the beginning", ["ops"], { since: "10m", until: "20m" }, /^--until 20m: it has to be later than/],
    ["an end, and to go on", ["ops"], { until: "1m", follow: true }, /^--until and --follow: only one/],
    ["what a shell would read", ["ops"], { unit: "a;b" }, /^--unit a;b: a name like kafka is wanted$/],
  ] as const) {
    it(`is refused in one line when it gives ${what}`, () => {
      assert.throws(
        () => readLogsRequest(nodes, options, now),
        (error: Error) => message.test(error.message) && !error.message.includes("\n"),
      );
    });
  }
});

describe("entries of several machines", () => {
  const entry = (node: string, micros: number) => ({ node, micros }) as Entry;
  async function* source(node: string, times: readonly number[]) {
    for (const time of times) yield await Promise.resolve(entry(node, time));
  }

  it("come in the order of time, all of them, each machine's in its own order", () =>
    fc.assert(
      fc.asyncProperty(fc.array(fc.array(fc.integer({ min: 0, max: 50 }))), async (lists) => {
        const sorted = lists.map((list) => [...list].sort((one, other) => one - other));
        const found: Entry[] = [];
        for await (const one of merged(sorted.map((times, index) => source(`kafka-${index}`, times)))) found.push(one);
        const times = found.map(({ micros }) => micros);
        assert.deepEqual(
          times,
          lists.flat().sort((one, other) => one - other),
        );
        for (const [index, expected] of sorted.entries()) {
          assert.deepEqual(
            found.filter(({ node }) => node === `kafka-${index}`).map(({ micros }) => micros),
            expected,
          );
        }
      }),
    ));
});
