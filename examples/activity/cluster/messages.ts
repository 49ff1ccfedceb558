import type { RecordBatch } from "./recordBatches";

/**
 * Messages of a partition in the order of their offsets, as one buffer instead of a dozen objects each: what lives for
 * long costs the garbage collector more than all else.
 */
export class Messages {
  private constructor(
    private readonly records: Buffer,
    private readonly offsets: Float64Array,
    private readonly timestamps: Float64Array,
    /** Where each value begins and ends in `records`; the beginning is negative where there is none. */
    private readonly starts: Int32Array,
    private readonly ends: Int32Array,
  ) {}

  /** The messages of these batches from an offset on. */
  static of(batches: readonly RecordBatch[], from: number): Messages {
    const most = batches.reduce((sum, { count }) => sum + count, 0);
    const [offsets, timestamps] = [new Float64Array(most), new Float64Array(most)];
    const [starts, ends] = [new Int32Array(most), new Int32Array(most)];
    const records = Buffer.concat(batches.map((batch) => batch.records));
    const reader = new VarintReader(records);
    let length = 0;
    for (const { firstOffset, timestamp, isBrokersTime, count } of batches) {
      for (let index = 0; index < count; index++) {
        const recordLength = reader.next();
        const end = reader.at + recordLength;
        // Attributes, which mean nothing.
        reader.at++;
        const timestampDelta = reader.next();
        offsets[length] = firstOffset + reader.next();
        timestamps[length] = isBrokersTime ? timestamp : timestamp + timestampDelta;
        const keyLength = reader.next();
        reader.at += Math.max(0, keyLength);
        const valueLength = reader.next();
        starts[length] = valueLength < 0 ? -1 : reader.at;
        ends[length] = reader.at + valueLength;
        // Headers are not read.
        reader.at = end;
        if ((offsets[length] as number) >= from) length++;
      }
    }
    return new Messages(records, offsets, timestamps, starts, ends).slice(0, length);
  }

  get length(): number {
    return this.offsets.length;
  }

  /** Bytes of all messages, unpacked. */
  get bytes(): number {
    return this.records.length;
  }

  offset(index: number): number {
    return this.offsets[index] as number;
  }

  /** Ms since 1970, by the topic: when the broker took it (`LogAppendTime`), or what the sender says. */
  timestamp(index: number): number {
    return this.timestamps[index] as number;
  }

  value(index: number): Buffer | null {
    const start = this.starts[index] as number;
    return start < 0 ? null : this.records.subarray(start, this.ends[index]);
  }

  /** Some of them, without a copy. */
  slice(from: number, to?: number): Messages {
    const { records, offsets, timestamps, starts, ends } = this;
    const part = <T extends Float64Array | Int32Array>(all: T) => all.subarray(from, to) as T;
    return new Messages(records, part(offsets), part(timestamps), part(starts), part(ends));
  }
}

/** Reads whole numbers in as many bytes as each needs, the lowest seven bits first, the sign in the lowest. */
class VarintReader {
  at = 0;

  constructor(private readonly bytes: Buffer) {}

  next(): number {
    const first = this.bytes[this.at++] as number;
    // By arithmetic: bits would end at 32.
    let value = first & 127;
    for (let byte = first, factor = 128; byte > 127; factor *= 128) {
      byte = this.bytes[this.at++] as number;
      value += (byte & 127) * factor;
    }
    return value % 2 === 0 ? value / 2 : -(value + 1) / 2;
  }
}
