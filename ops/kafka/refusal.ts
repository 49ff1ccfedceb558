import { partitionName } from "./partitions";
import type { Reader } from "./protocol";

/**
 * Kafka's names of the errors that the requests of this folder can come back with
 * (org.apache.kafka.common.protocol.Errors).
 */
const errorNames = {
  [-1]: "UNKNOWN_SERVER_ERROR",
  3: "UNKNOWN_TOPIC_OR_PARTITION",
  7: "REQUEST_TIMED_OUT",
  8: "BROKER_NOT_AVAILABLE",
  11: "STALE_CONTROLLER_EPOCH",
  14: "COORDINATOR_LOAD_IN_PROGRESS",
  17: "INVALID_TOPIC_EXCEPTION",
  29: "TOPIC_AUTHORIZATION_FAILED",
  30: "GROUP_AUTHORIZATION_FAILED",
  31: "CLUSTER_AUTHORIZATION_FAILED",
  35: "UNSUPPORTED_VERSION",
  36: "TOPIC_ALREADY_EXISTS",
  37: "INVALID_PARTITIONS",
  38: "INVALID_REPLICATION_FACTOR",
  39: "INVALID_REPLICA_ASSIGNMENT",
  40: "INVALID_CONFIG",
  41: "NOT_CONTROLLER",
  42: "INVALID_REQUEST",
  44: "POLICY_VIOLATION",
  54: "SECURITY_DISABLED",
  56: "KAFKA_STORAGE_ERROR",
  57: "LOG_DIR_NOT_FOUND",
  60: "REASSIGNMENT_IN_PROGRESS",
  80: "PREFERRED_LEADER_NOT_AVAILABLE",
  84: "ELECTION_NOT_NEEDED",
  85: "NO_REASSIGNMENT_IN_PROGRESS",
  89: "THROTTLING_QUOTA_EXCEEDED",
} as const;

/** The name of an error of Kafka. */
export type ErrorName = (typeof errorNames)[keyof typeof errorNames];

/** A refusal of Kafka. */
export interface Refusal {
  /** The thing that it is about: `topic user-activity`, `user-activity-3`, `broker 3`. */
  readonly what: string;
  /** The error's name; `error 123` for one that has no name here. */
  readonly error: ErrorName | `error ${number}`;
  /** Kafka's own words; may be empty. */
  readonly message: string;
}

const describe = ({ what, error, message }: Refusal) => `${what}: ${error}${message === "" ? "" : ` (${message})`}`;

/** The error of a request that Kafka refuses, all or a part of it. */
export class KafkaRefusal extends Error {
  constructor(readonly refusals: readonly Refusal[]) {
    super(`Kafka refuses ${refusals.map(describe).join("; ")}`);
  }
}

/** Collects the refusals of one answer. */
export class Refusals {
  private readonly found: Refusal[] = [];

  /** @param pardoned what is no error here */
  constructor(private readonly pardoned?: ErrorName) {}

  /**
   * Adds a refusal, unless there is none.
   * @param code 0 for none
   */
  add(code: number, what: string, message = ""): void {
    const error = errorNames[code as keyof typeof errorNames] ?? (`error ${code}` as const);
    if (code !== 0 && error !== this.pardoned) this.found.push({ what, error, message });
  }

  /** Reads the results of partitions, topic by topic, as several answers have them. */
  addPartitions(reader: Reader): void {
    reader.structures(() => {
      const topic = reader.text();
      reader.structures(() => {
        const [partition, error] = [reader.int32(), reader.int16()];
        this.add(error, partitionName(topic, partition), reader.text());
      });
    });
  }

  /** Throws KafkaRefusal if there is a refusal. */
  raise(): void {
    if (this.found.length > 0) throw new KafkaRefusal(this.found);
  }
}
