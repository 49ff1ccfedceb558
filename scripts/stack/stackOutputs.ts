import { execFile } from "node:child_process";
import { repository } from "../repository";
import { UserError } from "../userError";
import { readOutputs, type StackOutputs } from "../../planning/outputs";
import type { Environment } from "./environment";
import { explainPulumiFailure, missingPulumi } from "./pulumiFailures";

/** A backend that is there answers within seconds. */
const answerSeconds = 60;

/** A stack's outputs as Pulumi prints them. None of them is a secret. */
export function rawStackOutputs(
  stack: string,
  environment: Environment,
  seconds = answerSeconds,
): Promise<Record<string, unknown>> {
  const args = ["stack", "output", "--json", "--non-interactive", "--stack", stack];
  const options = {
    cwd: repository,
    env: { ...environment, PULUMI_SKIP_UPDATE_CHECK: "true" },
    timeout: seconds * 1000,
    // It only reads.
    killSignal: "SIGKILL" as const,
    maxBuffer: 16 << 20,
  };
  return new Promise((resolve, reject) => {
    execFile("pulumi", args, options, (error, stdout, stderr) => {
      if (error === null) resolve(JSON.parse(stdout) as Record<string, unknown>);
      else if (error.code === "ENOENT") reject(new UserError(missingPulumi));
      else if (error.killed === true)
        reject(new UserError(`pulumi stack output: no answer within ${seconds} s; is the state's backend reached?`));
      else reject(new UserError(explainPulumiFailure(stderr, stack)));
    });
  });
}

/** A stack's outputs, checked. */
export async function stackOutputs(stack: string, environment: Environment): Promise<StackOutputs> {
  const raw = await rawStackOutputs(stack, environment);
  if (Object.keys(raw).length === 0) {
    throw new UserError(`stack ${stack} has no outputs: it is not deployed (npm run deploy -- --stack ${stack})`);
  }
  return readOutputs(raw);
}
