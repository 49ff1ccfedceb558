/**
 * Kafka's wire format: https://kafka.apache.org/39/protocol.html. In "flexible" versions of a request lengths are
 * varints, one too large (0 says null), and every structure ends with tagged fields, of which we write none and skip
 * all.
 */

/** Writes primitive types one after another. */
export class Writer {
  private readonly parts: Buffer[] = [];

  constructor(private readonly flexible = false) {}

  get bytes(): Buffer {
    return Buffer.concat(this.parts);
  }

  int8(value: number): void {
    this.fixed(1).writeInt8(value);
  }

  int16(value: number): void {
    this.fixed(2).writeInt16BE(value);
  }

  int32(value: number): void {
    this.fixed(4).writeInt32BE(value);
  }

  /** Writes a number of 64 bits, exact to 2^53. */
  int64(value: number): void {
    this.fixed(8).writeBigInt64BE(BigInt(value));
  }

  boolean(value: boolean): void {
    this.int8(value ? 1 : 0);
  }

  text(value: string | null): void {
    const bytes = Buffer.from(value ?? "");
    const length = value === null ? -1 : bytes.length;
    if (this.flexible) this.varint(length + 1);
    else this.int16(length);
    this.parts.push(bytes);
  }

  int32s(values: readonly number[] | null): void {
    this.count(values);
    for (const value of values ?? []) this.int32(value);
  }

  /**
   * Writes a list of structures.
   * @param write writes the fields of one
   */
  structures<T>(values: readonly T[] | null, write: (value: T) => void): void {
    this.count(values);
    for (const value of values ?? []) {
      write(value);
      this.tags();
    }
  }

  /** Writes the end of a structure. */
  tags(): void {
    if (this.flexible) this.varint(0);
  }

  private count(values: readonly unknown[] | null): void {
    const count = values?.length ?? -1;
    if (this.flexible) this.varint(count + 1);
    else this.int32(count);
  }

  private varint(value: number): void {
    let left = value;
    for (; left > 127; left >>>= 7) this.fixed(1).writeUInt8((left & 127) | 128);
    this.fixed(1).writeUInt8(left);
  }

  private fixed(length: number): Buffer {
    const bytes = Buffer.alloc(length);
    this.parts.push(bytes);
    return bytes;
  }
}

/** Reads what `Writer` writes; null is an empty text or list. Throws RangeError where the bytes are something else. */
export class Reader {
  private at = 0;

  constructor(
    private readonly bytes: Buffer,
    private readonly flexible = false,
  ) {}

  get atEnd(): boolean {
    return this.at === this.bytes.length;
  }

  int8(): number {
    return this.take(1).readInt8();
  }

  int16(): number {
    return this.take(2).readInt16BE();
  }

  int32(): number {
    return this.take(4).readInt32BE();
  }

  /** Reads a number of 64 bits, exact to 2^53: 8 PiB. */
  int64(): number {
    return Number(this.take(8).readBigInt64BE());
  }

  boolean(): boolean {
    return this.int8() !== 0;
  }

  text(): string {
    const length = this.flexible ? this.varint() - 1 : this.int16();
    return this.take(Math.max(length, 0)).toString("utf8");
  }

  /** Reads bytes with their length in front, of a version that is not flexible. */
  bytes32(): Buffer {
    return this.take(Math.max(this.int32(), 0));
  }

  int32s(): number[] {
    return this.list(() => this.int32());
  }

  /**
   * Reads a list of structures.
   * @param read reads the fields of one
   */
  structures<T>(read: () => T): T[] {
    return this.list(() => {
      const value = read();
      this.tags();
      return value;
    });
  }

  /** Reads the end of a structure. */
  tags(): void {
    if (!this.flexible) return;
    for (let left = this.varint(); left > 0; left--) {
      this.varint(); // which field
      this.take(this.varint());
    }
  }

  private list<T>(read: () => T): T[] {
    const values: T[] = [];
    for (let left = this.flexible ? this.varint() - 1 : this.int32(); left > 0; left--) values.push(read());
    return values;
  }

  private varint(): number {
    let value = 0;
    for (let shift = 0; shift < 32; shift += 7) {
      const byte = this.take(1).readUInt8();
      value += (byte & 127) * 2 ** shift;
      if (byte < 128) return value;
    }
    throw new RangeError("no varint of 32 bits");
  }

  private take(length: number): Buffer {
    if (this.at + length > this.bytes.length) throw new RangeError(`no ${length} bytes at ${this.at}`);
    return this.bytes.subarray(this.at, (this.at += length));
  }
}

/** One question to a broker, in one version of the protocol. */
export interface Request<A> {
  readonly apiKey: number;
  readonly apiVersion: number;
  /** Whether this version is a flexible one. */
  readonly flexible: boolean;
  readonly write: (writer: Writer) => void;
  /** Reads the answer. Throws KafkaRefusal when Kafka says no. */
  readonly read: (reader: Reader) => A;
}

/** The correlation id, always the same as every request has a connection of its own. */
const correlationId = 1;

/** The bytes of a request, with their length in front. */
export function encodeRequest({ apiKey, apiVersion, flexible, write }: Request<unknown>): Buffer {
  const header = new Writer();
  header.int16(apiKey);
  header.int16(apiVersion);
  header.int32(correlationId);
  header.text("kafka-on-ec2");
  const rest = new Writer(flexible);
  rest.tags();
  write(rest);
  rest.tags();
  const size = new Writer();
  size.int32(header.bytes.length + rest.bytes.length);
  return Buffer.concat([size.bytes, header.bytes, rest.bytes]);
}

/**
 * The answer in the bytes that came. Throws RangeError when they are no answer to this request, and what `read` throws.
 * @param answer without its length in front
 */
export function decodeAnswer<A>({ flexible, read }: Request<A>, answer: Buffer): A {
  const reader = new Reader(answer, flexible);
  if (reader.int32() !== correlationId) throw new RangeError("the answer to another request");
  reader.tags();
  const value = read(reader);
  reader.tags();
  if (!reader.atEnd) throw new RangeError("bytes are left over");
  return value;
}
