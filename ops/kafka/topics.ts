import type { Reader, Request } from "./protocol";
import { Refusals, type ErrorName } from "./refusal";

/** A topic that is to be created. */
export interface NewTopic {
  readonly name: string;
  /** Broker ids of each partition's copies, preferred leader first. */
  readonly replicaAssignment: readonly (readonly number[])[];
  readonly config: Readonly<Record<string, string>>;
}

/**
 * Reads the errors of topics.
 * @param done the error of a topic where this was done before
 */
function readTopicErrors(reader: Reader, done: ErrorName | undefined): void {
  const refusals = new Refusals(done);
  reader.int32(); // throttle time
  reader.structures(() => {
    const [name, error] = [reader.text(), reader.int16()];
    refusals.add(error, `topic ${name}`, reader.text());
  });
  refusals.raise();
}

/**
 * The request to create topics; to the controller, which answers when every partition has a leader, or after
 * `timeoutMs`. Version 2 is the oldest that Kafka 4 has.
 * @param again after a try of which nobody knows whether it was carried out: then a topic that is there is no error
 */
export function createTopics(topics: readonly NewTopic[], timeoutMs: number, again: boolean): Request<void> {
  return {
    apiKey: 19,
    apiVersion: 2,
    flexible: false,
    write: (writer) => {
      writer.structures(topics, ({ name, replicaAssignment, config }) => {
        writer.text(name);
        // With an explicit assignment Kafka wants neither a count nor a factor.
        writer.int32(-1);
        writer.int16(-1);
        writer.structures([...replicaAssignment.entries()], ([partition, replicas]) => {
          writer.int32(partition);
          writer.int32s(replicas);
        });
        writer.structures(Object.entries(config), ([key, value]) => {
          writer.text(key);
          writer.text(value);
        });
      });
      writer.int32(timeoutMs);
      writer.boolean(false); // validate only
    },
    read: (reader) => readTopicErrors(reader, again ? "TOPIC_ALREADY_EXISTS" : undefined),
  };
}

/** Partitions that are to be added to a topic. */
export interface MorePartitions {
  readonly topic: string;
  /** The number of all partitions afterwards. */
  readonly count: number;
  /** Broker ids of each added partition's copies, preferred leader first. */
  readonly assignments: readonly (readonly number[])[];
}

/**
 * The request to add partitions; to the controller.
 * @param again after a try of which nobody knows whether it was carried out: then too many partitions are no error
 */
export function createPartitions(
  { topic, count, assignments }: MorePartitions,
  timeoutMs: number,
  again: boolean,
): Request<void> {
  return {
    apiKey: 37,
    apiVersion: 0,
    flexible: false,
    write: (writer) => {
      writer.structures([topic], (name) => {
        writer.text(name);
        writer.int32(count);
        writer.structures(assignments, (replicas) => writer.int32s(replicas));
      });
      writer.int32(timeoutMs);
      writer.boolean(false); // validate only
    },
    read: (reader) => readTopicErrors(reader, again ? "INVALID_PARTITIONS" : undefined),
  };
}
