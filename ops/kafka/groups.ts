import type { TopicPartition } from "./partitions";
import type { Request } from "./protocol";
import { Refusals } from "./refusal";

/** A consumer group, as its coordinator has it. */
export interface Group {
  readonly name: string;
  /** Kafka's word: `Stable`, `Empty`, `PreparingRebalance`, `CompletingRebalance`, `Dead`. */
  readonly state: string;
}

/** The request for the groups that a broker is the coordinator of. Version 4 is the first with their states. */
export function listGroups(): Request<Group[]> {
  return {
    apiKey: 16,
    apiVersion: 4,
    flexible: true,
    write: (writer) => writer.structures([], () => undefined), // in whatever state
    read: (reader) => {
      const refusals = new Refusals();
      reader.int32(); // throttle time
      refusals.add(reader.int16(), "the list of groups");
      const groups = reader.structures((): Group => {
        const name = reader.text();
        reader.text(); // protocol type
        return { name, state: reader.text() };
      });
      refusals.raise();
      return groups;
    },
  };
}

/** The place of a group in a partition: the number of the next event that it will read. */
export interface CommittedOffset extends TopicPartition {
  readonly offset: number;
}

/**
 * The request for the places that groups have committed, by their names; to their coordinator. A group that it does not
 * have any more, or can't tell of yet, is left out. Version 8 is the first for several groups.
 */
export function fetchOffsets(groups: readonly string[]): Request<Map<string, CommittedOffset[]>> {
  return {
    apiKey: 9,
    apiVersion: 8,
    flexible: true,
    write: (writer) => {
      writer.structures(groups, (name) => {
        writer.text(name);
        writer.structures(null, () => undefined); // all topics
      });
      writer.boolean(false); // those of transactions that are not over are of no interest
    },
    read: (reader) => {
      reader.int32(); // throttle time
      const found = reader.structures(() => {
        const group = reader.text();
        const topics = reader.structures(() => {
          const topic = reader.text();
          return reader.structures(() => {
            const [partition, offset] = [reader.int32(), reader.int64()];
            reader.int32(); // leader epoch
            reader.text(); // metadata
            return { topic, partition, offset, error: reader.int16() };
          });
        });
        const known = topics.flat().filter(({ offset, error }) => error === 0 && offset >= 0);
        const committed = known.map(({ topic, partition, offset }): CommittedOffset => ({ topic, partition, offset }));
        return { group, committed, error: reader.int16() };
      });
      return new Map(found.flatMap(({ group, committed, error }) => (error === 0 ? [[group, committed]] : [])));
    },
  };
}
