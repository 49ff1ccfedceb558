import { execFile } from "node:child_process";
import { repository } from "../repository";
import type { Environment } from "../stack/environment";
import { missingPulumi } from "../stack/pulumiFailures";
import { UserError } from "../userError";

export interface PulumiAnswer {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** A short Pulumi command. A failed one is an answer; throws a UserError when there is no Pulumi. */
export function pulumiCommand(args: readonly string[], environment: Environment): Promise<PulumiAnswer> {
  const options = {
    cwd: repository,
    env: { ...environment, PULUMI_SKIP_UPDATE_CHECK: "true" },
    timeout: 60_000,
    maxBuffer: 64 << 20,
  };
  return new Promise((resolve, reject) => {
    execFile("pulumi", [...args, "--non-interactive"], options, (error, stdout, stderr) => {
      if (error?.code === "ENOENT") reject(new UserError(missingPulumi));
      else resolve({ code: error === null ? 0 : typeof error.code === "number" ? error.code : 1, stdout, stderr });
    });
  });
}

/** Whether the back end has the stack. */
export async function stackExists(stack: string, environment: Environment): Promise<boolean> {
  return (await pulumiCommand(["stack", "--show-name", "--stack", stack], environment)).code === 0;
}

/**
 * Ends an update that was killed, for a back end that can't know that it was: where locks are files, `deploy` looks whether
 * their process is there. To be called only by who may end whatever update there is.
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
