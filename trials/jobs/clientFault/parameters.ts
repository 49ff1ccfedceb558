import type { ClientProperties } from "../../../planning/cluster/clientProperties";
import type { ClientName } from "../../drills/loadReport";
import type { Topic } from "../drill/parameters";

interface Common {
  readonly brokers: readonly { readonly id: number; readonly address: string }[];
  readonly clientProperties: ClientProperties;
  /** The drill's topic. */
  readonly topic: string;
  /** The number of its partitions. */
  readonly partitions: number;
}

/** The faults of a client that does harm. */
export type Harm = "bad-client" | "vast-event";

/** The parameters that the operator's side gives the client that makes a fault. */
export type ClientFaultParameters =
  | (Common & { readonly kind: Harm; readonly seconds: number })
  | (Common & { readonly kind: "old-events"; readonly replicas: readonly number[] })
  | (Common & { readonly kind: "slow-consumer" } & SlowConsumer);

/** What a consumer behind a slow link is tried with. */
interface SlowConsumer extends Pick<Topic, "replicaAssignment" | "config"> {
  readonly links: readonly Link[];
  /** Folder with Kafka's own jars. */
  readonly kafkaLibraries: string;
}

/** A link, and how far a consumer behind it is behind; MB are 10^6 bytes. */
export interface Link {
  readonly megabytesPerSecond: number;
  readonly backlogMegabytes: number;
}

/** How a consumer has read a backlog. */
export interface CatchUp extends Link {
  readonly client: ClientName;
  /** Seconds from its first partitions to the last event, or until it was given up. */
  readonly seconds: number;
  /** The most that its process had in memory, MiB. */
  readonly memoryMebibytes: number;
  /** What went wrong: events that are missing, came twice or not in order; a crash; partitions that were taken away. */
  readonly faults: readonly string[];
}

/**
 * The beginning of the line in the job's log that asks for a link of so many MB/s, which follow; the operator limits
 * the host, and says so.
 */
export const linkLine = "wanted: a link of";

/** The beginning of the line in the job's log that says that the fault is made; the time in ms follows. */
export const begunLine = "begun";

/** The figures of events with times that are not now. */
export interface OldEventsResult {
  /** Events that were acknowledged, of each kind. */
  readonly written: Readonly<Record<OldKind, number>>;
  /** Those that are in the topic that keeps them for a week, when Kafka has looked twice for what is too old. */
  readonly kept: number;
  /** Those that are left in the topic that keeps them for half a minute. */
  readonly leftAfterRetention: number;
}

/** The kinds of times that events are given. */
export const oldKinds = ["nine days old", "a year ahead"] as const;
/** The name of one of them. */
export type OldKind = (typeof oldKinds)[number];
