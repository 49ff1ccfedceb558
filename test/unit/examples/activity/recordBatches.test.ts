import assert from "node:assert/strict";
import { createRequire } from "node:module";
import fetchResponse from "kafkajs/src/protocol/requests/fetch/v11/response";

import { Messages } from "../../../../examples/activity/cluster/messages";
import { readRecordBatches, type RecordBatch } from "../../../../examples/activity/cluster/recordBatches";

const kafkajs = createRequire(__filename);
type Encode = (options: object) => { readonly buffer: Buffer };
const encodeRecord = kafkajs("kafkajs/src/protocol/recordBatch/record/v0") as (options: object) => object;
const { RecordBatch: encodeBatch } = kafkajs("kafkajs/src/protocol/recordBatch/v0") as {
  RecordBatch: (...options: Parameters<Encode>) => Promise<ReturnType<Encode>>;
};
const Encoder = kafkajs("kafkajs/src/protocol/encoder") as new () => Record<string, (value: unknown) => unknown> & {
  readonly buffer: Buffer;
};
const Batch = kafkajs("kafkajs/src/consumer/batch") as new (
  topic: string,
  from: string,
  partition: object,
) => {
  readonly messages: readonly unknown[];
  lastOffset(): string;
};

const now = Date.parse("2026-11-29T12:00:00.000Z");
const [brokersTime, control] = [8, 32];

interface Wanted {
  readonly firstOffset: number;
  readonly values: readonly (string | null)[];
  readonly gzip?: boolean;
  readonly producer?: number;
  /** Bits of the attributes. */
  readonly more?: number;
  readonly key?: Buffer | string;
}

async function batch({ firstOffset, values, gzip, producer, more = 0, key = "u-1" }: Wanted): Promise<Buffer> {
  const records = values.map((value, offsetDelta) => {
    const timestampDelta = offsetDelta * 1000;
    return encodeRecord({ offsetDelta, timestampDelta, key, value, headers: { accepted: String(now) } });
  });
  const { buffer } = await encodeBatch({
    compression: gzip === true ? 1 : 0,
    firstOffset,
    firstTimestamp: now,
    maxTimestamp: now + 77,
    lastOffsetDelta: values.length - 1,
    transactional: producer !== undefined,
    producerId: producer ?? -1,
    records,
  });
  buffer.writeInt16BE(buffer.readInt16BE(21) | more, 21);
  return buffer;
}

/** A broker's answer to Fetch, version 11, of one partition. */
function answer(bytes: Buffer, aborted: readonly (readonly [producer: number, firstOffset: number])[]): Buffer {
  const encoder = new Encoder();
  const write = (type: string, ...all: readonly unknown[]) => {
    for (const value of all) encoder[`write${type}`]?.(value);
  };
  write("Int32", 5);
  write("Int16", 0);
  write("Int32", 7, 1);
  write("String", "user-activity");
  write("Int32", 1, 3);
  write("Int16", 0);
  write("Int64", 100, 99, 0);
  write("Int32", aborted.length);
  for (const pair of aborted) write("Int64", ...pair);
  write("Int32", -1, bytes.length);
  return Buffer.concat([encoder.buffer, bytes]);
}

interface Decoded {
  readonly responses: readonly [{ readonly partitions: readonly [{ readonly messages: readonly unknown[] }] }];
}

/** What a consumer gets of an answer: by kafkajs' own decoder, and by batches. */
async function both(bytes: Buffer, from: number) {
  const original = fetchResponse.decode;
  try {
    const theirs = (await original(bytes)) as Decoded;
    readRecordBatches();
    const ours = (await fetchResponse.decode(bytes)) as Decoded;
    const [their, our] = [theirs, ours].map((decoded) => {
      return new Batch("user-activity", String(from), decoded.responses[0].partitions[0]);
    });
    const messages = Messages.of(our?.messages as RecordBatch[], from);
    const indexes = Array.from({ length: messages.length }, (_, index) => index);
    return {
      theirs: their?.messages as readonly { offset: string; timestamp: string; value: Buffer | null }[],
      ours: indexes.map((index) => ({
        offset: String(messages.offset(index)),
        timestamp: String(messages.timestamp(index)),
        value: messages.value(index),
      })),
      lastOffsets: [their?.lastOffset(), our?.lastOffset()],
      rest: [theirs, ours].map((decoded) => {
        const [response] = decoded.responses;
        const partition = { ...response.partitions[0], messages: [], abortedTransactions: [] };
        return { ...decoded, responses: [{ ...response, partitions: [partition] }] };
      }),
    };
  } finally {
    fetchResponse.decode = original;
  }
}

describe("record batches", () => {
  const abort = { values: [null], producer: 1, more: control, key: Buffer.from([0, 0, 0, 0]) };
  const commit = { ...abort, key: Buffer.from([0, 0, 0, 1]) };
  const all: Wanted[] = [
    { firstOffset: 10, values: ["a", "b", null, ""] },
    { firstOffset: 14, values: ["c", "x".repeat(1_100_000)], gzip: true },
    { firstOffset: 16, values: ["d"], more: brokersTime },
    // Producer 1 takes its first transaction back, and commits the second one.
    { firstOffset: 17, values: ["taken back"], gzip: true, producer: 1 },
    { firstOffset: 18, values: ["meanwhile"], producer: 2 },
    { firstOffset: 19, ...abort },
    { firstOffset: 20, values: ["e"], gzip: true, producer: 1 },
    { firstOffset: 21, ...commit },
  ];

  it("have the messages that kafkajs finds in them", async () => {
    const bytes = Buffer.concat(await Promise.all(all.map(batch)));
    for (const from of [0, 12, 15, 18]) {
      const aborted = from <= 17 ? ([[1, 17]] as const) : [];
      const { theirs, ours, lastOffsets, rest } = await both(answer(bytes, aborted), from);
      assert.deepEqual(
        ours,
        theirs.map(({ offset, timestamp, value }) => ({ offset, timestamp, value })),
      );
      assert.equal(ours.at(-1)?.value?.toString(), "e");
      assert.deepEqual(lastOffsets, ["21", "21"]);
      assert.deepEqual(rest[1], rest[0]);
    }
  });

  it("are left for the next answer when they are cut off", async () => {
    const bytes = Buffer.concat(await Promise.all(all.slice(0, 2).map(batch)));
    for (const less of [1, 1000]) {
      const { ours, lastOffsets } = await both(answer(bytes.subarray(0, bytes.length - less), []), 10);
      assert.equal(ours.length, 4);
      assert.deepEqual(lastOffsets, ["13", "13"]);
    }
  });
});
