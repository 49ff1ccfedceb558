import type { Reader, Request } from "./protocol";
import { Refusals, type ErrorName } from "./refusal";

export interface NewTopic {
  readonly name: string;
  /** Of each partition in turn, preferred leader first. */
  readonly replicaAssignment: readonly (readonly number[])[];
  readonly config: Readonly<Record<string, string>>;
}

/** @param done what Kafka says of a topic where this was done before */
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
 * To the controller, which answers when every partition has a leader, or after `timeoutMs`. Version 2 is the oldest that Kafka 4 has.
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

export interface MorePartitions {
  readonly topic: string;
  /** Of all partitions afterwards. */
  readonly count: number;
  /** Of the added ones, preferred leader first. */
  readonly assignments: readonly (readonly number[])[];
}

/** To the controller. @param again after a try of which nobody knows whether it was carried out: then too many partitions are no error */
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
