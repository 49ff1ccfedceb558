import type { StackOutputs } from "../../../planning/cluster/outputs";

/** The programs that run on the client host, each in a process of its own that is started again when it ends. */
export const programNames = ["collector", "store", "postgres"] as const;

/** The name of such a program. */
export type ProgramName = (typeof programNames)[number];

/** Ports of the host's loopback address. `front`: of all that a browser sees. */
export type Ports = Readonly<Record<ProgramName | "front", number>>;

/** The parameters that the operator's side gives the example's job. */
export interface ExampleParameters {
  readonly outputs: Pick<StackOutputs, "bootstrapServers" | "clientProperties">;
  readonly topic: string;
  /** Folder with what `trials/example/applications.ts` packs. */
  readonly applications: string;
  /** Folder for the database, the spool and the outputs; made by the job. */
  readonly folder: string;
  readonly ports: Ports;
  /** Events a second of made-up visitors; 0 for none. */
  readonly eventsPerSecond: number;
  /** The proof that nothing is lost; absent: the pipeline is there to be looked at. */
  readonly proof?: Proof;
  /** Seconds after which what is there to be looked at ends by itself. */
  readonly lookSeconds: number;
}

/** A run with an end, at which everything is counted. */
export interface Proof {
  /** Seconds for which visitors come, from the first stored event on. */
  readonly seconds: number;
  /** Programs that are killed, and when, in seconds. */
  readonly kills: readonly { readonly program: ProgramName; readonly atSecond: number }[];
  /** Whether visitors go on coming until the operator says "undone": he breaks something too. */
  readonly awaitsOperator: boolean;
}

/** A stretch in which something did not happen; times in ms since 1970. */
export interface Stretch {
  readonly from: number;
  readonly to: number;
}

/** Something that was broken or changed, and when, in ms since 1970. */
export interface Deed {
  readonly at: number;
  readonly what: string;
}

/** The result of a proof. */
export interface ExampleResult {
  /** Events of the visitors: made, and answered with 202 once at least. */
  readonly made: number;
  readonly accepted: number;
  /** Events that the collector found fault with; there should be none. */
  readonly refused: number;
  /** Rows of the visitors' events. */
  readonly stored: number;
  /** Rows of `rejected` since the beginning. */
  readonly rejected: number;
  /** Seconds from the last acceptance until everything was stored. */
  readonly catchUpSeconds: number;
  /** When the first event of a visitor had been stored, and when the last one was accepted. */
  readonly period: Stretch;
  /** Stretches of more than 0.25 s without an answer 202. */
  readonly withoutAcceptance: readonly Stretch[];
  /** Stretches of more than 1 s in which no row was stored. */
  readonly withoutRow: readonly Stretch[];
  readonly kills: readonly Deed[];
  readonly reconciliation: Reconciliation;
}

/** The findings of the program `reconcile`. */
export interface Reconciliation {
  /** Whether each event is in Kafka and stored once. */
  readonly isWhole: boolean;
  /** Its last lines. */
  readonly text: string;
  /** Its page, HTML; empty when it could not ask. */
  readonly page: string;
}

/** The line of the job's log that says that the browser may come. */
export const readyLine = "the pipeline is up";
/** The line that says that visitors' events are stored, from which the times of a proof count. */
export const storedLine = "the first events are stored";
