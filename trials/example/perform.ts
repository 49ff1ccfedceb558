/** What `npm run example` does once its arguments are known to be right. */
import { mkdirSync, writeFileSync } from "node:fs";
import { constants, setPriority } from "node:os";
import { dirname } from "node:path";
import { requireFreePort } from "../../cli/port";
import type { StackOutputs } from "../../planning/cluster/outputs";
import { adoptEnvironment, localStack, stackEnvironment } from "../../stack/environment";
import { stackOutputs } from "../../stack/stackOutputs";
import { Deployer } from "../drills/changes/deployer";
import { nodeSubnets } from "../drills/clientSubnet";
import { interruptedExitCode, listenForInterruption } from "../drills/interruption";
import { tidyUp } from "../drills/tidyUp";
import { drillTools } from "../drills/tools";
import { withMachines } from "../drills/withMachines";
import type { ExampleResult, Proof } from "../jobs/example/parameters";
import { smokeTopic } from "../smoke";
import type { ExampleRequest } from "./arguments";
import { openBrowserWay } from "./browserWay";
import { startHost, type ExampleHost } from "./host";
import { makeFaults, type FaultsMade } from "./operatorFaults";
import { exampleFaults, exampleText } from "./verdict";

type Report = (line: string) => void;

const nothingMade: FaultsMade = { deeds: [], unmet: [] };

/** Parts of the visitors' time after which something is killed; the others are the operator's. */
const killedAt = { kafka: 0.1, store: 0.2, collector: 0.3, postgres: 0.4, roll: 0.5 } as const;

/** Runs the example. @returns the exit code */
export async function performExample(request: ExampleRequest, report: Report): Promise<number> {
  await requireFreePort(request.port, "another example");
  return request.faults ? withFaults(request, report) : withoutFaults(request, report);
}

async function withoutFaults(request: ExampleRequest, report: Report): Promise<number> {
  const environment = await stackEnvironment(localStack);
  adoptEnvironment(environment);
  const outputs = await stackOutputs(localStack, environment);
  const signal = listenForInterruption(report, {
    first: "ending: the client host is removed; once more ends at once",
    second: "ended at once: the next `npm run example` removes the client host",
  });
  const { host, close } = open(request, outputs, proofOf(request), report, signal);
  try {
    return conclude(request, await host.result, nothingMade, report);
  } catch (error) {
    if (!signal.aborted) throw error;
    report("the client host is gone");
    // To be ended so is how it ends where there is nothing to count.
    return request.minutes === undefined ? 0 : interruptedExitCode;
  } finally {
    close();
  }
}

async function withFaults(request: ExampleRequest, report: Report): Promise<number> {
  // In the lab the cluster shares this machine's processors; what updates one on AWS runs somewhere else.
  setPriority(constants.priority.PRIORITY_BELOW_NORMAL);
  const isLocal = () => Promise.resolve();
  return withMachines(localStack, true, report, isLocal, async ({ environment, outputs, machines, tidy, signal }) => {
    if (tidy) await tidyUp(outputs, machines, report);
    const deployer = await Deployer.open(outputs, environment, report);
    const ending = new AbortController();
    const ends = AbortSignal.any([signal, ending.signal]);
    const subnets = await nodeSubnets(outputs);
    const tools = drillTools({ outputs, machines, subnets, deployer, report, signal: ends });
    const { host, stored, close } = open(request, outputs, proofOf(request), report, ends);
    let making: Promise<FaultsMade> | undefined;
    try {
      const ended = host.result.then((): never => {
        throw new Error("the client host's job ended before the faults did");
      });
      await Promise.race([stored, ended]);
      const at = (part: number) => Date.now() + part * Number(request.minutes) * 60_000;
      const plan = { killAt: at(killedAt.kafka), rollAt: at(killedAt.roll), topic: smokeTopic(outputs.topics) };
      making = makeFaults(tools, plan, ends);
      const made = await Promise.race([making, ended]);
      await host.done();
      return conclude(request, await host.result, made, report);
    } catch (error) {
      if (!signal.aborted) throw error;
      report("interrupted: the client host is gone");
      return interruptedExitCode;
    } finally {
      close();
      ending.abort();
      await Promise.allSettled([host.result, making]);
      await deployer.restore();
    }
  });
}

function proofOf({ minutes, faults }: ExampleRequest): Proof | undefined {
  if (minutes === undefined) return undefined;
  const seconds = minutes * 60;
  const kill = (program: "store" | "collector" | "postgres") => ({ program, atSecond: killedAt[program] * seconds });
  return { seconds, kills: faults ? [kill("store"), kill("collector"), kill("postgres")] : [], awaitsOperator: faults };
}

/** Starts the host, and leads the browser to it when it is up. */
function open(
  { eventsPerSecond, port: localPort }: ExampleRequest,
  outputs: StackOutputs,
  proof: Proof | undefined,
  report: Report,
  signal: AbortSignal,
): { readonly host: ExampleHost; readonly stored: Promise<void>; readonly close: () => void } {
  let close: () => void = () => undefined;
  let onStored: () => void = () => undefined;
  const stored = new Promise<void>((resolve) => (onStored = resolve));
  const host = startHost({
    outputs,
    topic: smokeTopic(outputs.topics),
    eventsPerSecond,
    proof,
    onReady: (instance, port) => {
      close = openBrowserWay(instance, port, localPort, (why) => report(`the way to the browser is lost: ${why}`));
      report(`\nsee it: http://127.0.0.1:${localPort}/live    end it: Ctrl-C\n`);
    },
    onStored: () => onStored(),
    report,
    signal,
  });
  // Whoever waits for the result learns of a failure there.
  host.result.catch(() => undefined);
  return { host, stored, close: () => close() };
}

function conclude(
  request: ExampleRequest,
  result: ExampleResult | undefined,
  { deeds, unmet }: FaultsMade,
  report: Report,
): number {
  if (result === undefined) {
    report("the example has ended by itself");
    return 0;
  }
  report(`\n${exampleText(result, deeds)}`);
  if (result.reconciliation.page !== "") {
    mkdirSync(dirname(request.html), { recursive: true });
    writeFileSync(request.html, result.reconciliation.page);
    report(`the reconciliation: ${request.html}`);
  }
  const faults = [...exampleFaults(result), ...unmet];
  for (const fault of faults) report(`FAULT: ${fault}`);
  report(faults.length === 0 ? "each event is stored once" : "the example FAILED");
  return faults.length === 0 ? 0 : 1;
}
