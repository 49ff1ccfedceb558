/** Batches of events as bytes, in forms that no client's library writes, and the request that has a broker take one. */
import { connect } from "node:net";
import { crc32 } from "node:zlib";
import { Writer } from "../../ops/kafka/protocol";

/** What is within a batch, and the number by which Kafka knows how it is packed. */
export interface Packed {
  readonly codec: number;
  readonly bytes: Buffer;
}

export const none = (bytes: Buffer): Packed => ({ codec: 0, bytes });
export const snappy = (bytes: Buffer): Packed => ({ codec: 2, bytes });

const castagnoli = Uint32Array.from({ length: 256 }, (_, byte) => {
  let value = byte;
  for (let bit = 0; bit < 8; bit++) value = value & 1 ? (value >>> 1) ^ 0x82f63b78 : value >>> 1;
  return value;
});

function crc32c(bytes: Buffer): number {
  let value = 0xffffffff;
  for (const byte of bytes) value = (value >>> 8) ^ (castagnoli[(value ^ byte) & 255] ?? 0);
  return ~value;
}

/** Bytes as Kafka's `Writer` has them. */
function written(write: (writer: Writer) => void): Buffer {
  const writer = new Writer();
  write(writer);
  return writer.bytes;
}

export const int32 = (value: number): Buffer => written((writer) => writer.int32(value | 0));

/** A number without a sign, 7 bits in each byte. */
export function varint(value: number): Buffer {
  const bytes = [];
  let left = value >>> 0;
  for (; left > 127; left >>>= 7) bytes.push((left & 127) | 128);
  return Buffer.from([...bytes, left]);
}

/** A number with a sign, as events have it. */
const signed = (value: number) => varint((value << 1) ^ (value >> 31));

/** The bytes of an event of the present format before its value: no key. */
export function eventHead(valueBytes: number, says?: number, place = 0): Buffer {
  const head = Buffer.concat([Buffer.from([0]), signed(0), signed(place), signed(-1), signed(valueBytes)]);
  return Buffer.concat([signed(says ?? head.length + valueBytes + 1), head]);
}

/**
 * An event of the present format: no key, a value of zeros, no headers.
 * @param says its size as it says it
 */
export function event(valueBytes: number, says?: number): Buffer {
  return Buffer.concat([eventHead(valueBytes, says), Buffer.alloc(valueBytes), signed(0)]);
}

/** So many events without content, at their places in a batch. */
export function emptyEvents(count: number): Buffer {
  const parts = [];
  for (let place = 0; place < count; place++) parts.push(eventHead(0, undefined, place), signed(0));
  return Buffer.concat(parts);
}

/** An event with so many headers, each of two bytes: no name, no value. */
export function eventOfHeaders(count: number): Buffer {
  const head = Buffer.concat([Buffer.from([0]), signed(0), signed(0), signed(-1), signed(-1), signed(count)]);
  const headers = Buffer.alloc(2 * count, Buffer.from([0, 1]));
  return Buffer.concat([signed(head.length + headers.length), head, headers]);
}

/** A batch of the present format. */
export function batch({ codec, bytes }: Packed, count = 1): Buffer {
  const checked = written((writer) => {
    writer.int8(0);
    writer.int8(codec);
    writer.int32(count - 1);
    for (const time of [0, 0]) writer.int64(time);
    writer.int64(-1); // no producer id
    writer.int16(-1);
    writer.int32(-1);
    writer.int32(count);
  });
  const rest = Buffer.concat([checked, bytes]);
  const head = Buffer.concat([int32(0), Buffer.from([2]), int32(crc32c(rest))]);
  return Buffer.concat([int32(0), int32(0), int32(head.length + rest.length), head, rest]);
}

/** An event, or a batch of events, of the formats of before 2017: 0 or 1. */
export function old({ codec, bytes }: Packed, format: 0 | 1 = 1): Buffer {
  const time = Buffer.alloc(8 * format);
  const message = Buffer.concat([Buffer.from([format, codec]), time, int32(-1), int32(bytes.length), bytes]);
  return Buffer.concat([int32(0), int32(0), int32(message.length + 4), int32(crc32(message)), message]);
}

/** Snappy's raw form of these bytes with zeros after them: a literal, and copies of 64 bytes from one byte before. */
export function snappyZeros(head: Buffer, zeros: number): Buffer {
  const first = Buffer.concat([head, Buffer.alloc(1)]);
  const copies = Math.floor((zeros - 1) / 64);
  const rest = Buffer.alloc(zeros - 1 - 64 * copies);
  const literal = (bytes: Buffer) => Buffer.concat([Buffer.from([(bytes.length - 1) << 2]), bytes]);
  return Buffer.concat([
    varint(head.length + zeros),
    literal(first),
    Buffer.alloc(3 * copies, Buffer.from([(63 << 2) | 2, 1, 0])),
    ...(rest.length > 0 ? [literal(rest)] : []),
  ]);
}

/** Zstandard's form of these bytes with zeros after them, in blocks of one repeated byte. */
export function zstdZeros(head: Buffer, zeros: number): Buffer {
  const largest = 128 * 1024;
  const block = (last: number, type: number, size: number, content: Buffer) => {
    const header = Buffer.alloc(3);
    header.writeUIntLE(last | (type << 1) | (size << 3), 0, 3);
    return Buffer.concat([header, content]);
  };
  const repeated = block(0, 1, largest, Buffer.alloc(1));
  return Buffer.concat([
    // No sizes, a window of 128 KiB.
    Buffer.from([0x28, 0xb5, 0x2f, 0xfd, 0, 7 << 3]),
    block(0, 0, head.length, head),
    Buffer.alloc(repeated.length * Math.floor(zeros / largest), repeated),
    block(1, 1, zeros % largest, Buffer.alloc(1)),
  ]);
}

/** Has a broker write a batch to a topic's partition 0, and gives the error code that it answers. */
export async function produce(port: number, topic: string, records: Buffer): Promise<number> {
  // The newest version for the old formats, and the oldest for all that the present one can be packed by.
  const version = (records[16] ?? 0) < 2 ? 2 : 7;
  const head = written((writer) => {
    writer.int16(0); // to produce
    writer.int16(version);
    writer.int32(1);
    writer.text("kafka-on-ec2");
    if (version === 7) writer.text(null); // no transaction
    writer.int16(1); // acknowledged by the leader
    writer.int32(30_000); // ms
    writer.int32(1);
    writer.text(topic);
    writer.int32(1);
    writer.int32(0);
    writer.int32(records.length);
  });
  const answer = await call(port, Buffer.concat([head, records]));
  return answer.readInt16BE(4 + 4 + 2 + topic.length + 4 + 4);
}

/** Sends one request without its length, and gives the answer without its. Throws when it does not come within 60 s. */
function call(port: number, request: Buffer): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    let got = Buffer.alloc(0);
    const socket = connect(port, "127.0.0.1", () => socket.write(Buffer.concat([int32(request.length), request])));
    socket.setTimeout(60_000, () => socket.destroy(new Error("no answer within 60 s")));
    socket.on("error", reject).on("close", () => reject(new Error("closed without an answer")));
    socket.on("data", (data) => {
      got = Buffer.concat([got, data]);
      if (got.length < 4 || got.length < 4 + got.readInt32BE()) return;
      resolve(got.subarray(4));
      socket.destroy();
    });
  });
}
