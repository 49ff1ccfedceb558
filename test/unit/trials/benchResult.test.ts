import assert from "node:assert/strict";
import { benchPage } from "../../../trials/bench/page";
import { benchResult, summarizeBench, type BenchResult } from "../../../trials/bench/result";
import { benchTable } from "../../../trials/bench/table";

function result(MBps: number, changes: Partial<BenchResult> = {}): BenchResult {
  return {
    phase: "rate",
    against: "ours",
    run: 1,
    payload: "events",
    copies: 4,
    partitions: 15,
    producers: 2,
    groups: 0,
    MBps,
    eventsPerSecond: MBps * 2500,
    latencyMs: { mean: 5, p50: 4, p95: 9, p99: 31, p999: 188, max: 412 },
    failedEvents: 0,
    seconds: 60,
    settings: {},
    ...changes,
  };
}

const runs = [
  result(90),
  result(100, { run: 2 }),
  result(96, { run: 3 }),
  result(48, { phase: "latency", percent: 50, targetMBps: 48 }),
  result(30, { against: "stock" }),
  result(32, { against: "stock", run: 2 }),
  result(15, { phase: "latency", percent: 50, targetMBps: 15, against: "stock" }),
  result(48, { phase: "catch-up", percent: 50, fullIsrSeconds: 21.4 }),
];

describe("a benchmark's summary", () => {
  it("has median and spread of each side, and ours by stock", () => {
    const [rate, latency, catchUp] = summarizeBench(runs);
    assert.deepEqual(rate?.ours?.MBps, { median: 96, min: 90, max: 100 });
    assert.deepEqual(rate?.stock?.MBps, { median: 31, min: 30, max: 32 });
    assert.equal(rate?.ratio?.toFixed(2), "3.10");
    assert.deepEqual([latency?.percent, latency?.ratio], [50, 3.2]);
    assert.deepEqual(
      [catchUp?.ours?.fullIsrSeconds?.median, catchUp?.stock, catchUp?.ratio],
      [21.4, undefined, undefined],
    );
  });

  it("counts the ISRs from the broker's start", () => {
    const { against, run, payload, copies, partitions, producers, settings, ...measured } = result(48, {
      phase: "catch-up",
    });
    const facts = { against, run, payload, copies, partitions, producers, settings };
    assert.equal(benchResult({ ...measured, fullIsrAt: 30_000 }, facts, 10_000).fullIsrSeconds, 20);
    assert.equal(benchResult(measured, facts, 10_000).fullIsrSeconds, undefined);
  });
});

describe("a benchmark's table", () => {
  it("has a line for each phase and side, and columns only where there is something", () => {
    const lines = benchTable(runs).split("\n");
    assert.equal(lines[0], "events, 4 copies of 15 partitions, 2 producers");
    assert.ok(lines.some((line) => /^rate +ours +96\.0 \(90\.0 to 100\.0\) .* 3\.1×$/.test(line)));
    assert.ok(lines.some((line) => /^rate +stock +31\.0 /.test(line)));
    assert.ok(lines.some((line) => /^catch-up 50 % +ours .* 21\.4 s +-$/.test(line)));
    assert.doesNotMatch(benchTable(runs), /compression|read, MB/);
  });

  it("names the settings that were changed, and events that were not acknowledged", () => {
    const text = benchTable([result(90, { settings: { "linger.ms": "0" }, failedEvents: 1234 })]);
    assert.match(text, /changed in ours: linger\.ms=0/);
    assert.match(text, /rate, ours, run 1: 1,234 events were not acknowledged/);
    assert.doesNotMatch(text, /ours\/stock/);
  });
});

describe("a benchmark's page", () => {
  const context = { stack: "local", clusterName: "kafka-local", at: Date.parse("2026-11-24T01:20:30Z"), stopped: [] };

  it("shows rates, latencies and all figures, and loads nothing", () => {
    const page = benchPage(runs, context);
    assert.match(page, /96\.0 MB\/s; stock settings 31\.0 MB\/s, ratio 3\.1×/);
    assert.match(page, /<rect class="rate stock"/);
    assert.match(page, /<path class="curve ours"/);
    assert.doesNotMatch(page, /<script|<link|src=|url\(|https?:/);
    assert.doesNotMatch(page, /NaN|Infinity|undefined/);
  });

  it("does without what was not measured, and says why it ended early", () => {
    const page = benchPage([result(90)], { ...context, stopped: ["the disk of broker 3 <full>"] });
    assert.doesNotMatch(page, /class="curve|NaN|Infinity|undefined/);
    assert.match(page, /Ended early: the disk of broker 3 &lt;full&gt;/);
  });
});
