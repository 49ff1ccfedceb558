/** A trial's stack, as Pulumi's back end has it. */
import type { Environment } from "../../stack/environment";
import { pulumiCommand } from "../../stack/pulumiCommand";
import { explainPulumiFailure, failureKind } from "../../stack/pulumiFailures";
import { UserError } from "../../cli/userError";

/** Whether the back end has the stack. Rejects with a UserError where that can't be found out. */
export async function stackExists(stack: string, environment: Environment): Promise<boolean> {
  const { code, stderr } = await pulumiCommand(["stack", "--show-name", "--stack", stack], environment);
  if (code !== 0 && failureKind(stderr) !== "no stack") throw new UserError(explainPulumiFailure(stderr, stack));
  return code === 0;
}

/**
 * Ends an update that was killed, for a back end that can't know that it was: where locks are files, `deploy` looks
 * whether their process is there. To be called only by who may end whatever update there is.
 */
export async function cancelUpdate(stack: string, environment: Environment): Promise<void> {
  if (environment.PULUMI_BACKEND_URL?.startsWith("file://") === true) return;
  // It fails when there is none.
  await pulumiCommand(["cancel", "--stack", stack, "--yes"], environment);
}

/**
 * Forgets the stack and deletes its settings file, whatever its state says is still there. Throws a UserError that has
 * Pulumi's words.
 */
export async function removeStack(stack: string, environment: Environment): Promise<void> {
  const { code, stderr } = await pulumiCommand(["stack", "rm", stack, "--force", "--yes"], environment);
  if (code !== 0) throw new UserError(`stack ${stack} could not be removed: ${stderr.trim()}`);
}
