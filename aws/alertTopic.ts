import * as sns from "@pulumi/aws/sns";
import type { InvokeOptions } from "@pulumi/pulumi";
import type { Fault } from "../settings/faults";
import type { Settings } from "../settings/settings";
import { answerOrReason } from "./answer";

/**
 * The fault of an `alertTopicArn` that names no topic. Only those of this account can be looked for.
 * @param account the number of the account that deploys; undefined where it is not known
 */
export async function alertTopicFaults(
  { monitoring: { alertTopicArn }, region }: Settings,
  account: string | undefined,
  ask: InvokeOptions,
): Promise<Fault[]> {
  const [, , , , owner, name = ""] = alertTopicArn.split(":");
  if (alertTopicArn === "" || owner !== account) return [];
  const answer = await answerOrReason(sns.getTopic({ name }, ask));
  if (typeof answer !== "string") return [];
  return [
    {
      path: "alertTopicArn",
      message:
        `SNS does not tell of ${alertTopicArn} (${answer}); give a topic of ${region}, or leave it empty for one ` +
        "that the program makes",
    },
  ];
}
