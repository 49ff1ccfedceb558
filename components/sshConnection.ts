import type * as command from "@pulumi/command";
import type * as pulumi from "@pulumi/pulumi";

/** How Pulumi's remote commands reach the ops host. */
export type SshConnection = command.types.input.remote.ConnectionArgs;

/**
 * The first pause between dials in seconds: `@pulumi/command` waits 0.1 s, then 1.5 times as long each time, up to 5 s
 * (retry.Until of Pulumi's SDK).
 */
const firstDelaySeconds = 0.1;
const delayGrowth = 1.5;
const longestDelaySeconds = 5;
/** A dial that nobody answers is given up after this time. */
const perDialTimeout = 15;

/**
 * A connection that is tried until the deadline, and only to the host with the expected key.
 *
 * The deadline is exact for a host that refuses, as it does until its SSH server runs. A host that stays silent (a
 * wrong `sshCidrs`) costs `perDialTimeout` more for each dial, four times the deadline in all.
 */
export function sshConnection(args: {
  readonly host: pulumi.Input<string>;
  readonly user: string;
  readonly privateKey: pulumi.Output<string>;
  /** OpenSSH public key of the host. */
  readonly hostKey: pulumi.Input<string>;
  readonly deadlineSeconds: number;
}): SshConnection {
  const { deadlineSeconds, ...target } = args;
  return { ...target, dialErrorLimit: dialErrorLimit(deadlineSeconds), perDialTimeout };
}

/** How many refused dials fill `deadlineSeconds`. */
export function dialErrorLimit(deadlineSeconds: number): number {
  let dials = 0;
  let waited = 0;
  for (
    let delay = firstDelaySeconds;
    waited < deadlineSeconds;
    delay = Math.min(delay * delayGrowth, longestDelaySeconds)
  ) {
    waited += delay;
    dials += 1;
  }
  return dials;
}
