import { execFile } from "node:child_process";
import { repository } from "../artifacts/repository";
import { UserError } from "../cli/userError";
import type { Environment } from "./environment";
import { missingPulumi } from "./pulumiFailures";

/** The result of a Pulumi command. */
export interface PulumiAnswer {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Seconds for an answer: a back end that is there answers sooner. */
const answerSeconds = 60;

/**
 * Runs a short Pulumi command, which asks or writes one thing. A failed one is an answer; rejects with a UserError when
 * there is no Pulumi, or no answer.
 */
export function pulumiCommand(
  args: readonly string[],
  environment: Environment,
  seconds = answerSeconds,
): Promise<PulumiAnswer> {
  const options = {
    cwd: repository,
    env: { ...environment, PULUMI_SKIP_UPDATE_CHECK: "true" },
    timeout: seconds * 1000,
    // It has nothing under way that would have to be finished.
    killSignal: "SIGKILL" as const,
    maxBuffer: 64 << 20,
  };
  return new Promise((resolve, reject) => {
    execFile("pulumi", [...args, "--non-interactive"], options, (error, stdout, stderr) => {
      if (error?.code === "ENOENT") reject(new UserError(missingPulumi));
      else if (error?.killed === true) {
        const words = args.join(" ").replace(/ --.*/, "");
        reject(new UserError(`pulumi ${words}: no answer within ${seconds} s; is the state's backend reached?`));
      } else resolve({ code: error === null ? 0 : typeof error.code === "number" ? error.code : 1, stdout, stderr });
    });
  });
}
