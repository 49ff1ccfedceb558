/** Takes down what there is of a trial, its stack's state present or not. */
import { existsSync, rmSync } from "node:fs";
import { deploy } from "../deploy";
import type { Environment } from "../../stack/environment";
import { stackFile } from "../../stack/stackFile";
import { explain } from "../../cli/userError";
import { kindsOf } from "./leftoverKinds";
import { findLeftovers, removeLeftovers, type Leftover } from "./leftovers";
import type { TrialNames } from "./names";
import { cancelUpdate, removeStack, stackExists } from "./trialStack";

/** What is to be taken down of a trial. */
export interface TrialRemains {
  readonly names: TrialNames;
  readonly region: string;
  readonly environment: Environment;
  readonly report: (line: string) => void;
}

/** Seconds for the removal: instances and an interface endpoint take some minutes each to be gone. */
const sweepSeconds = 1200;

/** The things that are there of a trial: by their tag, and `stack` if the back end knows it. */
export async function remains({ names, region, environment }: TrialRemains): Promise<Leftover[]> {
  const [things, stack] = await Promise.all([
    findLeftovers(kindsOf(names.clusterName, region)),
    stackExists(names.stack, environment),
  ]);
  return [...things, ...(stack ? [{ kind: "stack", id: names.stack }] : [])];
}

/** The things that a destroy by Pulumi has left, and why it failed if it did. */
export interface TakenDown {
  /** The things that were removed by their tag. */
  readonly swept: readonly Leftover[];
  readonly destroyError?: string;
}

/**
 * Destroys the stack if there is one, removes by tag what is then still there, and forgets the stack. Rejects with a
 * UserError that says what is left when that can't be done.
 */
export async function takeDown(trial: TrialRemains): Promise<TakenDown> {
  const { names, region, environment, report } = trial;
  const { stack, clusterName } = names;
  let destroyError: string | undefined;
  // Where the back end does not answer, too, what costs money goes; and that the stack is left is said at the end.
  let known = true;
  try {
    known = await stackExists(stack, environment);
    if (known) {
      await cancelUpdate(stack, environment);
      const indented = (line: string) => report(`  ${line}`);
      const result = await deploy({
        stack,
        action: "destroy",
        yes: true,
        smoke: "never",
        environment,
        report: indented,
      });
      if (!result.succeeded) destroyError = result.error ?? "the destroy failed";
    }
  } catch (error) {
    destroyError = explain(error);
  }
  if (destroyError !== undefined)
    report(`Pulumi did not take all of it down, so it is removed by its tag: ${destroyError}`);
  const swept = await removeLeftovers(kindsOf(clusterName, region), { deadlineSeconds: sweepSeconds, report });
  if (known) await removeStack(stack, environment);
  if (existsSync(stackFile(stack))) rmSync(stackFile(stack));
  return { swept, destroyError };
}
