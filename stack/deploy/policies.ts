/** The policy pack, to which previews and updates are held. */
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { repository } from "../../artifacts/repository";
import { readStackFile } from "../../settings/stackFile";
import { project, stackFile } from "../stackFile";
import type { Session } from "./deployment";

const pack = join(repository, "policyPack");

/** Settings by which a stack says that it does not want what a rule holds: key, value, rule. */
const renounced = [
  ["dataProtection", "false", "volumes-protected"],
  ["allowAnywhere", "true", "no-open-port"],
] as const;

/** The Automation API's options for the pack. */
export function policyOptions({ pulumi, deployment }: Pick<Session, "pulumi" | "deployment">) {
  const rules = renouncedRules(deployment.stack, deployment.configFile);
  writeFileSync(pulumi.policyConfigFile, JSON.stringify(Object.fromEntries(rules.map((rule) => [rule, "disabled"]))));
  return { policyPacks: [pack], policyPackConfigs: [pulumi.policyConfigFile] };
}

/**
 * The rules to which a stack is not held, by its settings.
 * @param file with the settings
 */
export function renouncedRules(stack: string, file = stackFile(stack)): string[] {
  if (!existsSync(file)) return [];
  const { raw } = readStackFile(readFileSync(file, "utf8"), { project, stack });
  return renounced.flatMap(([key, value, rule]) => (String(raw[key]) === value ? [rule] : []));
}
