import { byTopic, type TopicPartition } from "./partitions";
import type { Request } from "./protocol";

/** The event that is asked for: a partition's first that is not deleted, the one to come, or the first since a time. */
export interface OffsetQuestion extends TopicPartition {
  /** ms since 1970. */
  readonly since: number | "beginning" | "end";
}

/** The number of an event of a partition. */
export interface FoundOffset extends TopicPartition {
  /** Undefined where there is no event since that time. */
  readonly offset?: number;
}

const times = { end: -1, beginning: -2 } as const;
const everything = 0;

/**
 * The request for events by time, each partition once; to their leader. A partition that it does not lead is left out.
 */
export function listOffsets(questions: readonly OffsetQuestion[]): Request<FoundOffset[]> {
  return {
    apiKey: 2,
    apiVersion: 2,
    flexible: false,
    write: (writer) => {
      writer.int32(-1); // no replica
      writer.int8(everything);
      writer.structures(byTopic(questions), ([topic, its]) => {
        writer.text(topic);
        writer.structures(its, ({ partition, since }) => {
          writer.int32(partition);
          writer.int64(typeof since === "number" ? Math.max(0, Math.floor(since)) : times[since]);
        });
      });
    },
    read: (reader) => {
      reader.int32(); // throttle time
      const topics = reader.structures(() => {
        const topic = reader.text();
        return reader.structures(() => {
          const [partition, error] = [reader.int32(), reader.int16()];
          reader.int64(); // the event's time
          return { topic, partition, error, offset: reader.int64() };
        });
      });
      return topics.flat().flatMap(({ topic, partition, error, offset }): FoundOffset[] => {
        if (error !== 0) return [];
        return [offset < 0 ? { topic, partition } : { topic, partition, offset }];
      });
    },
  };
}
