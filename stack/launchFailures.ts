import type { AutoScalingClientConfig } from "@aws-sdk/client-auto-scaling";
import { adoptEnvironment, type Environment } from "./environment";

/** Seconds for asking: it must not hold up the error that it is to explain. */
const askSeconds = 10;

/** The group whose instance the provider has waited for in vain; undefined for any other message. */
export function emptyGroupIn(message: string): string | undefined {
  return /Auto Scaling Group \(([^)]+)\) capacity satisfied/.exec(message)?.[1];
}

/**
 * The provider's words, and those of the last activity of the group that they tell of, or the reason for which it could
 * not be asked.
 */
export async function withLastActivity(message: string, region: string, environment: Environment): Promise<string> {
  const group = emptyGroupIn(message);
  if (group === undefined) return message;
  adoptEnvironment(environment);
  const words = await lastActivity(group, { region }).catch(
    (error: Error) => `could not be asked (${error.message}); aws autoscaling describe-scaling-activities tells`,
  );
  return `${message}\nthe last activity of ${group}: ${words}`;
}

/** The result of a group's latest activity. Rejects with AWS's words, and after 10 s. */
export async function lastActivity(group: string, settings: AutoScalingClientConfig): Promise<string> {
  const { AutoScalingClient, DescribeScalingActivitiesCommand } = await import("@aws-sdk/client-auto-scaling");
  const client = new AutoScalingClient({ ...settings, maxAttempts: 2 });
  const command = new DescribeScalingActivitiesCommand({ AutoScalingGroupName: group, MaxRecords: 1 });
  const abortSignal = AbortSignal.timeout(askSeconds * 1000);
  const [latest] = (await client.send(command, { abortSignal })).Activities ?? [];
  return latest?.StatusMessage ?? latest?.Description ?? "there has been none";
}
