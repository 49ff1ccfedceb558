import type { TopicPartition } from "../../../ops/kafka/partitions";
import type { Request } from "../../../ops/kafka/protocol";

/** What a broker gives of its copy of a partition. */
export interface Fetched {
  /** Kafka's number of the error, 0 for none. */
  readonly error: number;
  /** The bytes of its record batches; the first may begin before the offset, the last may be cut off. */
  readonly records: Buffer;
}

const consumer = -1;
const answerBytes = 4 << 20;
const waitMs = 200;

/**
 * The request for what a broker has of a partition from an offset on. From version 11 on a follower answers a consumer
 * that gives a rack, if only an empty one, out of its own copy, up to its high watermark.
 */
export function fetchCopy({ topic, partition }: TopicPartition, offset: number): Request<Fetched> {
  return {
    apiKey: 1,
    apiVersion: 11,
    flexible: false,
    write: (writer) => {
      writer.int32(consumer);
      writer.int32(waitMs);
      writer.int32(1); // least bytes
      writer.int32(answerBytes);
      writer.int8(0); // whatever transactions
      writer.int32(0); // no session
      writer.int32(-1);
      writer.structures([topic], (name) => {
        writer.text(name);
        writer.structures([partition], (number) => {
          writer.int32(number);
          writer.int32(-1); // whatever leader epoch
          writer.int64(offset);
          writer.int64(-1); // log start, a follower's
          writer.int32(answerBytes);
        });
      });
      writer.structures([], () => undefined); // forgotten topics
      writer.text(""); // rack
    },
    read: (reader) => {
      reader.int32(); // throttle time
      const error = reader.int16();
      reader.int32(); // session
      const topics = reader.structures(() => {
        reader.text();
        return reader.structures((): Fetched => {
          reader.int32(); // partition
          const own = reader.int16();
          reader.int64(); // high watermark
          reader.int64(); // last stable offset
          reader.int64(); // log start
          reader.structures(() => [reader.int64(), reader.int64()]); // aborted transactions
          reader.int32(); // preferred replica
          return { error: own, records: reader.bytes32() };
        });
      });
      return topics[0]?.[0] ?? { error, records: Buffer.alloc(0) };
    },
  };
}
