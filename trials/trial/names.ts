/** The names of a trial's things. */
import type { TrialRequest } from "./arguments";

/** The names of one trial. */
export interface TrialNames {
  /** The name of the Pulumi stack; its settings are in Pulumi.<stack>.yaml, which git ignores. */
  readonly stack: string;
  /** The tag by which everything is found, and the prefix of every name. */
  readonly clusterName: string;
  /** The command that removes what is left. */
  readonly cleanCommand: string;
}

/** The names of a trial: there is one in a region of an account, and one in a lab. */
export function trialNames({ place, region }: Pick<TrialRequest, "place" | "region">): TrialNames {
  const name = place === "lab" ? "trial-local" : `trial-${region}`;
  const where = place === "lab" ? "--local" : `--region ${region}`;
  return { stack: name, clusterName: name, cleanCommand: `npm run trial -- --clean ${where}` };
}
