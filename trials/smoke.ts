/** The smoke test: can a client on another host write and read, as an application would? */
import { randomBytes, randomInt } from "node:crypto";
import type { StackOutputs } from "../planning/cluster/outputs";
import { lastLines } from "../planning/cluster/outputText";
import { bundle } from "../artifacts/bundle";
import { defaultEvents } from "../cli/options";
import { UserError } from "../cli/userError";
import { ClientHosts, ClientJobError } from "./clientHost/clientHost";
import { archiveFolder, java, node } from "./jobs/jobUserData";
import { smokeFaults, smokeText, type SmokeParameters, type SmokeReport } from "./jobs/smokeReport";

/** Key of the object in the stack's bucket with the report of the last smoke test, if that passed. */
const passedKey = "state/smoke-passed.json";

/** The options of a smoke test. */
export interface SmokeOptions {
  readonly events?: number;
  readonly report: (line: string) => void;
  readonly signal?: AbortSignal;
}

/** The result of a smoke test. */
export interface SmokeResult {
  readonly passed: boolean;
  /** The faults for which it failed, one sentence each. */
  readonly faults: readonly string[];
  readonly report?: SmokeReport;
  readonly seconds: number;
}

/** The topic that the test writes to: `user-activity` if there is one. */
export function smokeTopic(topics: StackOutputs["topics"]): string {
  const topic = topics.find(({ name }) => name === "user-activity") ?? topics[0];
  if (topic === undefined) throw new UserError("the stack has no topic to test with; name one in the setting `topics`");
  return topic.name;
}

/**
 * Runs the smoke test against a stack, by its outputs alone. Throws only when AWS can't be reached; a failed test is a
 * result.
 */
export async function smokeTest(outputs: StackOutputs, options: SmokeOptions): Promise<SmokeResult> {
  const { report, signal, events = defaultEvents } = options;
  const started = Date.now();
  const hosts = new ClientHosts(outputs);
  const topic = smokeTopic(outputs.topics);
  const [archiveKey, code] = await Promise.all([
    hosts.findObject("artifacts/kafka-"),
    bundle("trials/jobs/smokeJob", { minify: true }),
    hosts.remove(passedKey),
  ]);
  const parameters: SmokeParameters = {
    runId: randomBytes(6).toString("hex"),
    topic,
    count: events,
    seed: randomInt(2 ** 31),
    startTime: started,
    clientProperties: outputs.clientProperties,
    kafkaLibraries: archiveKey === undefined ? undefined : `${archiveFolder}/libs`,
    deadlineSeconds: 180,
  };
  const end = (faults: readonly string[], smoke?: SmokeReport): SmokeResult => ({
    passed: faults.length === 0,
    faults,
    report: smoke,
    seconds: Math.round((Date.now() - started) / 1000),
  });
  try {
    const result = (await hosts.run({
      name: "smoke",
      bundle: code,
      parameters,
      archiveKey,
      needs: archiveKey === undefined ? [node] : [node, java],
      jobSeconds: parameters.deadlineSeconds + 20,
      deadlineSeconds: 300,
      report: (line) => report(`  ${line}`),
      signal,
    })) as SmokeReport;
    const faults = smokeFaults(result);
    if (faults.length === 0) await hosts.put(passedKey, JSON.stringify(result));
    return end(faults, result);
  } catch (error) {
    if (!(error instanceof ClientJobError)) throw error;
    if (error.log !== "") report(`----- client host's log -----\n${lastLines(error.log, 60)}\n-----`);
    return end([error.message]);
  }
}

/** Whether the last smoke test of the stack has passed. */
export async function smokeHasPassed(outputs: StackOutputs): Promise<boolean> {
  return (await new ClientHosts(outputs).text(passedKey)) !== undefined;
}

/** Prints a result for people. */
export function printSmoke(result: SmokeResult, report: (line: string) => void): void {
  if (result.report !== undefined) report(smokeText(result.report));
  for (const fault of result.faults) report(`FAULT: ${fault}`);
  report(`smoke test ${result.passed ? "passed" : "FAILED"} after ${result.seconds} s`);
}
