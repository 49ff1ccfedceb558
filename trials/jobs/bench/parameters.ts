import type { ClientProperties } from "../../../planning/cluster/clientProperties";

/** In the order in which they are measured. */
export const phaseNames = ["rate", "latency", "consumers", "broker-away", "catch-up"] as const;

export type Phase = (typeof phaseNames)[number];

/** `random`: as long as the events, but hardly to be compressed. */
export type Payload = "events" | "random";

/** One measurement of a job. */
export interface Measurement {
  readonly phase: Phase;
  /** Of the highest rate that this job has found. Absent: `rateMBps`, or as fast as it goes. */
  readonly percent?: number;
  /** Consumer groups that read meanwhile, each everything. */
  readonly groups: number;
}

/** What the operator's side tells the benchmark on the client host. */
export interface BenchParameters {
  /** Hexadecimal; the topics are `bench-<id>-<n>`. */
  readonly id: string;
  /** `stock`: the clients' defaults, and acks=all. */
  readonly against: "ours" | "stock";
  readonly brokers: readonly { readonly id: number; readonly address: string }[];
  readonly clientProperties: ClientProperties;
  /** Producer settings on top of those. */
  readonly producerSettings: Readonly<Record<string, string>>;
  /** Replicas of each partition, the preferred leader first. */
  readonly replicaAssignment: readonly (readonly number[])[];
  /** Of the topics. */
  readonly config: Readonly<Record<string, string>>;
  readonly payload: Payload;
  readonly producers: number;
  /** Of each measurement. */
  readonly seconds: number;
  /** All producers together; absent: as fast as it goes. */
  readonly rateMBps?: number;
  readonly measurements: readonly Measurement[];
  /** Folder with Kafka's own jars. */
  readonly kafkaLibraries: string;
  /** How long the whole job may take. */
  readonly deadlineSeconds: number;
}

/** In milliseconds, from the call of `send` to the acknowledgement. */
export interface Latencies {
  readonly mean: number;
  readonly p50: number;
  readonly p95: number;
  readonly p99: number;
  readonly p999: number;
  readonly max: number;
}

/** What one measurement gave. */
export interface Measured extends Measurement {
  /** What the producers were held at; absent: nothing. */
  readonly targetMBps?: number;
  /** Acknowledged, 10^6 bytes of events a second, before compression. */
  readonly MBps: number;
  readonly eventsPerSecond: number;
  readonly latencyMs: Latencies;
  /** Of all groups together. */
  readonly consumedMBps?: number;
  /** How many times smaller the events got; absent when the producers did not say. */
  readonly compressionRatio?: number;
  /** Events that were given back to the application instead of being acknowledged. */
  readonly failedEvents: number;
  /** Over which the rate was taken. */
  readonly seconds: number;
  /** Of `catch-up`: when every ISR was full again, ms since 1970; absent: not in time. */
  readonly fullIsrAt?: number;
}

/** What the job writes to RESULT_FILE. */
export interface BenchJobResult {
  readonly measured: readonly Measured[];
  /** Why not everything was measured. */
  readonly failure?: string;
}

/** What the job needs done to a broker, now that it is ready for it. It sees by itself when it is done. */
export interface Cue {
  readonly what: "stop" | "start";
  /** The topic that is being written to. */
  readonly topic: string;
}

/** The line in the job's log that gives the cue. */
export const cueLine = ({ what, topic }: Cue): string => `cue: ${what} a broker of ${topic}`;

/** The cue that a line of the log gives, if it does. */
export function readCue(line: string): Cue | undefined {
  const [, what, topic] = /\bcue: (stop|start) a broker of (\S+)$/.exec(line) ?? [];
  return (what === "stop" || what === "start") && topic !== undefined ? { what, topic } : undefined;
}
