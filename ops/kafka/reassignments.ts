import { byTopic, type TopicPartition } from "./partitions";
import type { Request } from "./protocol";
import { Refusals } from "./refusal";

/**
 * The copies that a partition is to have, preferred leader first; null ends a reassignment that is under way and goes
 * back.
 */
export interface ReplicaMove extends TopicPartition {
  readonly replicas: readonly number[] | null;
}

/** A reassignment under way. */
export interface Reassignment extends TopicPartition {
  /** Ids of all brokers that have a copy now: those that stay, that come and that go. */
  readonly replicas: readonly number[];
  readonly adding: readonly number[];
  readonly removing: readonly number[];
}

/** The request to move copies; to the controller. Ending a reassignment that is not under way is no error. */
export function alterReassignments(moves: readonly ReplicaMove[], timeoutMs: number): Request<void> {
  return {
    apiKey: 45,
    apiVersion: 0,
    flexible: true,
    write: (writer) => {
      writer.int32(timeoutMs);
      writer.structures(byTopic(moves), ([topic, partitions]) => {
        writer.text(topic);
        writer.structures(partitions, ({ partition, replicas }) => {
          writer.int32(partition);
          writer.int32s(replicas);
        });
      });
    },
    read: (reader) => {
      const refusals = new Refusals("NO_REASSIGNMENT_IN_PROGRESS");
      reader.int32(); // throttle time
      refusals.add(reader.int16(), "the reassignment", reader.text());
      refusals.addPartitions(reader);
      refusals.raise();
    },
  };
}

/** The request for the reassignments under way; to the controller. */
export function listReassignments(timeoutMs: number): Request<Reassignment[]> {
  return {
    apiKey: 46,
    apiVersion: 0,
    flexible: true,
    write: (writer) => {
      writer.int32(timeoutMs);
      writer.structures(null, () => undefined); // all topics
    },
    read: (reader) => {
      const refusals = new Refusals();
      reader.int32(); // throttle time
      refusals.add(reader.int16(), "the list of reassignments", reader.text());
      const topics = reader.structures(() => {
        const topic = reader.text();
        return reader.structures((): Reassignment => ({
          topic,
          partition: reader.int32(),
          replicas: reader.int32s(),
          adding: reader.int32s(),
          removing: reader.int32s(),
        }));
      });
      refusals.raise();
      return topics.flat();
    },
  };
}
