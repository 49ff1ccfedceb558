import assert from "node:assert/strict";
import fc from "fast-check";

import { Messages } from "../../../../examples/activity/cluster/messages";
import { decodeEvent } from "../../../../examples/activity/events/message";
import { keysOf, makeChunk, remake } from "../../../../examples/activity/store/chunk";
import { inOrder } from "../../../../examples/activity/store/load";
import { plainEvent } from "../../../../examples/activity/store/plainEvent";
import { plainRow, rowOf } from "../../../../examples/activity/store/row";
import { Summary } from "../../../../examples/activity/store/summary";
import { halves } from "../../../../examples/activity/store/writer";

const now = Date.parse("2026-11-29T12:00:00.000Z");
const plain = {
  id: "018f4e3a-7b1c-7d2e-8f3a-4b5c6d7e8f90",
  type: "button_click",
  user: "u-1",
  session: "s-1",
  at: "2026-11-29T11:59:58.000Z",
  received: "2026-11-29T11:59:59.000Z",
  page: "/pricing",
  button: "buy",
};

/** As Kafka writes whole numbers in records. */
function varint(value: number): Buffer {
  const bytes: number[] = [];
  let left = value < 0 ? -2 * value - 1 : 2 * value;
  for (; left > 127; left = Math.floor(left / 128)) bytes.push((left % 128) | 128);
  return Buffer.from([...bytes, left]);
}

function sized(bytes: Buffer): Buffer {
  return Buffer.concat([varint(bytes.length), bytes]);
}

/** Messages as Kafka has them, with a key and a header. */
function messagesOf(values: readonly (Buffer | null)[], firstOffset: number, from = firstOffset): Messages {
  const records = values.map((value, index) => {
    const [key, header] = [sized(Buffer.from("u-1")), [sized(Buffer.from("accepted")), sized(Buffer.from("1"))]];
    const content = value === null ? varint(-1) : sized(value);
    return sized(
      Buffer.concat([Buffer.from([0]), varint(index * 1000), varint(index), key, content, varint(1), ...header]),
    );
  });
  const common = { offset: "", isControlRecord: false, isBrokersTime: false, timestamp: now };
  return Messages.of([{ ...common, firstOffset, count: values.length, records: Buffer.concat(records) }], from);
}

function chunkOf(values: readonly unknown[], from = 0) {
  const texts = values.map((value) => Buffer.from(typeof value === "string" ? value : JSON.stringify(value)));
  return makeChunk({ partition: 0, from, next: from + values.length, messages: messagesOf(texts, from) }, now);
}

/** What a field may be, good or bad. */
const anything = fc.oneof(
  fc.string({ unit: "binary", maxLength: 300 }),
  fc.constantFrom("2026-11-29T12:00:00.000Z", "2026-02-30T12:00:00.000Z", "2026-11-31T12:00:00.000Z"),
  fc.constantFrom("2024-02-29T12:00:00Z", "2026-11-29T24:00:00.000Z", "0000-01-01T00:00:00.000Z", "\0", "\ud800"),
  fc.constantFrom("018F4E3A-7B1C-7D2E-8F3A-4B5C6D7E8F90", "00000000-0000-0000-0000-000000000000"),
  fc.constantFrom(...["page_view", "button_click", "time_on_page", null, true, -1, 1e300, 86_400, 86_401]),
  fc.double(),
  fc.jsonValue(),
);
const names = fc.constantFrom(
  ...Object.keys(plain),
  "seconds",
  "referrer",
  "__proto__",
  "constructor",
  "more",
  "tab\t",
);
const changed = fc.tuple(names, anything).map(([name, value]) => {
  const others = Object.fromEntries(Object.entries(plain).filter(([other]) => other !== name));
  return JSON.stringify(others).replace(/}$/, `,${JSON.stringify(name)}:${JSON.stringify(value)}}`);
});

describe("the messages of a run", () => {
  it("are those of its batches from an offset on, with their offsets, times and values", () => {
    const values = ["a", null, "x".repeat(100_000), ""].map((text) => (text === null ? null : Buffer.from(text)));
    const all = messagesOf([Buffer.from("before"), ...values], 2 ** 40, 2 ** 40 + 1);
    for (const messages of [all, all.slice(0, 9), messagesOf(values, 2 ** 40 + 1)]) {
      const indexes = values.map((_, index) => index);
      assert.equal(messages.length, values.length);
      assert.deepEqual(
        indexes.map((index) => messages.value(index)),
        values,
      );
      assert.deepEqual(
        indexes.map((index) => messages.offset(index)),
        indexes.map((index) => 2 ** 40 + 1 + index),
      );
    }
    assert.equal(all.timestamp(3), now + 4000);
    assert.deepEqual(all.slice(2, 3).value(0), values[2]);
  });
});

describe("the rows of the store", () => {
  it("are made of plain events as the schema has them: the short cut says what it says, or nothing", () => {
    let quick = 0;
    fc.assert(
      fc.property(fc.oneof(changed, fc.json()), (text) => {
        const value = Buffer.from(text);
        const event = plainEvent(value);
        if (event === undefined) return;
        quick++;
        assert.deepEqual({ event }, decodeEvent(value));
        assert.equal(plainRow(event), rowOf(event));
      }),
      { numRuns: 3000 },
    );
    assert.ok(quick > 100, `only ${quick} took the short cut`);
    assert.deepEqual(plainEvent(Buffer.from(JSON.stringify(plain))), plain);
  });

  it("have one line each, whatever is in the texts", () => {
    fc.assert(
      fc.property(fc.array(fc.string({ unit: "binary", maxLength: 20 })), (texts) => {
        const chunk = chunkOf(texts.map((more) => ({ ...plain, page: `/${more}`, more })));
        const rows = chunk.rows.toString();
        assert.deepEqual(
          keysOf(chunk),
          chunk.indexes.map(() => ({ id: plain.id, day: "2026-11-29" })),
        );
        assert.equal(rows.split("\n").length - 1, chunk.indexes.length);
        for (const row of rows.split("\n").slice(0, -1)) assert.equal(row.split("\t").length, 11);
      }),
    );
  });

  it("come of the events of the last week; the others are rejected with the reason", () => {
    const at = (received: string) => ({ ...plain, received, at: received });
    const { indexes, rejected } = chunkOf([
      at("2026-11-22T12:00:00.000Z"),
      at("2026-11-22T11:59:59.999Z"),
      at("2026-11-29T13:00:00.000Z"),
      at("2026-11-29T13:00:00.001Z"),
    ]);
    assert.deepEqual(indexes, [0, 2]);
    assert.deepEqual(
      rejected.map(({ offset, reason }) => [offset, reason]),
      [
        [1, "received: 2026-11-22T11:59:59.999Z is more than 7 days ago"],
        [3, "received: 2026-11-29T13:00:00.001Z is more than an hour ahead"],
      ],
    );
  });

  it("have the day of `at` that PostgreSQL finds, which rounds to microseconds", () => {
    const rows = chunkOf([{ ...plain, at: "2026-11-28T23:59:59.99999999Z" }]).rows.toString();
    assert.equal(rows.split("\t")[1], "2026-11-28T23:59:59.999999Z");
  });

  it("are halved without losing a message", () => {
    const chunk = chunkOf([plain, "{", plain], 10);
    const [one, other] = halves(chunk);
    assert.deepEqual([one.from, one.next, other.from, other.next], [10, 11, 11, 13]);
    assert.deepEqual(Buffer.concat([one.rows, other.rows]), chunk.rows);
    assert.deepEqual([...one.rejected, ...other.rejected], chunk.rejected);
  });

  it("leave out doubles, and what PostgreSQL refuses is rejected", () => {
    const chunk = chunkOf([plain, "{", { ...plain, page: "/other" }]);
    const { rows, indexes, rejected } = remake(chunk, { doubles: new Set([0]) });
    assert.match(rows.toString(), /\t\/other\t/);
    assert.deepEqual([indexes, rejected], [[2], chunk.rejected]);
    const { rejected: all } = remake(chunkOf([plain]), { refusal: "too long" });
    assert.deepEqual(all[0]?.raw, Buffer.from(JSON.stringify(plain)));
    assert.equal(all[0]?.reason, "PostgreSQL refuses it: too long");
  });

  it("are counted by hour, page and button, with short keys", () => {
    const { summary } = chunkOf([
      plain,
      plain,
      { ...plain, type: "time_on_page", seconds: 2.5, page: "p".repeat(2000) },
    ]);
    const all = new Summary();
    all.merge(summary);
    all.merge(summary);
    assert.deepEqual(
      all.counts().map(({ hour, type, page, button, events, seconds }) => {
        return [hour, type, page.length, button, events, seconds];
      }),
      [
        ["2026-11-29T11", "button_click", 8, "buy", 4, 0],
        ["2026-11-29T11", "time_on_page", 400, "", 2, 5],
      ],
    );
  });
});

describe("chunks", () => {
  const partitionOf = (offsets: readonly (readonly [number, number])[], partition: number) =>
    offsets.map(([from, next]) => ({ ...chunkOf([], from), partition, next }));

  it("are stored only where they go on from what is stored", () => {
    const chunks = [
      ...partitionOf(
        [
          [0, 10],
          [10, 20],
          [20, 30],
        ],
        1,
      ),
      ...partitionOf(
        [
          [5, 9],
          [9, 12],
        ],
        2,
      ),
      ...partitionOf([[0, 4]], 3),
    ];
    // 1: the first was stored when the answer was lost; 2: another process is ahead; 3 is not known.
    const { taken, next, moved } = inOrder(
      chunks,
      new Map([
        [1, 10],
        [2, 7],
      ]),
    );
    assert.deepEqual(
      taken.map(({ partition, from }) => [partition, from]),
      [
        [1, 10],
        [1, 20],
      ],
    );
    assert.deepEqual(
      [...next],
      [
        [1, 30],
        [2, 7],
      ],
    );
    assert.deepEqual(moved, [2, 3]);
  });
});
