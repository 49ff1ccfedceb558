import type { ClientProperties } from "../../../planning/cluster/clientProperties";

/** A topic that the load makes. */
export interface Topic {
  readonly topic: string;
  /** Broker ids of each partition's copies, the preferred leader first. */
  readonly replicaAssignment: readonly (readonly number[])[];
  readonly config: Readonly<Record<string, string>>;
}

/** Data that is in the cluster before the load begins: a change has to move it. */
export interface Preload extends Topic {
  /** GB of one copy. */
  readonly gigabytes: number;
}

/** The parameters that the operator's side gives the load on the client host. */
export interface DrillParameters extends Topic {
  readonly preload?: Preload;
  /** The clients' settings; `stock`: their defaults, and acks=all. */
  readonly against: "ours" | "stock";
  readonly brokers: readonly { readonly id: number; readonly address: string }[];
  readonly clientProperties: ClientProperties;
  /** Events a second of each client. */
  readonly eventsPerSecond: number;
  /** From when times without an acknowledgement count: shortly before the fault, or from its end. */
  readonly gapsFrom: "fault" | "undone";
  /** Seconds that the fault or change lasts at most. */
  readonly lastsSeconds: number;
  readonly recoverSeconds: number;
  readonly calmSeconds: number;
  /** Folder with Kafka's own jars. */
  readonly kafkaLibraries: string;
  /** Seconds that the whole job may take. */
  readonly deadlineSeconds: number;
}

/** The words of the operator: what the drill has done so far, put where CONTROL_URL is. Times in ms since 1970. */
export interface Word {
  readonly fault?: number;
  readonly undone?: number;
  /** MB/s to which the host's network is limited; of a client that has asked for it. */
  readonly link?: number;
  /** True: give up, tidy up and end. */
  readonly stop?: boolean;
}

/** The time in ms that the preload may take. */
export const preloadLimitMs = 600_000;

/**
 * The time in ms that reading so many events back may take: 90 s, and for each event of a large load so much more.
 * 20,000 a second were read on a machine with nothing to spare.
 */
export const readBackMs = (events: number): number => 90_000 + events / 10;

/** The line in the job's log that says that the load is steady. */
export const steadyLine = "steady";
