import type { ClientProperties } from "../../../planning/cluster/clientProperties";

export interface Topic {
  readonly topic: string;
  /** Replicas of each partition, the preferred leader first. */
  readonly replicaAssignment: readonly (readonly number[])[];
  readonly config: Readonly<Record<string, string>>;
}

/** Data that is in the cluster before the load begins: a change has to move it. */
export interface Preload extends Topic {
  /** Of one copy. */
  readonly gigabytes: number;
}

/** What the operator's side tells the load on the client host. */
export interface DrillParameters extends Topic {
  readonly preload?: Preload;
  /** `stock`: the clients' defaults, and acks=all. */
  readonly against: "ours" | "stock";
  readonly brokers: readonly { readonly id: number; readonly address: string }[];
  readonly clientProperties: ClientProperties;
  /** Of each client. */
  readonly eventsPerSecond: number;
  /** How long the fault or change lasts, at most. */
  readonly lastsSeconds: number;
  readonly recoverSeconds: number;
  readonly calmSeconds: number;
  /** Folder with Kafka's own jars. */
  readonly kafkaLibraries: string;
  /** How long the whole job may take. */
  readonly deadlineSeconds: number;
}

/** What the drill has done so far; the operator puts it where CONTROL_URL is. Times in ms since 1970. */
export interface Word {
  readonly fault?: number;
  readonly undone?: number;
  /** Give up: tidy up and end. */
  readonly stop?: boolean;
}

/** How long the preload may take. */
export const preloadLimitMs = 600_000;

/**
 * How long reading so many events back may take: 90 s, and for each event of a large load so much more. 20,000 a second were read
 * on a machine with nothing to spare.
 */
export const readBackMs = (events: number): number => 90_000 + events / 10;

/** The line in the job's log that says that the load is steady. */
export const steadyLine = "steady";
