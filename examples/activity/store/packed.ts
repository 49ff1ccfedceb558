/** A message of Kafka: the part that is stored, in kafkajs' shape. */
export interface Message {
  readonly offset: string;
  readonly value: Buffer | null;
  /** Ms since 1970, in decimal: when the collector accepted it. */
  readonly timestamp: string;
}

/**
 * Messages that wait for the database, as a few large buffers instead of a dozen objects each: what lives for long
 * costs the garbage collector more than all else.
 */
export class Packed {
  private readonly values: Buffer;
  /** Where each value ends; negative where there is none. */
  private readonly ends: Float64Array;
  private readonly offsets: Float64Array;
  private readonly timestamps: Float64Array;

  constructor(messages: readonly Message[]) {
    this.ends = new Float64Array(messages.length);
    this.offsets = new Float64Array(messages.length);
    this.timestamps = new Float64Array(messages.length);
    let bytes = 0;
    for (const [index, { offset, value, timestamp }] of messages.entries()) {
      bytes += value?.length ?? 0;
      this.ends[index] = value === null ? -1 : bytes;
      this.offsets[index] = Number(offset);
      this.timestamps[index] = Number(timestamp);
    }
    this.values = Buffer.allocUnsafeSlow(bytes);
    let at = 0;
    for (const { value } of messages) at += value?.copy(this.values, at) ?? 0;
  }

  get length(): number {
    return this.ends.length;
  }

  /** Bytes of all values. */
  get bytes(): number {
    return this.values.length;
  }

  /** The messages as they were. */
  unpack(): Message[] {
    let at = 0;
    return Array.from(this.ends, (end, index) => {
      const value = end < 0 ? null : this.values.subarray(at, end);
      if (end >= 0) at = end;
      return { offset: String(this.offsets[index]), value, timestamp: String(this.timestamps[index]) };
    });
  }
}
