/** The operator's side of a drill's load: it runs on a client host of its own, far from the fault. */
import { z } from "zod";
import type { StackOutputs } from "../../planning/cluster/outputs";
import { bundle } from "../../artifacts/bundle";
import { ClientHosts, ClientJobError } from "../clientHost/clientHost";
import { archiveFolder, java, node } from "../jobs/jobUserData";
import {
  preloadLimitMs,
  readBackMs,
  steadyLine,
  type DrillParameters,
  type Preload,
  type Word,
} from "../jobs/drill/parameters";
import { within } from "../jobs/drill/within";
import { lastLines } from "../../planning/cluster/outputText";
import type { LoadReport } from "./loadReport";

/** The load that a drill wants. */
export interface LoadOptions {
  readonly outputs: StackOutputs;
  readonly runId: string;
  /** Name of the topic that the load makes, and deletes. */
  readonly topic: string;
  readonly topicConfig: {
    readonly replicaAssignment: readonly (readonly number[])[];
    readonly config: Readonly<Record<string, string>>;
  };
  /** Data that the load makes, fills and deletes too, before it begins to write to its own topic. */
  readonly preload?: Preload;
  /** The clients' settings; `stock`: their defaults, and acks=all. */
  readonly against: "ours" | "stock";
  readonly brokerIds: readonly number[];
  /** Subnets for the client host: it runs in the first one that has room. */
  readonly subnetIds: readonly string[];
  /** Events a second of each client. */
  readonly eventsPerSecond: number;
  /** From when times without an acknowledgement count. */
  readonly gapsFrom: DrillParameters["gapsFrom"];
  /** Seconds that the fault or change lasts at most. Default: 300. */
  readonly lastsSeconds?: number;
  /** Seconds after "undone" within which every ISR must be full again. */
  readonly recoverSeconds: number;
  /** Seconds to go on after that. Default: 8. */
  readonly calmSeconds?: number;
  readonly report: (line: string) => void;
  readonly signal?: AbortSignal;
  /** Lets the client host at this address make topics. */
  readonly admit: (address: string) => Promise<void>;
}

/** A load that runs. */
export interface Load {
  /**
   * Resolves when both clients' events have been acknowledged on every partition for 5 s and every ISR is full. Rejects
   * when that fails.
   */
  readonly steady: Promise<void>;
  /** Tells the load what the drill does; times in ms since 1970. */
  tell(what: "fault" | "undone", at: number): Promise<void>;
  /**
   * The report. It resolves after "undone", when the ISRs are full and the calm time is over, or at the deadline, and
   * everything was read back and counted.
   */
  readonly result: Promise<LoadReport>;
  /** Gives up: the topic is deleted, as far as that goes within seconds, and the client host terminated. */
  stop(): Promise<void>;
}

/**
 * Seconds for becoming steady, the wait for the fault, "undone", draining and catching up at their own limits, and
 * some.
 */
const otherSeconds = 120 + 240 + 120 + 130 + 60 + 40;
const preloadSeconds = preloadLimitMs / 1000 + 60;
/** Seconds for boot, packages, and the download. */
const bootSeconds = 180;
const giveUpMs = 15_000;

const gap = z.object({ partition: z.number(), ms: z.number(), from: z.number(), to: z.number() });
const loadReport: z.ZodType<LoadReport> = z.object({
  startedAt: z.number(),
  faultAt: z.number().nullable(),
  undoneAt: z.number().nullable(),
  fullIsrAt: z.number().nullable(),
  endedAt: z.number(),
  clients: z.array(
    z.object({
      client: z.enum(["kafkajs", "java"]),
      acknowledged: z.number(),
      lost: z.number(),
      lostExamples: z.array(z.number()),
      duplicates: z.number(),
      errors: z.number(),
      errorExamples: z.array(z.string()),
      longestGapMs: z.number(),
      gaps: z.array(gap),
      acknowledgedPerSecond: z.array(z.number()),
      ackP99Ms: z.number().optional(),
    }),
  ),
  consumer: z.object({ longestGapMs: z.number(), gaps: z.array(gap) }),
  observations: z.array(
    z.object({
      at: z.number(),
      controllerId: z.number(),
      brokers: z.array(z.number()),
      underReplicated: z.number(),
      offline: z.number(),
    }),
  ),
  isrShrinks: z.number().optional(),
  longestPauseMs: z.number().optional(),
  copies: z.object({ read: z.number(), faults: z.array(z.string()) }).optional(),
  preloadLost: z.number().optional(),
});

/** The report that the job has written. Throws when it is not one. */
export function readLoadReport(json: unknown): LoadReport {
  const result = loadReport.safeParse(json);
  if (result.success) return result.data;
  const [issue] = result.error.issues;
  throw new Error(`the load's report is not valid: ${issue?.path.join(".") ?? ""}: ${issue?.message ?? ""}`);
}

/** Starts a load on a client host. */
export function startLoad(options: LoadOptions): Load {
  const { outputs, topic, report, lastsSeconds = 300 } = options;
  const hosts = new ClientHosts({ ...outputs, admit: options.admit });
  const controlKey = `jobs/${topic}-control.json`;
  const ending = new AbortController();
  const abort = () => ending.abort();
  options.signal?.addEventListener("abort", abort);

  let isSteady: () => void = () => undefined;
  let failed: (error: Error) => void = () => undefined;
  const steady = new Promise<void>((resolve, reject) => {
    isSteady = resolve;
    failed = reject;
  });
  const run = async (): Promise<LoadReport> => {
    const [archiveKey, code] = await Promise.all([
      hosts.findObject("artifacts/kafka-"),
      bundle("trials/jobs/drillJob", { minify: true }),
    ]);
    if (archiveKey === undefined)
      throw new Error("the stack's bucket holds no Kafka archive; run an update of the stack");
    const writingSeconds = lastsSeconds + options.recoverSeconds + (options.calmSeconds ?? 8) + otherSeconds;
    const deadlineSeconds = Math.ceil(
      writingSeconds +
        readBackMs(2 * options.eventsPerSecond * writingSeconds) / 1000 +
        (options.preload === undefined ? 0 : preloadSeconds),
    );
    try {
      const result = await hosts.run({
        name: "drill",
        bundle: code,
        parameters: parametersOf(options, deadlineSeconds),
        archiveKey,
        controlKey,
        subnetIds: options.subnetIds,
        needs: [node, java],
        jobSeconds: deadlineSeconds + 20,
        deadlineSeconds: deadlineSeconds + bootSeconds,
        report: (line) => {
          if (line.endsWith(`| ${steadyLine}`)) isSteady();
          report(line);
        },
        signal: ending.signal,
      });
      return readLoadReport(result);
    } catch (error) {
      if (error instanceof ClientJobError && error.log !== "")
        report(`----- client host's log -----\n${lastLines(error.log, 40)}\n-----`);
      throw error;
    } finally {
      options.signal?.removeEventListener("abort", abort);
    }
  };
  const result = run();
  // Whoever waits for "steady" learns of the failure there; later only `result` counts.
  result.catch(failed);
  steady.catch(() => undefined);

  let word: Word = {};
  const say = async (more: Word) => {
    word = { ...word, ...more };
    await hosts.put(controlKey, JSON.stringify(word));
  };
  return {
    steady,
    result,
    tell: (what, at) => say({ [what]: at }),
    stop: async () => {
      // A job that is on its feet takes its topic along.
      await say({ stop: true }).catch(() => undefined);
      const ended = result.then(
        () => true,
        () => true,
      );
      await within(giveUpMs, ended);
      ending.abort();
      await within(giveUpMs, ended);
      await hosts.remove(controlKey);
    },
  };
}

function parametersOf(options: LoadOptions, deadlineSeconds: number): DrillParameters {
  const { outputs, topic, topicConfig, against, brokerIds, eventsPerSecond, gapsFrom, recoverSeconds } = options;
  return {
    topic,
    ...topicConfig,
    preload: options.preload,
    against,
    brokers: outputs.brokers.filter(({ id }) => brokerIds.includes(id)).map(({ id, address }) => ({ id, address })),
    clientProperties: outputs.clientProperties,
    eventsPerSecond,
    gapsFrom,
    lastsSeconds: options.lastsSeconds ?? 300,
    recoverSeconds,
    calmSeconds: options.calmSeconds ?? 8,
    kafkaLibraries: `${archiveFolder}/libs`,
    deadlineSeconds,
  };
}
