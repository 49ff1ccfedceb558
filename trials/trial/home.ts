/** Where a trial's stack is kept, so that the trial of a process that is gone can be cleaned up. */
import { randomBytes } from "node:crypto";
import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import type { Environment } from "../../stack/environment";
import { fileBackend } from "../../stack/fileBackend";
import { pulumiCommand } from "../../stack/pulumiCommand";
import { cleanPulumiText, failureKind } from "../../stack/pulumiFailures";
import { UserError } from "../../cli/userError";

/** The folder that is kept: `${XDG_STATE_HOME:-~/.local/state}/kafka-on-ec2/trial`. */
function keptFolder(environment: Environment): string {
  const base = environment.XDG_STATE_HOME || join(homedir(), ".local", "state");
  return join(base, "kafka-on-ec2", "trial");
}

/** The environment of a trial's stack. */
export interface TrialHome {
  readonly environment: Environment;
  /** The place of the state, in words. */
  readonly place: string;
}

/**
 * The environment with a Pulumi back end and a passphrase: the user's, where there are any; otherwise those of a folder
 * that is kept, made now if it isn't there. Rejects with a UserError when the user's back end does not answer: a
 * trial's stack may be in it.
 */
export async function trialHome(environment: Environment): Promise<TrialHome> {
  const folder = keptFolder(environment);
  const withPassphrase = passphrase(environment, folder);
  const { code, stderr } = await pulumiCommand(["whoami"], environment);
  if (code === 0) return { environment: withPassphrase, place: "your Pulumi back end" };
  if (failureKind(stderr) !== "not logged in") throw new UserError(`pulumi whoami: ${cleanPulumiText(stderr)}`);
  const state = join(folder, "pulumi");
  mkdirSync(state, { recursive: true, mode: 0o700 });
  return { environment: { ...withPassphrase, PULUMI_BACKEND_URL: fileBackend(state) }, place: state };
}

function passphrase(environment: Environment, folder: string): Environment {
  const { PULUMI_CONFIG_PASSPHRASE, PULUMI_CONFIG_PASSPHRASE_FILE } = environment;
  if (PULUMI_CONFIG_PASSPHRASE !== undefined || PULUMI_CONFIG_PASSPHRASE_FILE !== undefined) return environment;
  const file = join(folder, "passphrase");
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  if (!existsSync(file)) writeFileSync(file, randomBytes(24).toString("base64url"), { mode: 0o600, flag: "wx" });
  return { ...environment, PULUMI_CONFIG_PASSPHRASE_FILE: file };
}
