import type { ClientProperties } from "../../../planning/clientProperties";

/** What the operator's side tells the load on the client host. */
export interface DrillParameters {
  readonly topic: string;
  /** Replicas of each partition, the preferred leader first. */
  readonly replicaAssignment: readonly (readonly number[])[];
  readonly config: Readonly<Record<string, string>>;
  /** `stock`: the clients' defaults, and acks=all. */
  readonly against: "ours" | "stock";
  readonly brokers: readonly { readonly id: number; readonly address: string }[];
  readonly clientProperties: ClientProperties;
  /** Of each client. */
  readonly eventsPerSecond: number;
  /** How long the fault lasts, at most. */
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

/** The line in the job's log that says that the load is steady. */
export const steadyLine = "steady";
