/** A change of a stack and the smoke test after it. */
import { interruptionSignal } from "../cli/interruption";
import { ClientHosts } from "./clientHost/clientHost";
import { printSmoke, smokeHasPassed, smokeTest, type SmokeResult } from "./smoke";
import { readOutputs, type StackOutputs } from "../planning/cluster/outputs";
import type { Action, DeploymentResult } from "../stack/deploy/deployment";
import { deployStack } from "../stack/deploy/deployStack";
import { changesText } from "../stack/engineProgress";
import type { Environment } from "../stack/environment";
import { rawStackOutputs } from "../stack/stackOutputs";

/** The options of a deploy. */
export interface DeployOptions {
  readonly stack: string;
  readonly action: Action;
  readonly yes: boolean;
  /** Brokers that may be deleted with all that they have. Default: none. */
  readonly remove?: readonly string[];
  /** The node whose data volume is replaced by an empty one. Default: none. */
  readonly replaceVolume?: string;
  /** Whether the smoke test is run. Default `auto`: after a change, and until one has passed. */
  readonly smoke: "auto" | "always" | "never";
  readonly events?: number;
  readonly environment: Environment;
  readonly report: (line: string) => void;
}

/** The whole of a deploy, as `--json` writes it. */
export interface DeployResult extends DeploymentResult {
  readonly stack: string;
  readonly action: Action;
  readonly smoke?: SmokeResult;
}

/** Deploys and tests. A failed update or test is a result; what can't begin is an error. */
export async function deploy(options: DeployOptions): Promise<DeployResult> {
  const { stack, action, yes, remove, replaceVolume, report, environment } = options;
  if (action === "destroy" && yes) await removeClientHosts(options);
  const result = await deployStack({ stack, action, yes, remove, replaceVolume, environment, report });
  const base = { stack, action, ...result };
  if (!result.succeeded) return base;
  report(`${sentence[action]} in ${result.seconds} s: ${changesText(result.changes, action === "preview")}`);
  const { outputs } = result;
  if (action !== "update" || options.smoke === "never" || outputs === undefined) return base;
  if (options.smoke === "auto" && !result.changed && (await smokeHasPassed(outputs))) return base;

  report("smoke test: a client on a host of its own writes and reads events");
  const interruption = interruptionSignal();
  try {
    const smoke = await smokeTest(outputs, { events: options.events, report, signal: interruption.signal });
    printSmoke(smoke, report);
    return {
      ...base,
      smoke,
      succeeded: smoke.passed,
      error: smoke.passed ? undefined : `smoke test: ${smoke.faults.join("; ")}`,
    };
  } finally {
    interruption.stop();
  }
}

const sentence: Readonly<Record<Action, string>> = {
  preview: "previewed",
  update: "updated",
  destroy: "destroyed",
};

/**
 * Removes client hosts: one in a subnet would keep the network from being deleted. Whatever hinders this does not
 * hinder the destroy.
 */
async function removeClientHosts({ stack, environment, report }: DeployOptions): Promise<void> {
  try {
    const outputs: StackOutputs = readOutputs(await rawStackOutputs(stack, environment));
    await new ClientHosts(outputs).removeAll(report);
  } catch {
    return;
  }
}
