import type { ClientProperties } from "../../../planning/cluster/clientProperties";

/** The phases in the order in which they are measured. */
export const phaseNames = ["rate", "latency", "consumers", "broker-away", "catch-up"] as const;

/** The name of a phase. */
export type Phase = (typeof phaseNames)[number];

/** The kind of payload; `random`: as long as the events, but hardly to be compressed. */
export type Payload = "events" | "random";

/** One measurement of a job. */
export interface Measurement {
  readonly phase: Phase;
  /** Percent of the highest rate that this job has found. Absent: `rateMBps`, or as fast as it goes. */
  readonly percent?: number;
  /** The number of consumer groups that read meanwhile, each everything. */
  readonly groups: number;
}

/** The parameters that the operator's side gives the benchmark on the client host. */
export interface BenchParameters {
  /** The job's id, hexadecimal; the topics are `bench-<id>-<n>`. */
  readonly id: string;
  /** The clients' settings; `stock`: their defaults, and acks=all. */
  readonly against: "ours" | "stock";
  readonly brokers: readonly { readonly id: number; readonly address: string; readonly zone: string }[];
  readonly clientProperties: ClientProperties;
  /** Producer settings on top of those of `clientProperties`. */
  readonly producerSettings: Readonly<Record<string, string>>;
  /** Consumer settings on top of those of `clientProperties`. Default: none. */
  readonly consumerSettings?: Readonly<Record<string, string>>;
  /** Java classes that the settings name and Kafka's jars lack: base64 by file name. Default: none. */
  readonly javaClasses?: Readonly<Record<string, string>>;
  /**
   * The zone in which producers by kafkajs choose partitions; they need `rateMBps`. Default: Kafka's own tool produces.
   */
  readonly kafkajsZone?: string;
  /** Broker ids of each partition's copies, the preferred leader first. */
  readonly replicaAssignment: readonly (readonly number[])[];
  /** Settings of the topics. */
  readonly config: Readonly<Record<string, string>>;
  readonly payload: Payload;
  readonly producers: number;
  /** Seconds of each measurement. */
  readonly seconds: number;
  /** MB/s of all producers together; absent: as fast as it goes. */
  readonly rateMBps?: number;
  readonly measurements: readonly Measurement[];
  /** Folder with Kafka's own jars. */
  readonly kafkaLibraries: string;
  /** Seconds that the whole job may take. */
  readonly deadlineSeconds: number;
}

/** Latencies in ms, from the call of `send` to the acknowledgement. */
export interface Latencies {
  readonly mean: number;
  readonly p50: number;
  readonly p95: number;
  readonly p99: number;
  readonly p999: number;
  readonly max: number;
}

/** The result of one measurement. */
export interface Measured extends Measurement {
  /** The rate that the producers were limited to; absent: they were not. */
  readonly targetMBps?: number;
  /** The rate of acknowledged events, 10^6 bytes a second, before compression. */
  readonly MBps: number;
  readonly eventsPerSecond: number;
  readonly latencyMs: Latencies;
  /** The rate of all groups together. */
  readonly consumedMBps?: number;
  /** The factor by which the events got smaller; absent when the producers did not say. */
  readonly compressionRatio?: number;
  /** The number of events that were given back to the application instead of being acknowledged. */
  readonly failedEvents: number;
  /** The seconds over which the rate was taken. */
  readonly seconds: number;
  /** The time of `catch-up` at which every ISR was full again, ms since 1970; absent: not in time. */
  readonly fullIsrAt?: number;
}

/** The result that the job writes to RESULT_FILE. */
export interface BenchJobResult {
  readonly measured: readonly Measured[];
  /** The reason for which not everything was measured. */
  readonly failure?: string;
}

/** A request of the job to do something to a broker, now that it is ready for it. It sees by itself when it is done. */
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
