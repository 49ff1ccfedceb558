import { existsSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { loadFaults } from "../planning/capacity/overload";
import { SettingsError, throwFaults } from "../settings/faults";
import { parseSettings } from "../settings/check";
import { parseJsonText } from "../settings/fields";
import type { Settings } from "../settings/settings";
import { readStackFile, withConfig } from "../settings/stackFile";
import { repository } from "../artifacts/repository";
import { UserError } from "../settings/userError";
import { regionFrom } from "../settings/region";

/** The project's name, as in Pulumi.yaml. */
export const project = "kafka-on-ec2";

/** A stack's name without its organization: with one in front (`acme/prod`) the file still has the short name. */
function shortName(stack: string): string {
  return stack.slice(stack.lastIndexOf("/") + 1);
}

/** The path of a stack's file. */
export function stackFile(stack: string): string {
  return join(repository, `Pulumi.${shortName(stack)}.yaml`);
}

/** Whether a stack has a file here. */
export function hasStackFile(stack: string): boolean {
  return existsSync(stackFile(stack));
}

/** Throws a UserError, with the stacks that have a file, when this one has none. */
export function requireStackFile(stack: string): void {
  if (hasStackFile(stack)) return;
  throw new UserError(`there is no Pulumi.${stack}.yaml; there are files for ${knownStacks().join(", ")}`);
}

/** The stacks that have a file here: `local`, `prod`. */
export function knownStacks(): string[] {
  return readdirSync(repository)
    .flatMap((name) => /^Pulumi\.(.+)\.yaml$/.exec(name)?.[1] ?? [])
    .sort();
}

/** A setting of the command line, `KEY=VALUE`: its key without the project's name, and its text. Throws a UserError. */
export function givenSetting(word: string): readonly [key: string, value: string] {
  const [, key, value = ""] = /^([^=\s]+)=(.*)$/s.exec(word) ?? [];
  if (key === undefined) throw new UserError(`--set ${word}: KEY=VALUE is wanted, as --set brokerCount=7`);
  return [key.startsWith(`${project}:`) ? key.slice(project.length + 1) : key, value];
}

/** The text of a stack's file with the settings of the command line in it; lists and maps are given as JSON. */
export function withGiven(text: string, given: readonly string[]): string {
  const changes = given.map(givenSetting).map(([key, value]) => {
    const json = parseJsonText(value);
    return [key, typeof json === "object" && json !== null ? json : value];
  });
  return withConfig(text, Object.fromEntries(changes) as Record<string, unknown>, { project });
}

/**
 * Lets `use` work with a file that has this text, in the place of the stack's own. It is gone afterwards, and only this
 * user could read it.
 */
export async function withConfigFile<Result>(
  stack: string,
  text: string,
  use: (configFile: string) => Promise<Result>,
): Promise<Result> {
  const folder = mkdtempSync(join(tmpdir(), "settings-"));
  const configFile = join(folder, basename(stackFile(stack)));
  try {
    writeFileSync(configFile, text, { mode: 0o600 });
    return await use(configFile);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/**
 * The settings that the text of a stack's file stands for; undefined when something is encrypted, or comes from an
 * environment, which only Pulumi can read. Throws a SettingsError.
 * @param region where the text names none
 */
export function settingsOf(text: string, stack: string, region: string | undefined): Settings | undefined {
  const { raw, context, encrypted, hasEnvironment } = readStackFile(text, { project, stack: shortName(stack) });
  // The check of a hidden private key's form is the program's.
  if (hasEnvironment || encrypted.some((key) => key !== "sshPrivateKey")) return undefined;
  return parseSettings(raw, { ...context, region: context.region ?? region });
}

/**
 * Checks a stack's settings before the engine starts, so that all faults come at once and in a second. Throws a
 * SettingsError. What only Pulumi can know (an encrypted value, an instance type that is not in the table) is left to
 * the program, which checks all of it again.
 * @param file with the settings that are used instead of the stack's own
 */
export function checkStackFile(
  stack: string,
  environment: Readonly<Record<string, string>>,
  file = stackFile(stack),
): void {
  if (!existsSync(file)) return;
  const region = regionFrom(environment);
  let settings: Settings | undefined;
  try {
    settings = settingsOf(readFileSync(file, "utf8"), stack, region);
  } catch (error) {
    if (!(error instanceof SettingsError)) throw error;
    // The program asks EC2 about a type that is not in the table.
    throwFaults(error.faults.filter(({ kind }) => kind !== "unknown type"));
  }
  if (settings === undefined) return;
  throwFaults(loadFaults(settings));
}
