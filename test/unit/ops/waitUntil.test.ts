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

  it("says what is missing when that changes, repeats it now and then, and is silent afterwards", async () => {
    const lines: string[] = [];
    let looks = 0;
    const wait = (progressMs: number) =>
      waitUntil({
        what: "gate",
        intervalMs: 5,
        progressMs,
        deadlineSeconds: 0.3,
        observe: () => Promise.resolve(++looks),
        evaluate: (observation) => shut(observation < 4 ? "disk" : "network"),
        report: (line) => lines.push(line),
      });
    await wait(10_000);
    assert.deepEqual(
      lines.map((line) => line.replace(/\(\d+ s of 0\.3 s\)/, "(time)")),
      ["gate: shut (time) - missing: kafka-1: disk", "gate: shut (time) - missing: kafka-1: network"],
    );
    lines.length = 0;
    await wait(40);
    const told = lines.length;
    assert.ok(told >= 3 && told <= 8, `${told} lines`);
    await new Promise((resolve) => setTimeout(resolve, 100));
    assert.equal(lines.length, told);
  });

  it("is not ended by a doubt that has no reason, nor by one that fails, nor where nobody is to blame", async () => {
    const doubts = [() => Promise.resolve(undefined), () => Promise.reject(new Error("no ssh"))];
    let asked = 0;
    const { verdict, gaveUp } = await waitUntil({
      ...quick,
      deadlineSeconds: 0.3,
      observe: () => Promise.resolve(),
      evaluate: () => shut("disk"),
      hopeless: () => doubts[asked++ % 2]!(),
      hopelessMs: 20,
      report: () => undefined,
    });
    assert.deepEqual([verdict.satisfied, gaveUp], [false, undefined]);
    assert.ok(asked >= 2, `${asked} times`);
    let slow = 0;
    await waitUntil({
      ...quick,
      deadlineSeconds: 0.3,
      observe: () => Promise.resolve(),
      evaluate: () => shut("disk"),
      hopeless: () => (slow++, new Promise(() => undefined)),
      hopelessMs: 20,
      report: () => undefined,
    });
    assert.equal(slow, 1, "one question at a time");
    const notMissing = await waitUntil({
      ...quick,
      deadlineSeconds: 0.1,
      observe: () => Promise.resolve(),
      evaluate: () => ({ satisfied: false, summary: "shut", missing: [] }),
      hopeless: () => Promise.resolve("nobody is to blame"),
      hopelessMs: 10,
      report: () => undefined,
    });
    assert.equal(notMissing.gaveUp, undefined);
  });

  it("tells how long it took", async () => {
    const { seconds, ...rest } = await waitUntil({
      ...quick,
      deadlineSeconds: 5,
      observe: () => new Promise((resolve) => setTimeout(resolve, 700)),
      evaluate: () => open,
      report: () => undefined,
    });
    assert.deepEqual(rest, { verdict: open });
    assert.equal(seconds, 1);
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
