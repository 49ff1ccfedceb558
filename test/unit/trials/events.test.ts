import assert from "node:assert/strict";
import fc from "fast-check";
import { eventMessage, generateEvents } from "../../../trials/events";

const make = (count: number, seed = 7) => [
  ...generateEvents({ runId: "0123456789ab", count, seed, startTime: Date.UTC(2026, 0, 1) }),
];

describe("activity events", () => {
  it("are the same for the same seed, and others for another", () => {
    assert.deepEqual(make(200), make(200));
    assert.notDeepEqual(make(200), make(200, 8));
  });

  it("are numbered without a gap, in the order of time, whatever the seed", () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 2 ** 31 - 1 }), fc.integer({ min: 0, max: 300 }), (seed, count) => {
        const events = make(count, seed);
        assert.deepEqual(
          events.map(({ number }) => number),
          [...Array(count).keys()],
        );
        const times = events.map(({ occurredAt }) => occurredAt);
        assert.deepEqual(times, [...times].sort());
      }),
      { numRuns: 30 },
    );
  });

  it("look like a SaaS's: all three types, many users, about 367 bytes", () => {
    const events = make(20_000);
    const share = (type: string) => events.filter((event) => event.type === type).length / events.length;
    assert.ok(share("page_view") > 0.5 && share("button_click") > 0.2 && share("time_on_page") > 0.1);
    assert.ok(new Set(events.map(({ userId }) => userId)).size > 5000);
    const mean = events.reduce((sum, event) => sum + eventMessage(event).value.length, 0) / events.length;
    assert.ok(mean > 350 && mean < 385, String(mean));
  });

  it("are keyed by user, and are read back as they were", () => {
    const [event] = make(1);
    assert.ok(event);
    const { key, value } = eventMessage(event);
    assert.equal(key, event.userId);
    assert.deepEqual(JSON.parse(value), event);
  });
});
