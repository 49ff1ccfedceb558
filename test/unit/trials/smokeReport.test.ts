import assert from "node:assert/strict";
import fc from "fast-check";
import { smokeFaults, smokeText, type SmokeReport } from "../../../trials/jobs/smokeReport";
import { percentiles, Tally } from "../../../trials/jobs/statistics";
import { eventsOption } from "../../../cli/options";
import { smokeTopic } from "../../../trials/smoke";

const good: SmokeReport = {
  runId: "r",
  topic: "user-activity",
  written: { events: 100_000, bytes: 36_700_000, seconds: 4 },
  ackLatencyMs: { p50: 20, p95: 40, p99: 80, max: 120 },
  eventsPerBatch: 1000,
  read: { events: 100_000, seconds: 2 },
  missing: 0,
  missingExamples: [],
  duplicates: 3,
  outOfOrder: 0,
  secondClient: { client: "kcat", written: 50, read: 100, expected: 100, readByKafkajs: 50 },
};

describe("smoke report", () => {
  it("passes with duplicates, which acks=all allows, and shows every number", () => {
    assert.deepEqual(smokeFaults(good), []);
    const text = smokeText(good);
    for (const part of [
      "100,000 events",
      "25,000 events/s",
      "9.2 MB/s",
      "p99 80 ms",
      "duplicates 3",
      "kcat: wrote 50",
    ]) {
      assert.ok(text.includes(part), `${part} in\n${text}`);
    }
  });

  it("fails with what is missing, by either client", () => {
    const bad: SmokeReport = {
      ...good,
      missing: 2,
      missingExamples: [4, 7],
      secondClient: { client: "kcat", written: 50, read: 99, expected: 100, readByKafkajs: 49 },
    };
    assert.deepEqual(smokeFaults(bad), [
      "2 of 100000 acknowledged events were not read back, among them number 4, 7",
      "kcat read 99 of 100 events",
      "kafkajs read 49 of the 50 events that kcat wrote",
    ]);
  });

  it("says why there was no second client", () => {
    assert.match(smokeText({ ...good, secondClient: undefined, secondClientNote: "no kcat" }), /skipped: no kcat/);
  });
});

describe("tally", () => {
  it("counts missing and duplicate events, whatever the order", () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 19 }), { maxLength: 60 }), (numbers) => {
        const tally = new Tally(20);
        for (const number of numbers) tally.add(number, "k");
        const distinct = new Set(numbers);
        assert.equal(tally.distinct, distinct.size);
        assert.equal(tally.duplicates, numbers.length - distinct.size);
        assert.equal(tally.missingExamples(100).length, 20 - distinct.size);
        assert.equal(tally.complete, distinct.size === 20);
      }),
    );
  });

  it("sees an order that is broken within a key, and none between keys", () => {
    const tally = new Tally(10);
    tally.add(5, "a");
    tally.add(1, "b");
    assert.equal(tally.outOfOrder, 0);
    tally.add(3, "a");
    assert.equal(tally.outOfOrder, 1);
  });

  it("ignores numbers that no event of the run has", () => {
    const tally = new Tally(3);
    for (const number of [-1, 3, 1.5, NaN]) tally.add(number, "k");
    assert.equal(tally.distinct, 0);
  });
});

describe("percentiles", () => {
  it("are values by nearest rank", () => {
    const hundred = Array.from({ length: 100 }, (_, index) => 100 - index);
    assert.deepEqual(percentiles(hundred), { p50: 50, p95: 95, p99: 99, max: 100 });
    assert.deepEqual(percentiles([7]), { p50: 7, p95: 7, p99: 7, max: 7 });
  });
});

describe("smoke options", () => {
  it("reads a count in any usual form and refuses the rest", () => {
    const read = (...given: string[]) => eventsOption().read(given, "--events");
    assert.equal(read(), 100_000);
    assert.equal(read("2_000"), 2000);
    assert.equal(read("1,000"), 1000);
    for (const bad of ["0", "-1", "many", "1.5", ""]) assert.throws(() => read(bad), /--events/);
  });

  it("takes user-activity, else the first topic, and says when there is none", () => {
    const topic = (name: string) => ({ name, partitions: 1, retentionHours: 1 });
    assert.equal(smokeTopic([topic("a"), topic("user-activity")]), "user-activity");
    assert.equal(smokeTopic([topic("a")]), "a");
    assert.throws(() => smokeTopic([]), /no topic/);
  });
});
