import assert from "node:assert/strict";
import fc from "fast-check";
import { checkEvent, limits } from "../../../../examples/activity/events/event";
import { decodeEvent, encodeSent } from "../../../../examples/activity/events/message";

const receivedMs = Date.parse("2026-11-29T12:00:00.000Z");
const ago = (hours: number) => new Date(receivedMs - hours * 3_600_000).toISOString();

/** What a browser sends. */
const sent = {
  id: "0190163d-8694-739b-aea5-966c26f8ad91",
  type: "button_click",
  user: "u-123",
  session: "s-1",
  at: ago(0.01),
  page: "/pricing",
  button: "buy",
};

function reasonsOf(change: object): readonly string[] {
  const result = encodeSent({ ...sent, ...change }, receivedMs);
  return "reasons" in result ? result.reasons : [];
}

function deep(levels: number): unknown {
  return levels === 0 ? 1 : [deep(levels - 1)];
}

describe("an event", () => {
  it("becomes a message keyed by its user, with the collector's time, and is read from it again", () => {
    const result = encodeSent(
      { ...sent, id: sent.id.toUpperCase(), received: "1999", plan: { name: "pro" } },
      receivedMs,
    );
    assert.ok("message" in result);
    const { value, ...rest } = result.message;
    const timestamp = String(receivedMs);
    assert.deepEqual(rest, { key: "u-123", timestamp, headers: { accepted: timestamp } });
    const event = { ...sent, received: "2026-11-29T12:00:00.000Z", plan: { name: "pro" } };
    assert.deepEqual(decodeEvent(Buffer.from(value)), { event });
  });

  it("is refused with the field and the rule", () => {
    assert.deepEqual(reasonsOf({ user: 7 }), ["user: Invalid input: expected string, received number"]);
    assert.deepEqual(reasonsOf({ user: "" }).length, 1);
    assert.deepEqual(reasonsOf({ user: "u".repeat(limits.name + 1) }).length, 1);
    assert.deepEqual(reasonsOf({ id: "1", page: undefined }).length, 2);
    assert.deepEqual(reasonsOf({ type: "hover" }), ["type: expected one of page_view, button_click, time_on_page"]);
    assert.match(reasonsOf({ button: undefined }).join(), /^button: /);
    assert.match(reasonsOf({ type: "time_on_page" }).join(), /^seconds: /);
    assert.match(reasonsOf({ type: "page_view", seconds: "9" }).join(), /^seconds: /);
    assert.match(reasonsOf({ seconds: -1 }).join(), /^seconds: /);
    assert.match(reasonsOf({ at: "yesterday" }).join(), /^at: expected a time in UTC such as/);
    assert.ok(reasonsOf({ id: 1, user: 1, session: 1, at: 1, page: 1, button: 1, referrer: 1 }).length <= 5);
  });

  it("may be seven days late and a day ahead, by the collector's clock", () => {
    assert.deepEqual([reasonsOf({ at: ago(7 * 24) }), reasonsOf({ at: ago(-24) })], [[], []]);
    assert.deepEqual(reasonsOf({ at: ago(10 * 24) }), [
      "at: 2026-11-19T12:00:00.000Z is more than 7 days before 2026-11-29T12:00:00.000Z",
    ]);
    assert.deepEqual(reasonsOf({ at: "2062-01-01T00:00:00.000Z" }), [
      "at: 2062-01-01T00:00:00.000Z is more than 24 hours after 2026-11-29T12:00:00.000Z",
    ]);
  });

  it("has nothing that PostgreSQL or JSON can't keep, also in fields that nobody knows", () => {
    const text = "has a NUL or half a surrogate pair; send it without";
    assert.deepEqual(reasonsOf({ button: "b\0" }), [`button: ${text}`]);
    assert.deepEqual(reasonsOf({ more: { texts: ["a", "\ud83d"] } }), [`more.texts.1: ${text}`]);
    assert.deepEqual(reasonsOf({ button: "\ud83d\ude00" }), []);
    assert.deepEqual(reasonsOf({ more: JSON.parse("1e999") }), ["more: is too large a number"]);
    assert.deepEqual(reasonsOf({ more: JSON.parse('{"__proto__":1}') }), [
      "more: has a field whose name can't be kept",
    ]);
    assert.deepEqual(reasonsOf({ "a\0": 1 }), ["event: has a field whose name can't be kept"]);
  });

  it("is neither deep nor large", () => {
    assert.deepEqual(reasonsOf({ more: deep(7) }), []);
    assert.match(reasonsOf({ more: deep(8) }).join(), /has too many objects and lists within one another$/);
    const thousands = JSON.parse("[".repeat(100_000) + "]".repeat(100_000)) as unknown;
    assert.match(reasonsOf({ more: thousands }).join(), /has too many objects and lists within one another$/);
    const tooLarge = /^event: has \d+ bytes, but at most 32768 are taken$/;
    assert.match(reasonsOf({ more: "é".repeat(limits.bytes / 2) }).join(), tooLarge);
    const million = Buffer.from(JSON.stringify({ ...sent, received: ago(0), more: "x".repeat(2 ** 20) }));
    const decoded = decodeEvent(million);
    assert.match("reasons" in decoded ? decoded.reasons.join() : "", tooLarge);
  });

  it("is not what can't be read", () => {
    for (const value of [null, Buffer.of(), Buffer.from("{"), Buffer.of(0x22, 0xff, 0x22), Buffer.from("[]")]) {
      assert.ok("reasons" in decodeEvent(value), String(value));
    }
  });
});

describe("any JSON at all", () => {
  it("is checked without an error, and what is taken comes out of Kafka as it was, twice the same", () => {
    const known = fc.record(
      {
        type: fc.constantFrom("page_view", "button_click"),
        button: fc.string({ unit: "binary" }),
        seconds: fc.double(),
      },
      { requiredKeys: ["type"] },
    );
    let taken = 0;
    const property = fc.property(fc.jsonValue({ stringUnit: "binary" }), known, fc.jsonValue(), (any, fields, more) => {
      checkEvent(any);
      const event = { ...sent, ...fields, more };
      const result = encodeSent(event, receivedMs);
      if ("reasons" in result) return assert.ok(result.reasons.length > 0);
      taken++;
      const decoded = decodeEvent(Buffer.from(result.message.value));
      assert.deepEqual(decoded, { event: JSON.parse(JSON.stringify({ ...event, received: ago(0) })) });
    });
    fc.assert(property);
    assert.ok(taken > 10, `only ${taken} were taken`);
  });

  it("and any bytes are decoded without an error", () => {
    fc.assert(fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => assert.ok(decodeEvent(bytes))));
  });
});
