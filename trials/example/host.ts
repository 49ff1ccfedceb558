/** The operator's side of the example's client host. */
import { randomBytes } from "node:crypto";
import { bundle } from "../../artifacts/bundle";
import type { StackOutputs } from "../../planning/cluster/outputs";
import { lastLines } from "../../planning/cluster/outputText";
import { ClientHosts, ClientJobError } from "../clientHost/clientHost";
import { archiveFolder, node, postgresql } from "../jobs/jobUserData";
import {
  readyLine,
  storedLine,
  type ExampleParameters,
  type ExampleResult,
  type Ports,
  type Proof,
} from "../jobs/example/parameters";
import { packApplications } from "./applications";

const name = "example";
const ports: Ports = { front: 8000, collector: 8080, store: 8081, postgres: 5432 };
const lookSeconds = 8 * 3600;
/** Seconds for boot and downloads. */
const bootSeconds = 180;
/** Seconds around the visitors' time: the pipeline's start, the topic's older events, the roll, the last
 * acceptance, catching up, and counting. */
const aroundSeconds = 120 + 900 + 1800 + 300 + 600 + 900;

/** The host that is wanted. */
export interface HostRequest {
  readonly outputs: StackOutputs;
  readonly topic: string;
  readonly eventsPerSecond: number;
  readonly proof?: Proof;
  /** Told the instance's name, and the port of its loopback address that a browser wants. */
  readonly onReady: (instance: string, port: number) => void;
  /** Told when the first event of a visitor is stored. */
  readonly onStored: () => void;
  readonly report: (line: string) => void;
  readonly signal: AbortSignal;
}

/** A host that runs. */
export interface ExampleHost {
  /** Resolves at the end, with undefined where no proof was wanted. Rejects when it fails or is interrupted. */
  readonly result: Promise<ExampleResult | undefined>;
  /** Tells it that nothing more is broken or changed. */
  done(): Promise<void>;
}

/** Starts the pipeline on a client host, which is gone when `result` is there. What an earlier run left goes first. */
export function startHost(request: HostRequest): ExampleHost {
  const { outputs, topic, eventsPerSecond, proof, report, signal } = request;
  const hosts = new ClientHosts(outputs);
  const id = randomBytes(6).toString("hex");
  const archiveKey = `jobs/${name}-${id}-applications.tar`;
  const controlKey = `jobs/${name}-${id}-control.json`;
  const parameters: ExampleParameters = {
    outputs: { bootstrapServers: outputs.bootstrapServers, clientProperties: outputs.clientProperties },
    topic,
    applications: archiveFolder,
    folder: "/opt/job/pipeline",
    ports,
    eventsPerSecond,
    proof,
    lookSeconds,
  };
  let isReady = false;
  const onLine = (line: string) => {
    // The job's own lines come as `client host | …`.
    if (line.endsWith(`| ${readyLine}`)) {
      isReady = true;
      request.onReady(`${outputs.clusterName}-client-${name}`, ports.front);
    }
    if (line.endsWith(`| ${storedLine}`)) request.onStored();
    // Somebody looks at it, for hours perhaps: that it runs is no news.
    if (!isReady || !line.startsWith("waiting for client host")) report(`  ${line}`);
  };
  const run = async (): Promise<ExampleResult | undefined> => {
    report("building the applications of examples/activity");
    const [code, applications] = await Promise.all([
      bundle("trials/jobs/exampleJob", { minify: true }),
      packApplications(),
      hosts.removeAll(report, [name]),
    ]);
    const jobSeconds = proof === undefined ? lookSeconds + 600 : proof.seconds + aroundSeconds;
    try {
      await hosts.put(archiveKey, applications);
      const result = await hosts.run({
        name,
        bundle: code,
        parameters,
        archiveKey,
        controlKey,
        needs: [node, postgresql],
        jobSeconds,
        deadlineSeconds: jobSeconds + bootSeconds,
        report: onLine,
        signal,
      });
      return (result as ExampleResult | null) ?? undefined;
    } catch (error) {
      if (error instanceof ClientJobError && error.log !== "")
        report(`----- client host's log -----\n${lastLines(error.log, 40)}\n-----`);
      throw error;
    } finally {
      await hosts.remove(archiveKey);
    }
  };
  return { result: run(), done: () => hosts.put(controlKey, JSON.stringify({ undone: Date.now() })) };
}
