import assert from "node:assert/strict";
import fc from "fast-check";
import { Timeline } from "../../../../ops/groups/timeline";

const hour = 3_600_000;

/** A partition whose events came at these times, the oldest first; some of the oldest may be deleted. */
class Log {
  constructor(
    readonly times: readonly number[],
    readonly beginning = 0,
  ) {}

  /** The number of the event to come at that moment. */
  endAt(now: number): number {
    return this.times.filter((time) => time <= now).length;
  }

  /** What Kafka tells: the first event since then that is not deleted; the one to come where there is none. */
  since(at: number, now: number): number {
    const index = this.times.findIndex((time, number) => number >= this.beginning && time >= at);
    return index < 0 ? this.endAt(now) : index;
  }
}

/** Asks until the time of the event is known well enough. Gives how often. */
function learn(timeline: Timeline, log: Log, offset: number, now: number): number {
  for (let asked = 0; ; asked++) {
    const at = timeline.question(offset, now);
    if (at === undefined) return asked;
    assert.ok(at < now && asked < 40, `${asked} questions`);
    timeline.add({ at, offset: log.since(at, now) });
  }
}

describe("a partition's timeline", () => {
  it("knows without a question when an event came that it has seen to come", () => {
    const timeline = new Timeline();
    for (const [minute, offset] of [0, 100, 200, 300].entries()) timeline.extend({ at: minute * 15_000, offset });
    assert.equal(timeline.question(250, 45_000), undefined);
    assert.equal(timeline.timeOf(250), 37_500);
    assert.equal(timeline.timeOf(100), 15_000);
    assert.deepEqual(timeline.bracket(299), {
      after: { at: 30_000, offset: 200 },
      before: { at: 45_000, offset: 300 },
    });
  });

  it("asks about the time before it began to look, and knows it from then on", () => {
    const now = 100 * hour;
    const log = new Log(Array.from({ length: 1000 }, (_, number) => number * 0.1 * hour));
    const timeline = new Timeline();
    timeline.extend({ at: now, offset: log.endAt(now) });
    const asked = learn(timeline, log, 300, now);
    assert.ok(asked > 0 && asked <= 20, `${asked} questions`);
    const age = now - (timeline.timeOf(300) ?? 0);
    assert.ok(Math.abs(age - 70 * hour) < 0.05 * 70 * hour, `${age / hour} h`);
    assert.equal(learn(timeline, log, 300, now), 0);
  });

  it("takes a log that has become shorter for another one", () => {
    const timeline = new Timeline();
    timeline.extend({ at: 0, offset: 100 });
    timeline.extend({ at: 15_000, offset: 40 });
    assert.deepEqual(timeline.bracket(20), { after: undefined, before: { at: 15_000, offset: 40 } });
  });

  it("tells how fast it grows, once it has looked for a while", () => {
    const timeline = new Timeline();
    timeline.extend({ at: 0, offset: 0 });
    timeline.extend({ at: 240_000, offset: 2400 });
    assert.equal(timeline.rate(240_000, 600_000), undefined);
    timeline.extend({ at: 600_000, offset: 9600 });
    assert.equal(timeline.rate(600_000, 600_000), 16);
    timeline.extend({ at: 840_000, offset: 9600 });
    assert.equal(timeline.rate(840_000, 600_000), 7200 / 600);
  });

  it("stays small over a month of looks, and still tells the age of everything to a twentieth", () => {
    const timeline = new Timeline();
    const days = 30 * 24 * hour;
    for (let at = 0; at <= days; at += 15_000) timeline.extend({ at, offset: at / 1000 });
    const marks = (timeline as unknown as { readonly marks: readonly unknown[] }).marks.length;
    assert.ok(marks < 600, `${marks} marks`);
    for (let age = 20_000; age < days; age *= 1.3) {
      const offset = Math.floor((days - age) / 1000);
      assert.equal(timeline.question(offset, days), undefined, `${age / hour} h`);
      assert.ok(Math.abs((timeline.timeOf(offset) ?? 0) - (days - age)) <= 0.03 * age + 2000);
    }
  });

  it("tells the age of any event to a twentieth or 20 s, whenever events came and whenever it began to look", () => {
    const gaps = fc.array(fc.oneof(fc.integer({ min: 0, max: 1000 }), fc.integer({ min: 0, max: 5 * hour })), {
      minLength: 1,
      maxLength: 60,
    });
    fc.assert(
      fc.property(gaps, fc.nat(40), fc.double({ min: 0, max: 1, noNaN: true }), (all, looks, place) => {
        let last = 0;
        const times = all.map((gap) => (last += gap));
        const now = last + 1;
        const log = new Log(times, Math.floor(place * (times.length / 2)));
        const timeline = new Timeline();
        for (let look = looks; look >= 0; look--) {
          const at = Math.max(0, now - look * 15_000);
          timeline.extend({ at, offset: log.endAt(at) });
        }
        const offset = log.beginning + Math.floor(place * (times.length - 1 - log.beginning));
        learn(timeline, log, offset, now);
        const age = now - (times[offset] ?? 0);
        const told = now - (timeline.timeOf(offset) ?? Infinity);
        assert.ok(Math.abs(told - age) <= 20_000 + 0.06 * age, `${told} ms, and not ${age}`);
      }),
      { numRuns: 500 },
    );
  });
});
