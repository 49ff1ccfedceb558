/** A change of a stack and the smoke test after it. */
import { readFileSync } from "node:fs";
import { interruptionSignal } from "../cli/interruption";
import { ClientHosts } from "./clientHost/clientHost";
import { printSmoke, smokeHasPassed, smokeTest, type SmokeResult } from "./smoke";
import { readOutputs, type StackOutputs } from "../planning/cluster/outputs";
import type { Action, Deployment, DeploymentResult } from "../stack/deploy/deployment";
import { deployStack } from "../stack/deploy/deployStack";
import { changesText } from "../stack/engineProgress";
import type { Environment } from "../stack/environment";
import { givenSetting, hasStackFile, stackFile, withConfigFile, withGiven } from "../stack/stackFile";
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
  /** Settings for this run only, `KEY=VALUE`. Default: none. */
  readonly set?: readonly string[];
  /** Keeps the smoke test from being begun. */
  readonly signal?: AbortSignal;
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
  const { stack, action, yes, remove, replaceVolume, report, environment, set = [] } = options;
  if (action === "destroy" && yes) await removeClientHosts(options);
  const deployment = { stack, action, yes, remove, replaceVolume, environment, report };
  const result = await (set.length === 0 ? deployStack(deployment) : deployWith(set, deployment));
  const base = { stack, action, ...result };
  if (!result.succeeded) return base;
  report(`${sentence[action]} in ${result.seconds} s: ${changesText(result.changes, action === "preview")}`);
  const { outputs } = result;
  if (action !== "update" || options.smoke === "never" || outputs === undefined) return base;
  if (options.smoke === "auto" && !result.changed && (await smokeHasPassed(outputs))) return base;

  if (options.signal?.aborted) return { ...base, succeeded: false, error: "interrupted before the smoke test" };
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

/** Deploys with settings that the stack's file does not have, and does not get. */
function deployWith(set: readonly string[], deployment: Deployment): Promise<DeploymentResult> {
  const { stack, report } = deployment;
  const text = hasStackFile(stack) ? readFileSync(stackFile(stack), "utf8") : "";
  const keys = set.map((word) => givenSetting(word)[0]).join(", ");
  return withConfigFile(stack, withGiven(text, set), (configFile) => {
    report(`for this run only: ${keys}; an update without --set takes it back`);
    return deployStack({ ...deployment, configFile });
  });
}

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
