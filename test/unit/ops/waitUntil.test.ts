import assert from "node:assert/strict";
import type { Verdict } from "../../../ops/gateVerdict";
import { bootFailed } from "../../../ops/evidence";
import { lastLines } from "../../../planning/cluster/outputText";
import { waitUntil } from "../../../ops/waitUntil";

const shut = (what: string): Verdict => ({ satisfied: false, summary: "shut", missing: [{ node: "kafka-1", what }] });
const open: Verdict = { satisfied: true, summary: "open", missing: [] };
const quick = { what: "gate", intervalMs: 5, progressMs: 20 };

describe("waitUntil", () => {
  it("looks until the verdict is satisfied, and says what was missing", async () => {
    const lines: string[] = [];
    let looks = 0;
    const { verdict } = await waitUntil({
      ...quick,
      deadlineSeconds: 5,
      observe: () => Promise.resolve(++looks),
      evaluate: (observation) => (observation < 3 ? shut(`look ${observation}`) : open),
      report: (line) => lines.push(line),
    });
    assert.equal(verdict.satisfied, true);
    assert.equal(looks, 3);
    assert.match(lines[0] ?? "", /gate: shut \(0 s of 5 s\) - missing: kafka-1: look 1/);
  });

  it("gives the last verdict when time is up", async () => {
    const { verdict } = await waitUntil({
      ...quick,
      deadlineSeconds: 0.1,
      observe: () => Promise.resolve(),
      evaluate: () => shut("disk"),
      report: () => undefined,
    });
    assert.deepEqual(verdict, shut("disk"));
  });

  it("ends early when more waiting is of no use, and says why", async () => {
    const started = Date.now();
    const { verdict, gaveUp } = await waitUntil({
      ...quick,
      deadlineSeconds: 10,
      observe: () => Promise.resolve(),
      evaluate: () => shut("disk"),
      hopeless: () => Promise.resolve("its boot has failed"),
      hopelessMs: 20,
      report: () => undefined,
    });
    assert.deepEqual([verdict.satisfied, gaveUp], [false, "its boot has failed"]);
    assert.ok(Date.now() - started < 2000);
  });

  it("keeps talking, and ends in time, though a look hangs", async () => {
    const lines: string[] = [];
    const started = Date.now();
    const { verdict } = await waitUntil({
      ...quick,
      deadlineSeconds: 0.2,
      observe: () => new Promise<never>(() => undefined),
      evaluate: () => open,
      report: (line) => lines.push(line),
    });
    assert.equal(verdict.satisfied, false);
    assert.ok(Date.now() - started < 2000);
    assert.ok(lines.length >= 3, lines.join("\n"));
  });
});

describe("evidence", () => {
  it("knows a first boot that has failed from one that goes on", () => {
    assert.equal(bootFailed("status: error\n"), true);
    assert.equal(bootFailed("status: error - done\n"), true);
    for (const text of ["status: running\n", "status: done\n", "ssh: connect to host: error\n", ""]) {
      assert.equal(bootFailed(text), false, text);
    }
  });

  it("is cut to its last lines", () => {
    assert.equal(lastLines("a\nb\nc\n", 2), "(1 lines left out)\nb\nc");
    assert.equal(lastLines("a\nb\n", 2), "a\nb");
  });
});
