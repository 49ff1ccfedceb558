import { parseArgs } from "node:util";
import { parseCidr } from "../../settings/cidr";
import { requireFolder, UsageError } from "../../cli/options";

export const trialUsage = `usage: npm run trial -- --region R [options]     on your own AWS account; costs money, and says how much
       npm run trial -- --local                  the same on the local stack's EC2
       npm run trial -- --clean --region R       finds what an earlier trial left behind, and removes it

Deploys a small cluster of its own, rolls, breaks, grows and shrinks it, holds what the program assumes about AWS against
what it sees, and takes everything down again. Exit code 0 only if all of it held.

  --yes            don't ask
  --ssh-cidr C     who may reach the trial's ops host; default: the address from which this machine is seen
  --json FILE      write the result as JSON`;

/** What one command is to do. */
export interface TrialRequest {
  readonly kind: "help" | "trial" | "clean";
  readonly place: "aws" | "lab";
  /** `us-east-1`; on the lab it is always that. */
  readonly region: string;
  readonly yes: boolean;
  readonly sshCidr?: string;
  readonly json?: string;
}

/** The region whose names the lab speaks. */
const labRegion = "us-east-1";

/** Reads the command line. Throws a UsageError. */
export function readTrialArguments(args: readonly string[]): TrialRequest {
  const values = parsed(args);
  const { local, region, json } = values;
  const sshCidr = values["ssh-cidr"];
  const place = local ? "lab" : "aws";
  if (values.help) return { kind: "help", place, region: labRegion, yes: false };
  const kind = values.clean ? "clean" : "trial";
  if (local && region !== undefined) throw new UsageError("--local and --region exclude each other");
  if (!local && region === undefined) throw new UsageError(`--region is missing\n\n${trialUsage}`);
  if (region !== undefined && !/^[a-z]{2}(-[a-z]+)+-\d$/.test(region))
    throw new UsageError(`--region ${region}: a region such as us-east-1 is wanted`);
  if (sshCidr !== undefined) {
    const cidr = parseCidr(sshCidr);
    if (typeof cidr === "string") throw new UsageError(`--ssh-cidr ${sshCidr}: ${cidr}`);
    if (kind === "clean") throw new UsageError("--ssh-cidr does not go with --clean");
  }
  if (json !== undefined) requireFolder("--json", json);
  return { kind, place, region: region ?? labRegion, yes: values.yes, sshCidr, json };
}

function parsed(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      options: {
        region: { type: "string" },
        local: { type: "boolean", default: false },
        clean: { type: "boolean", default: false },
        yes: { type: "boolean", default: false },
        "ssh-cidr": { type: "string" },
        json: { type: "string" },
        help: { type: "boolean", default: false },
      },
    }).values;
  } catch (error) {
    throw new UsageError(`${(error as Error).message.split(". ")[0]} (--help shows the options)`);
  }
}
