import { UserError } from "../../cli/userError";
import { ec2Client } from "../awsClients";
import type { Deployment } from "../deploy/deployment";
import { passInterruptionsOn } from "../deploy/interruptions";
import { existingStack } from "../deploy/openStack";
import { run } from "../deploy/run";
import type { StackRecord } from "../recovery";
import { SupervisedPulumi } from "../supervisedPulumi";
import { Differences, type ResourceDifference } from "./differences";
import { foreignRules } from "./foreignRules";

/** What a look at AWS has found. */
export interface Drift {
  readonly stack: string;
  readonly differs: boolean;
  /** How many of the state's resources of AWS were compared. */
  readonly looked: number;
  readonly seconds: number;
  readonly differences: readonly ResourceDifference[];
}

/** The exit code of the command. */
export const driftExitCode = ({ differs }: Drift): number => (differs ? 2 : 0);

/**
 * Compares what AWS has with what the stack's state says. It changes neither, and takes no lock. Rejects with a
 * UserError when not everything can be looked at.
 */
export async function findDrift(
  wanted: Pick<Deployment, "stack" | "environment" | "configFile" | "report">,
): Promise<Drift> {
  const { stack: name, environment, report } = wanted;
  const pulumi = await SupervisedPulumi.find(name);
  const stopListening = passInterruptionsOn(pulumi, report);
  try {
    const stack = await existingStack(wanted, pulumi);
    if (stack === undefined) throw new UserError(`stack ${name} does not exist: there is nothing to compare`);
    requireSettled(name, await pulumi.record(name, environment));
    const deployment: Deployment = { ...wanted, action: "preview", yes: false };
    const found = new Differences();
    const look = await run({ stack, pulumi, deployment }, "preview of refresh", { steps: found, quiet: true });
    if (!look.succeeded) throw new UserError(`not everything could be looked at:\n${look.error ?? "unknown"}`);
    if (!found.complete) throw new UserError("Pulumi's account of what it has seen has gaps: try again");
    const differences = [...found.all, ...(await foreignRules(found.recorded, ec2Client))];
    return {
      stack: name,
      differs: differences.length > 0,
      looked: found.recorded.length,
      seconds: look.seconds,
      differences,
    };
  } finally {
    stopListening();
    pulumi.close();
  }
}

/** What an update has in hand, or was killed at, may be in AWS and not in the state yet: that is no drift. */
function requireSettled(name: string, { deployment }: StackRecord): void {
  if ((deployment?.resources ?? []).length === 0)
    throw new UserError(`stack ${name} is not deployed: there is nothing to compare`);
  const pending = deployment?.pending_operations ?? [];
  if (pending.length > 0) {
    throw new UserError(
      `an update of stack ${name} is under way, or was killed (${pending.length} operations are not finished): wait ` +
        `for it, or run \`npm run deploy -- --stack ${name}\`, which goes on`,
    );
  }
}
