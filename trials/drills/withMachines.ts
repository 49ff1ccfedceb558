/** What drills and benchmarks begin with, and end with whatever happens. */
import { readOutputs, type StackOutputs } from "../../planning/cluster/outputs";
import { adoptEnvironment, labEndpoint, stackEnvironment, type Environment } from "../../stack/environment";
import { rawStackOutputs } from "../../stack/stackOutputs";
import { UserError } from "../../cli/userError";
import { Deployer } from "./changes/deployer";
import { listenForInterruption } from "./interruption";
import { bucketLockStore, DrillLock } from "./lock";
import type { Machines } from "./machines";
import { openMachines } from "./openMachines";

/** A stack that is up, and locked for this command. */
export interface LockedStack {
  readonly environment: Environment;
  /** The outputs as Pulumi prints them, with secrets. */
  readonly raw: Readonly<Record<string, unknown>>;
  readonly outputs: StackOutputs;
  readonly machines: Machines;
  /** Whether a drill or benchmark that was killed may have left something. */
  readonly tidy: boolean;
  readonly signal: AbortSignal;
}

/**
 * Does the work with the machines of a stack, under its lock. Throws a UserError when the stack is not deployed, or
 * when a drill or benchmark runs.
 *
 * @param changesSettings whether the work changes the stack's settings
 * @param confirm what a person has to agree to unless the stack is on the lab; rejects when nobody does
 */
export async function withMachines<T>(
  stack: string,
  changesSettings: boolean,
  report: (line: string) => void,
  confirm: () => Promise<void>,
  work: (locked: LockedStack) => Promise<T>,
): Promise<T> {
  const environment = await stackEnvironment(stack);
  const isOnLab = labEndpoint(environment) !== undefined;
  if (!isOnLab) await confirm();
  adoptEnvironment(environment);
  const before = await deployedOutputs(stack, environment);
  const signal = listenForInterruption(report);
  const lock = await DrillLock.take(bucketLockStore(readOutputs(before)), changesSettings);
  try {
    const left = lock.takenOverFrom;
    if (left !== undefined) {
      report(`the drill or benchmark of ${left.since} (process ${left.pid}) was killed: clearing away what it left`);
    }
    // Before all else: what brokers there are depends on it. Only on the lab settings are changed at all.
    const isChanged = isOnLab && left?.changesSettings === true;
    if (isChanged) await (await Deployer.open(readOutputs(before), environment, report)).restoreUnknown();
    const raw = isChanged ? await deployedOutputs(stack, environment) : before;
    const machines = await openMachines(stack, raw, environment);
    try {
      return await work({ environment, raw, outputs: readOutputs(raw), machines, tidy: left !== undefined, signal });
    } finally {
      await machines
        .endAdmissions()
        .catch((error: Error) => report(`a client host may still do everything with the brokers: ${error.message}`));
      machines.close();
    }
  } finally {
    await lock.release();
  }
}

/** The outputs of a stack. Throws a UserError when it is not deployed. */
async function deployedOutputs(stack: string, environment: Environment): Promise<Record<string, unknown>> {
  const raw = await rawStackOutputs(stack, environment);
  if (Object.keys(raw).length > 0) return raw;
  throw new UserError(`stack ${stack} has no cluster: it is not deployed (npm run deploy -- --stack ${stack})`);
}
