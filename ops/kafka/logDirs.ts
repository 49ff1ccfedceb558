import type { TopicPartition } from "./partitions";
import type { Request } from "./protocol";
import { Refusals } from "./refusal";

/** A directory of a broker's `log.dirs`. */
export interface LogDir {
  readonly path: string;
  /** Bytes of the file system; undefined when the broker does not know. */
  readonly totalBytes?: number;
  readonly usableBytes?: number;
  readonly partitions: readonly (TopicPartition & {
    readonly bytes: number;
    /** Whether the copy is being moved here from another directory of the same broker. */
    readonly isFuture: boolean;
  })[];
}

/**
 * The request for a broker's log directories. Version 4 is the first with the size of the file system.
 * @param brokerId of the broker that is asked
 */
export function describeLogDirs(brokerId: number): Request<LogDir[]> {
  return {
    apiKey: 35,
    apiVersion: 4,
    flexible: true,
    write: (writer) => writer.structures(null, () => undefined), // all topics
    read: (reader) => {
      const refusals = new Refusals();
      reader.int32(); // throttle time
      refusals.add(reader.int16(), `broker ${brokerId}`);
      const known = (bytes: number) => (bytes < 0 ? undefined : bytes);
      const found = reader.structures((): LogDir => {
        const error = reader.int16();
        const path = reader.text();
        refusals.add(error, `${path} of broker ${brokerId}`);
        const topics = reader.structures(() => {
          const topic = reader.text();
          return reader.structures(() => {
            const [partition, bytes] = [reader.int32(), reader.int64()];
            reader.int64(); // lag
            return { topic, partition, bytes, isFuture: reader.boolean() };
          });
        });
        const [totalBytes, usableBytes] = [known(reader.int64()), known(reader.int64())];
        return { path, totalBytes, usableBytes, partitions: topics.flat() };
      });
      refusals.raise();
      return found;
    },
  };
}
