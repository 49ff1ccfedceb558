import { UserError } from "../cli/userError";
import { readOutputs, type StackOutputs } from "../planning/cluster/outputs";
import type { Environment } from "./environment";
import { pulumiCommand } from "./pulumiCommand";
import { explainPulumiFailure } from "./pulumiFailures";

/** A stack's outputs as Pulumi prints them. None of them is a secret. */
export async function rawStackOutputs(
  stack: string,
  environment: Environment,
  seconds?: number,
): Promise<Record<string, unknown>> {
  const { code, stdout, stderr } = await pulumiCommand(
    ["stack", "output", "--json", "--stack", stack],
    environment,
    seconds,
  );
  if (code !== 0) throw new UserError(explainPulumiFailure(stderr, stack));
  return JSON.parse(stdout) as Record<string, unknown>;
}

/** A stack's outputs, checked. */
export async function stackOutputs(stack: string, environment: Environment): Promise<StackOutputs> {
  const raw = await rawStackOutputs(stack, environment);
  if (Object.keys(raw).length === 0) {
    throw new UserError(`stack ${stack} has no outputs: it is not deployed (npm run deploy -- --stack ${stack})`);
  }
  return readOutputs(raw);
}
