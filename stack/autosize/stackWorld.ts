import { readFileSync, writeFileSync } from "node:fs";
import { readOutputs } from "../../planning/cluster/outputs";
import { deployStack } from "../deploy/deployStack";
import type { Environment } from "../environment";
import { opsAccess } from "../opsAccess";
import { stackFile, withConfigFile } from "../stackFile";
import { rawStackOutputs } from "../stackOutputs";
import { measureStack } from "./measureStack";
import type { AutosizeWorld } from "./run";
import { volumeModifications } from "./volumeHold";
import { regionFrom } from "../../settings/region";

/**
 * A stack that is up, for autosize.
 * @param environment of the stack, already adopted by this process
 * @param seconds how long to look at the cluster
 * @param deploy updates the stack by its file
 */
export async function stackWorld(
  stack: string,
  environment: Environment,
  seconds: number,
  report: (line: string) => void,
  deploy: AutosizeWorld["deploy"],
): Promise<AutosizeWorld> {
  const raw = await rawStackOutputs(stack, environment);
  const access = await opsAccess(raw, stack);
  const outputs = readOutputs(raw);
  return {
    file: readFileSync(stackFile(stack), "utf8"),
    region: regionFrom(environment),
    plan: outputs.plan,
    measure: () => measureStack(access, seconds, report),
    modifications: () => volumeModifications(outputs),
    preview: (text) => previewWith(text, stack, environment, report),
    write: (text) => writeFileSync(stackFile(stack), text),
    deploy,
    now: () => new Date(),
  };
}

/** A preview with another text in the place of the stack's file. */
function previewWith(text: string, stack: string, environment: Environment, report: (line: string) => void) {
  return withConfigFile(stack, text, (configFile) =>
    deployStack({ stack, action: "preview", yes: true, environment, configFile, report }),
  );
}
