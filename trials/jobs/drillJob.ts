/**
 * The steady load of a drill on the client host; bundled into one file. Reads PARAMETERS_FILE, listens at CONTROL_URL,
 * writes RESULT_FILE.
 */
import { setTimeout as pause } from "node:timers/promises";
import { readFileSync, writeFileSync } from "node:fs";
import { monitorEventLoopDelay } from "node:perf_hooks";
import { isMainThread, workerData } from "node:worker_threads";
import type { LoadReport } from "../drills/loadReport";
import { Clients } from "./drill/clients";
import { Operator } from "./drill/operator";
import { readBackMs, steadyLine, type DrillParameters } from "./drill/parameters";
import { within } from "./drill/within";
import { readBack } from "./drill/readBack";
import { everyCopy, groupPosition } from "./drill/everyCopy";
import { evaluate, type Measured } from "./drill/evaluate";
import { Load } from "./drill/load";
import { readAlways, type ReaderTask } from "./drill/reader";
import { preload, preloadLost } from "./drill/preload";
import { makeTopic, removeTopics } from "./drill/topic";
import { variable } from "./variable";

const steadyLimitMs = 120_000;
/** The time in ms for the fault. The operator makes it right after "steady"; some faults take a while to make. */
const faultLimitMs = 240_000;
/**
 * The time in ms within which a fault may not have been noticed by anyone: ISRs that are full until then prove nothing.
 */
const noticedMs = 15_000;
/** The time in ms for what clients have begun: the Java client's delivery.timeout.ms, and some. */
const drainLimitMs = 130_000;
const catchUpLimitMs = 60_000;

/**
 * Runs the drill's load.
 * @param givenUp rejects when there is to be no result
 */
async function drill(parameters: DrillParameters, operator: Operator, givenUp: Promise<never>): Promise<LoadReport> {
  const { topic } = parameters;
  const clients = new Clients(parameters);
  const groups = { reading: `${topic}-readers`, readBack: `${topic}-read-back` };
  let load: Load | undefined;
  const measure = async () => {
    if (parameters.preload !== undefined) await preload(clients, parameters.preload, parameters);
    await makeTopic(clients, parameters, parameters.brokers);
    console.log(`topic ${topic} is made; the load begins`);
    const before = await groupPosition(clients, groups.reading);
    load = new Load(clients, parameters, groups.reading);
    const measured = await follow(load, parameters, operator);
    await load.stop();
    console.log("reading everything back");
    const events = load.written.reduce((sum, { acknowledged }) => sum + acknowledged, 0);
    const content = await readBack(clients, topic, groups.readBack, readBackMs(events));
    // A copy that is not in sync differs, which the report says already.
    const copies = measured.fullIsrAt === null ? undefined : await everyCopy(clients, parameters, load, before);
    const report = { ...evaluate(load, content, measured, parameters.gapsFrom), copies };
    return parameters.preload === undefined
      ? report
      : { ...report, preloadLost: await preloadLost(clients, parameters.preload) };
  };
  try {
    return await Promise.race([measure(), givenUp]);
  } finally {
    await load?.stop();
    const topics = parameters.preload === undefined ? [topic] : [topic, parameters.preload.topic];
    await within(15_000, removeTopics(clients, topics, Object.values(groups)));
  }
}

/** Follows the load from its beginning until everything that was begun is done. */
async function follow(load: Load, parameters: DrillParameters, operator: Operator): Promise<Measured> {
  const startedAt = Date.now();
  const pauses = monitorEventLoopDelay({ resolution: 10 });
  await load.steady(steadyLimitMs);
  pauses.enable();
  console.log(steadyLine);
  const faultAt = await operator.hears("fault", faultLimitMs);
  // To undo a fault may take as long as to recover from it: a lost volume is replaced by an update.
  const undoneAt = await operator.hears("undone", (parameters.lastsSeconds + parameters.recoverSeconds) * 1000);
  const fullIsrAt = await recovered(load, { ...parameters, faultAt, undoneAt });
  const endedAt = Date.now();
  pauses.disable();
  console.log("the load stops");
  await load.stopWriting(drainLimitMs);
  await load.caughtUp(catchUpLimitMs);
  return { startedAt, faultAt, undoneAt, fullIsrAt, endedAt, longestPauseMs: Math.round(pauses.max / 1e6) };
}

interface Course {
  readonly faultAt: number;
  readonly undoneAt: number;
  readonly recoverSeconds: number;
  readonly calmSeconds: number;
}

/** Waits until every ISR has been full for the calm time. Gives since when; null when time is up. */
async function recovered(
  load: Load,
  { faultAt, undoneAt, recoverSeconds, calmSeconds }: Course,
): Promise<number | null> {
  const deadline = undoneAt + recoverSeconds * 1000;
  let said = 0;
  for (;;) {
    const now = Date.now();
    const since = load.observer.fullSince;
    const fullAt = since === undefined ? undefined : Math.max(since, faultAt);
    if (fullAt !== undefined && now >= faultAt + noticedMs && now - Math.max(fullAt, undoneAt) >= calmSeconds * 1000)
      return fullAt;
    // One that is full within the time has its calm time beyond it.
    if (now > deadline && (fullAt === undefined || now > deadline + calmSeconds * 1000)) {
      console.log(`not recovered within ${recoverSeconds} s: ${load.observer.missing}`);
      return null;
    }
    if (now - said > 5000) {
      said = now;
      console.log(load.observer.missing === "" ? "every ISR is full" : `waiting: ${load.observer.missing}`);
    }
    await pause(250);
  }
}

async function main(): Promise<void> {
  const parameters = JSON.parse(readFileSync(variable("PARAMETERS_FILE"), "utf8")) as DrillParameters;
  const resultFile = variable("RESULT_FILE");
  const operator = new Operator(variable("CONTROL_URL"));
  const givenUp = new Promise<never>((_, reject) => {
    operator.onStop = () => reject(new Error("the operator gave up"));
    const { deadlineSeconds } = parameters;
    setTimeout(() => reject(new Error(`not done within ${deadlineSeconds} s`)), deadlineSeconds * 1000);
  });
  const report = await drill(parameters, operator, givenUp);
  writeFileSync(resultFile, JSON.stringify(report));
}

// kafkajs leaves promises behind that fail when a connection goes; the sends that they belong to report it themselves.
process.on("unhandledRejection", (reason) => console.log(`left behind: ${String(reason)}`));

// The readers are threads of the same file.
const job = isMainThread ? main() : readAlways(workerData as ReaderTask);
job.then(
  () => process.exit(0),
  (error: Error) => {
    console.error(`drill's load: ${error.message}`);
    process.exit(1);
  },
);
