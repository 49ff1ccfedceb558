import assert from "node:assert/strict";

import { isWhole, minuteOf, reconcile, type Minute } from "../../../../examples/activity/reconcile/minutes";
import { pageOf } from "../../../../examples/activity/reconcile/page";
import { readSettings } from "../../../../examples/activity/reconcile/settings";

const ms = Date.parse("2026-11-29T12:05:30.000Z");
const minute = "2026-11-29T12:05Z";
const whole: Minute = {
  minute,
  accepted: 3,
  inKafka: 4,
  stored: 2,
  rejected: 1,
  doubles: 1,
  notStored: 0,
  notInKafka: 0,
  storedTwice: 0,
};
const seen = [
  { ms, place: "0:1", id: "a" },
  { ms, place: "0:2", id: "b" },
  { ms, place: "0:3", id: "a" },
  { ms, place: "1:1", id: undefined },
];
const stored = [
  { minute, id: "a" },
  { minute, id: "b" },
];
const sides = { accepted: new Map([[minute, 3]]), seen, stored, rejected: new Set(["1:1"]) };

describe("the reconciliation", () => {
  it("finds a minute whole when each event is stored once or rejected, however often it was sent", () => {
    assert.equal(minuteOf(ms), minute);
    assert.deepEqual(reconcile(sides), [whole]);
    assert.ok(isWhole([whole]));
  });

  it("finds what is not stored, not in Kafka, or stored twice", () => {
    const cases: readonly (readonly [Partial<typeof sides>, Partial<Minute>])[] = [
      [{ stored: stored.slice(1) }, { stored: 1, doubles: 0, notStored: 2 }],
      [{ rejected: new Set<string>() }, { rejected: 0, notStored: 1 }],
      [{ accepted: new Map([[minute, 5]]) }, { accepted: 5, notInKafka: 2 }],
      [{ stored: [...stored, { minute, id: "b" }] }, { stored: 3, storedTwice: 1 }],
    ];
    for (const [changed, found] of cases) {
      const minutes = reconcile({ ...sides, ...changed });
      assert.deepEqual(minutes, [{ ...whole, ...found }]);
      assert.ok(!isWhole(minutes));
    }
  });

  it("takes an event that a browser sends again for accepted twice and stored once, also across midnight", () => {
    const again = { ms: ms + 1, place: "0:4", id: "b" };
    const before = { ms, place: "0:5", id: "of yesterday" };
    const minutes = reconcile({
      ...sides,
      accepted: new Map([[minute, 5]]),
      seen: [...seen, again, before],
      storedElsewhere: new Set(["of yesterday"]),
    });
    assert.deepEqual(minutes, [{ ...whole, accepted: 5, inKafka: 6, doubles: 3 }]);
  });

  it("has a page that says so, without anything from elsewhere", () => {
    assert.match(pageOf([whole]), /<h1>Every event is stored once<\/h1>/);
    const page = pageOf([whole, { ...whole, notStored: 2 }]);
    assert.match(page, /<h1>Events are missing, or there twice<\/h1>/);
    assert.equal(page.match(/<tr class="bad">/g)?.length, 1);
    assert.doesNotMatch(page, /https?:|src=/);
  });
});

describe("the settings of the reconciliation", () => {
  const given = { DATABASE_URL: "postgres://store@db/activity", FROM: "2026-11-29T12:00Z", TO: "2026-11-29T13:00Z" };

  it("are a period of whole minutes and a database; the others have defaults", () => {
    const { FROM, TO, COLLECTORS, WAIT_SECONDS } = readSettings(given);
    assert.deepEqual([TO - FROM, COLLECTORS, WAIT_SECONDS], [3_600_000, undefined, 60]);
    assert.deepEqual(readSettings({ ...given, COLLECTORS: "http://a:1,http://b:2" }).COLLECTORS?.length, 2);
  });

  it("that can't be used are all named, and so is a wait that is no number", () => {
    assert.throws(() => readSettings({ FROM: "2026-11-29T12:00:30Z", WAIT_SECONDS: "soon", COLLECTORS: "a" }), {
      message: [
        "DATABASE_URL is not set: expected postgres://USER:PASSWORD@HOST:5432/DATABASE",
        'FROM is "2026-11-29T12:00:30Z": expected a whole minute such as 2026-11-29T12:00Z',
        "TO is not set: expected a whole minute such as 2026-11-29T12:00Z",
        'COLLECTORS is "a": expected addresses such as http://collector-1:8080',
        'WAIT_SECONDS is "soon": expected a whole number from 0 to 86400',
        "set DATABASE_URL, FROM, TO, COLLECTORS, WAIT_SECONDS and start again",
      ].join("\n"),
    });
    assert.throws(() => readSettings({ ...given, TO: given.FROM }), /^Error: TO is ".*": expected a minute after FROM/);
  });
});
