import assert from "node:assert/strict";
import { gzipSync } from "node:zlib";
import fc from "fast-check";
import { clientProperties } from "../../../planning/cluster/clientProperties";
import { figures } from "../../../trials/jobs/bench/measure";
import { cueLine, readCue } from "../../../trials/jobs/bench/parameters";
import { makePayload } from "../../../trials/jobs/bench/payload";
import {
  isConsumerHeader,
  readConsumerLine,
  readProducerLine,
  worstLatencies,
} from "../../../trials/jobs/bench/perfTools";
import { commonWindow, ratePerSecond, type Point } from "../../../trials/jobs/bench/rates";
import { producerProperties, type Producer } from "../../../trials/jobs/bench/tools";

const totalLine =
  "2000000 records sent, 66312.343921 records/sec (23.21 MB/sec), 3.71 ms avg latency, 412.00 ms max latency, " +
  "2 ms 50th, 9 ms 95th, 31 ms 99th, 188 ms 99.9th.";

describe("what Kafka's performance tools print", () => {
  it("is read from the producer", () => {
    assert.deepEqual(
      readProducerLine(
        "331561 records sent, 66312.2 records/sec (23.21 MB/sec), 3.7 ms avg latency, 221.0 ms max latency.",
      ),
      { kind: "interval", events: 331561 },
    );
    assert.deepEqual(readProducerLine(totalLine), {
      kind: "total",
      events: 2_000_000,
      latencyMs: { mean: 3.71, max: 412, p50: 2, p95: 9, p99: 31, p999: 188 },
    });
    assert.deepEqual(
      readProducerLine(
        "producer-metrics:compression-rate-avg:{client-id=perf-producer-client}                 : 0.227",
      ),
      { kind: "compression", rate: 0.227 },
    );
  });

  it("is not confused with its other lines", () => {
    for (const line of [
      "",
      "Reading payloads from: /tmp/bench-x/payload",
      "Number of messages read: 10000",
      "Metric Name                                                      Value",
      "producer-metrics:compression-rate-avg:{client-id=perf-producer-client} : NaN",
      "producer-topic-metrics:compression-rate:{client-id=perf-producer-client, topic=bench-1-1} : 0.227",
      "org.apache.kafka.common.errors.TimeoutException: Expiring 3 record(s) for bench-1-1",
    ])
      assert.equal(readProducerLine(line), undefined, line);
  });

  it("is read from the consumer, in bytes", () => {
    const header =
      "time, threadId, data.consumed.in.MB, MB.sec, data.consumed.in.nMsg, nMsg.sec, rebalance.time.ms, " +
      "fetch.time.ms, fetch.MB.sec, fetch.nMsg.sec";
    assert.ok(isConsumerHeader(header));
    assert.equal(readConsumerLine(header), undefined);
    assert.equal(
      readConsumerLine(
        "2026-11-24 01:20:31:123, 0, 312.5000, 62.5000, 892345, 178469.0000, 0, 1000, 62.5000, 178469.0000",
      ),
      312.5 * 1024 * 1024,
    );
  });

  it("gives of several producers the worst percentiles and the mean of all events", () => {
    const latencyMs = { mean: 2, p50: 2, p95: 9, p99: 31, p999: 188, max: 412 };
    const worst = worstLatencies([
      { events: 300, latencyMs },
      { events: 100, latencyMs: { ...latencyMs, mean: 6, p99: 40, p999: 100 } },
    ]);
    assert.deepEqual(worst, { ...latencyMs, mean: 3, p99: 40 });
  });
});

describe("the rate of several producers", () => {
  const steady = (from: number, to: number, perSecond: number): Point[] =>
    Array.from({ length: Math.floor((to - from) / 5000) + 1 }, (_, index) => ({
      at: from + index * 5000,
      sum: (index + 1) * 5 * perSecond,
    }));

  it("is taken while all of them run, whatever one does alone afterwards", () => {
    const short = steady(5_000, 60_000, 1000);
    const long = [...steady(6_000, 61_000, 1000), { at: 66_000, sum: 60_000 + 10_000 }];
    const window = commonWindow([short, long]);
    assert.deepEqual(window, { from: 6_000, to: 60_000 });
    const sum = [short, long].reduce((total, points) => total + ratePerSecond(points, window ?? { from: 0, to: 0 }), 0);
    assert.ok(Math.abs(sum - 2000) < 1e-6);
  });

  it("is never above what was written in that time", () => {
    const series = fc.array(fc.tuple(fc.integer({ min: 1, max: 9000 }), fc.nat(50_000)), {
      minLength: 2,
      maxLength: 20,
    });
    fc.assert(
      fc.property(series, fc.nat(9000), fc.integer({ min: 1, max: 90_000 }), (steps, from, length) => {
        let [at, sum] = [0, 0];
        const points = steps.map(([ms, count]) => ({ at: (at += ms), sum: (sum += count) }));
        const written = ratePerSecond(points, { from, to: from + length }) * (length / 1000);
        assert.ok(written >= 0 && written <= sum + 1e-6);
      }),
    );
  });

  it("is unknown when they did not run together", () => {
    assert.equal(commonWindow([[{ at: 5000, sum: 1 }], [{ at: 6000, sum: 1 }]]), undefined);
    assert.equal(commonWindow([[], [{ at: 6000, sum: 1 }]]), undefined);
    assert.equal(commonWindow([]), undefined);
  });
});

describe("a measurement's figures", () => {
  const producer = (points: readonly Point[], events: number, compressionRate?: number): Producer => ({
    points,
    total: { kind: "total", events, latencyMs: { mean: 1, p50: 1, p95: 2, p99: 3, p999: 4, max: 5 } },
    compressionRate,
    ended: Promise.resolve(),
    kill: () => Promise.resolve(),
  });
  const points = [
    { at: 5_000, sum: 50_000 },
    { at: 15_000, sum: 150_000 },
  ];
  const measurement = { phase: "consumers", percent: 50, groups: 1 } as const;

  it("are in bytes of events, with what was read and what failed", () => {
    const producers = [producer(points, 150_000, 0.2), producer(points, 149_990, 0.3)];
    const group = { points: points.map(({ at, sum }) => ({ at, sum: sum * 700 })) };
    const measured = figures(
      { measurement, eventsPerSecond: 21_000 },
      { producers, groups: [group], events: 150_000 },
      400,
    );
    assert.deepEqual(
      { ...measured, latencyMs: undefined },
      {
        ...measurement,
        targetMBps: 8.4,
        MBps: 8,
        eventsPerSecond: 20_000,
        latencyMs: undefined,
        consumedMBps: 7,
        compressionRatio: 4,
        failedEvents: 10,
        seconds: 10,
      },
    );
  });

  it("are refused when a producer was done before the others began", () => {
    const producers = [producer(points.slice(0, 1), 50_000), producer(points.slice(1), 150_000)];
    assert.throws(() => figures({ measurement }, { producers, groups: [], events: 1 }, 400), /give more --seconds/);
  });
});

describe("the payload", () => {
  it("is 50,000 events as applications write them, or as many bytes that hardly get smaller", function () {
    this.timeout(60_000);
    const [events, random] = (["events", "random"] as const).map((payload) => makePayload(payload));
    assert.ok(events !== undefined && random !== undefined);
    for (const { text, meanBytes } of [events, random]) {
      const lines = text.split("\n").slice(0, -1);
      assert.equal(lines.length, 50_000);
      assert.equal(meanBytes, lines.reduce((sum, line) => sum + Buffer.byteLength(line), 0) / 50_000);
    }
    assert.equal(random.meanBytes, events.meanBytes);
    assert.equal((JSON.parse(events.text.split("\n")[49_999] ?? "") as { number: number }).number, 49_999);
    const smaller = ({ text }: { text: string }) => text.length / gzipSync(text).length;
    assert.ok(smaller(events) > 3, `${smaller(events)}`);
    assert.ok(smaller(random) < 1.2, `${smaller(random)}`);
  });
});

describe("the benchmark's producer", () => {
  it("has our settings with what is changed of them, or its own defaults", () => {
    const ours = clientProperties(["a:9092", "b:9092"], 15);
    const changed = producerProperties({
      against: "ours",
      clientProperties: ours,
      producerSettings: { "linger.ms": "0" },
    });
    assert.equal(changed, `${ours.java.producer}linger.ms=0\n`);
    const stock = producerProperties({ against: "stock", clientProperties: ours, producerSettings: {} });
    assert.equal(stock, "bootstrap.servers=a:9092,b:9092\nacks=all\n");
  });
});

describe("a cue", () => {
  it("is found in the log of the client host, and nowhere else", () => {
    const cue = { what: "stop", topic: "bench-12ab-6" } as const;
    assert.deepEqual(readCue(`client host | ${cueLine(cue)}`), cue);
    assert.equal(readCue("client host | rate: 60000 events/s"), undefined);
  });
});
