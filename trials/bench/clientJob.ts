/** The operator's side of a run: a job on a client host of its own, and what it needs done in between. */
import { z } from "zod";
import { bundle } from "../../artifacts/bundle";
import { ClientHosts, ClientJobError, type ClientNetwork, type InstanceTypes } from "../clientHost/clientHost";
import { archiveFolder, java, node } from "../jobs/jobUserData";
import { phaseNames, readCue, type BenchJobResult, type BenchParameters, type Cue } from "../jobs/bench/parameters";
import { lastLines } from "../../planning/cluster/outputText";

/**
 * The host's types: processors for the producers' compression, and 12.5 or 3.1 Gbit/s that last, so that it is the
 * cluster that is measured ($0.25 and $0.36 an hour).
 */
const fastHost: InstanceTypes = { arm64: "c7gn.xlarge", x86_64: "c7i.2xlarge" };

/** Seconds for tidying up, after the job has given up. */
const endSeconds = 60;
/** Seconds for boot, packages, and the download. */
const bootSeconds = 180;

const latencies = z.object({
  mean: z.number(),
  p50: z.number(),
  p95: z.number(),
  p99: z.number(),
  p999: z.number(),
  max: z.number(),
});
const jobResult: z.ZodType<BenchJobResult> = z.object({
  measured: z.array(
    z.object({
      phase: z.enum(phaseNames),
      percent: z.number().optional(),
      groups: z.number(),
      targetMBps: z.number().optional(),
      MBps: z.number(),
      eventsPerSecond: z.number(),
      latencyMs: latencies,
      consumedMBps: z.number().optional(),
      compressionRatio: z.number().optional(),
      failedEvents: z.number(),
      seconds: z.number(),
      fullIsrAt: z.number().optional(),
    }),
  ),
  failure: z.string().optional(),
});

/** A job of the benchmark. */
export interface BenchJob {
  readonly network: ClientNetwork;
  /** Subnets for the host. Default: the nodes' subnets. */
  readonly subnetIds?: readonly string[];
  readonly parameters: Omit<BenchParameters, "kafkaLibraries">;
  /** Does what the job needs; when that fails, so does the job. */
  readonly onCue: (cue: Cue) => Promise<void>;
  readonly report: (line: string) => void;
  readonly signal: AbortSignal;
}

/** Runs a job. Rejects when it gives no result, is interrupted, or a cue can't be followed. */
export async function runBenchJob(job: BenchJob): Promise<BenchJobResult> {
  const { network, subnetIds, parameters, onCue, report, signal } = job;
  const hosts = new ClientHosts(network);
  const [archiveKey, code] = await Promise.all([
    hosts.findObject("artifacts/kafka-"),
    bundle("trials/jobs/benchJob", { minify: true }),
  ]);
  if (archiveKey === undefined)
    throw new Error("the stack's bucket holds no Kafka archive; run an update of the stack");
  const ending = new AbortController();
  const abort = () => ending.abort();
  signal.addEventListener("abort", abort);
  if (signal.aborted) abort();
  let cueFailure: Error | undefined;
  let following: Promise<void> = Promise.resolve();
  const { deadlineSeconds } = parameters;
  try {
    const result = await hosts.run({
      name: "bench",
      bundle: code,
      parameters: { ...parameters, kafkaLibraries: `${archiveFolder}/libs` },
      archiveKey,
      subnetIds,
      needs: [node, java],
      instanceTypes: fastHost,
      jobSeconds: deadlineSeconds + endSeconds,
      deadlineSeconds: deadlineSeconds + endSeconds + bootSeconds,
      report: (line) => {
        report(`  ${line}`);
        const cue = readCue(line);
        if (cue === undefined) return;
        following = following
          .then(() => onCue(cue))
          .catch((error: Error) => {
            cueFailure ??= error;
            abort();
          });
      },
      signal: ending.signal,
    });
    return jobResult.parse(result);
  } catch (error) {
    if (cueFailure !== undefined) throw cueFailure;
    if (error instanceof ClientJobError && error.log !== "")
      report(`----- client host's log -----\n${lastLines(error.log, 40)}\n-----`);
    throw error;
  } finally {
    signal.removeEventListener("abort", abort);
    // Nothing is done to a broker behind the back of who comes next.
    await following;
  }
}
