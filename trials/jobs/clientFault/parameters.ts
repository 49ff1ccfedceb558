import type { ClientProperties } from "../../../planning/cluster/clientProperties";

interface Common {
  readonly brokers: readonly { readonly id: number; readonly address: string }[];
  readonly clientProperties: ClientProperties;
  /** The drill's topic. */
  readonly topic: string;
  /** The number of its partitions. */
  readonly partitions: number;
}

/** The parameters that the operator's side gives the client that makes a fault. */
export type ClientFaultParameters =
  | (Common & { readonly kind: "bad-client"; readonly seconds: number })
  | (Common & { readonly kind: "old-events"; readonly replicas: readonly number[] });

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
