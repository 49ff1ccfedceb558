import { parseCidr } from "../../settings/cidr";
import type { Values } from "../../cli/command";
import { flag, matching, optional, reportFile } from "../../cli/options";
import { UsageError } from "../../cli/userError";

/** The declaration of `npm run trial`. */
export const trialCommand = {
  name: "trial",
  usage: [
    "--region R [options]     on your own AWS account; costs money, and says how much",
    "--local                  the same on the local stack's EC2",
    "--clean --region R       finds what an earlier trial left behind, and removes it",
  ],
  about:
    "Deploys a small cluster of its own, rolls, breaks, grows and shrinks it, holds what the program assumes about " +
    "AWS against what it sees, and takes everything down again. Exit code 0 only if all of it held.",
  options: {
    region: matching("R", "where, such as us-east-1", /^[a-z]{2}(-[a-z]+)+-\d$/, "a region such as us-east-1"),
    local: flag("on the local stack's EC2"),
    clean: flag("remove what an earlier trial left behind"),
    yes: flag("don't ask"),
    sshCidr: optional(
      "C",
      "who may reach the trial's ops host (default: the address from which this machine is seen)",
      (word, option) => {
        const cidr = parseCidr(word);
        if (typeof cidr === "string") throw new UsageError(`${option} ${word}: ${cidr}`);
        return word;
      },
    ),
    json: reportFile("write the result as JSON"),
  },
};

/** The trial that one command is to make. */
export interface TrialRequest {
  readonly kind: "trial" | "clean";
  readonly place: "aws" | "lab";
  /** The region, `us-east-1`; on the lab it is always that. */
  readonly region: string;
  readonly yes: boolean;
  readonly sshCidr?: string;
  readonly json?: string;
}

/** The region whose names the lab speaks. */
const labRegion = "us-east-1";

/** The request that the options stand for. Throws a UsageError. */
export function trialRequest(values: Values<(typeof trialCommand)["options"]>): TrialRequest {
  const { local, clean, region, yes, sshCidr, json } = values;
  if (local && region !== undefined) throw new UsageError("--local and --region exclude each other");
  if (!local && region === undefined)
    throw new UsageError(
      "--region is missing: where the trial runs, on your own AWS account; --local runs it in the lab",
    );
  if (sshCidr !== undefined && clean) throw new UsageError("--ssh-cidr does not go with --clean");
  const [kind, place] = [clean ? "clean" : "trial", local ? "lab" : "aws"] as const;
  return { kind, place, region: region ?? labRegion, yes, sshCidr, json };
}
