/** The life of a client host, and who may end it. Pure. */
import type { Instance } from "@aws-sdk/client-ec2";
import { tagKeys } from "../../planning/cluster/names";

/** Seconds after the operator has given up: then the host ends by itself. */
const graceSeconds = 120;

/**
 * Seconds that a host lives: from its first seconds on it waits so long, and then switches itself off, whatever became
 * of the job.
 */
export const lifeSeconds = (deadlineSeconds: number): number => deadlineSeconds + graceSeconds;

const tagOf = ({ Tags = [] }: Instance, key: string) => Tags.find(({ Key }) => Key === key)?.Value ?? "";

/**
 * Ids of the hosts whose time is up and that are there all the same. A host without the tag has time: it ends by
 * itself.
 */
export function overdue(hosts: readonly Instance[], now: number): string[] {
  return idsOf(hosts.filter((host) => Date.parse(tagOf(host, tagKeys.ends)) <= now));
}

/** Ids of the hosts that run one of the given jobs. */
export function runningJobs(hosts: readonly Instance[], jobs: readonly string[]): string[] {
  return idsOf(hosts.filter((host) => jobs.includes(tagOf(host, tagKeys.job).replace(/-[^-]*$/, ""))));
}

/** Ids of the hosts. */
export const idsOf = (hosts: readonly Instance[]): string[] => hosts.flatMap(({ InstanceId }) => InstanceId ?? []);

/**
 * What a job with this deadline lacks of the credentials that sign its addresses: when they end the addresses do, and
 * the job can say nothing any more. Undefined when nothing is lacking.
 * @param expiration undefined: never, or not known
 */
export function credentialsFault(
  job: string,
  deadlineSeconds: number,
  expiration: Date | undefined,
  now: number,
): string | undefined {
  const seconds = expiration === undefined ? Infinity : (expiration.getTime() - now) / 1000;
  if (expiration === undefined || seconds >= deadlineSeconds) return undefined;
  const minutes = (value: number) => Math.max(0, value / 60).toFixed(0);
  return (
    `the AWS credentials end at ${expiration.toISOString()}, in ${minutes(seconds)} minutes, ` +
    `and the ${job} job may take ${minutes(deadlineSeconds)}: log in again, or have longer sessions`
  );
}
