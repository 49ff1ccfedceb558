import type { TopicPartition } from "./partitions";
import type { Request } from "./protocol";
import { Refusals } from "./refusal";

/** A data volume in bytes. */
export interface Volume {
  readonly totalBytes: number;
  readonly usableBytes: number;
}

/** A directory of a broker's `log.dirs`, with the bytes of its file system where the broker knows them. */
export interface LogDir extends Partial<Volume> {
  readonly path: string;
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
  return describe(brokerId, null); // all topics
}

/** The request for a broker's data volume alone; undefined when the broker does not know it. */
export function describeVolume(brokerId: number): Request<Volume | undefined> {
  const request = describe(brokerId, []);
  return {
    ...request,
    read: (reader) => {
      const [{ totalBytes, usableBytes } = {}] = request.read(reader);
      return totalBytes === undefined || usableBytes === undefined ? undefined : { totalBytes, usableBytes };
    },
  };
}

function describe(brokerId: number, topics: readonly never[] | null): Request<LogDir[]> {
  return {
    apiKey: 35,
    apiVersion: 4,
    flexible: true,
    write: (writer) => writer.structures(topics, () => undefined),
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
