import { existsSync, readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { parse } from "yaml";
import { overloadFaults, roomFaults } from "../../planning/overload";
import { SettingsError, throwFaults } from "../../settings/faults";
import { unknownType } from "../../settings/schema";
import { parseSettings, type Settings } from "../../settings/settings";
import { repository } from "../repository";

export const project = "kafka-on-ec2";

export function stackFile(stack: string): string {
  // With an organization in front (`acme/prod`) the file still has the short name.
  return join(repository, `Pulumi.${stack.slice(stack.lastIndexOf("/") + 1)}.yaml`);
}

export function hasStackFile(stack: string): boolean {
  return existsSync(stackFile(stack));
}

/** The stacks that have a file here: `local`, `prod`. */
export function knownStacks(): string[] {
  return readdirSync(repository)
    .flatMap((name) => /^Pulumi\.(.+)\.yaml$/.exec(name)?.[1] ?? [])
    .sort();
}

interface StackFile {
  readonly config?: Readonly<Record<string, unknown>> | null;
}

/**
 * The settings that the text of a stack's file stands for; undefined when something is encrypted, which only Pulumi can read.
 * Throws a SettingsError.
 * @param region where the text names none
 */
export function settingsOf(text: string, stack: string, region: string | undefined): Settings | undefined {
  const { config } = (parse(text) ?? {}) as StackFile;
  const raw = Object.fromEntries(
    Object.entries(config ?? {}).flatMap(([key, value]) =>
      key.startsWith(`${project}:`) ? [[key.slice(project.length + 1), value]] : [],
    ),
  );
  const encrypted = (value: unknown) => typeof value === "object" && value !== null && "secure" in value;
  const hidden = Object.keys(raw).filter((key) => encrypted(raw[key]));
  if (hidden.some((key) => key !== "access.sshPrivateKey")) return undefined;
  // Stands for the hidden one: the check of its form is the program's.
  if (hidden.length > 0) raw["access.sshPrivateKey"] = "-----BEGIN OPENSSH PRIVATE KEY-----\n";
  const own = config?.["aws:region"];
  return parseSettings(raw, {
    project,
    stack: stack.slice(stack.lastIndexOf("/") + 1),
    region: typeof own === "string" ? own : region,
  });
}

/**
 * Checks a stack's settings before the engine starts, so that all faults come at once and in a second. Throws a
 * SettingsError. What only Pulumi can know (an encrypted value, an instance type that is not in the table) is left to the program, which checks all of it again.
 */
export function checkStackFile(stack: string, environment: Readonly<Record<string, string>>): void {
  if (!hasStackFile(stack)) return;
  const region = environment.AWS_REGION ?? environment.AWS_DEFAULT_REGION;
  let settings: Settings | undefined;
  try {
    settings = settingsOf(readFileSync(stackFile(stack), "utf8"), stack, region);
  } catch (error) {
    if (!(error instanceof SettingsError)) throw error;
    // The program asks EC2 about a type that is not in the table.
    throwFaults(error.faults.filter(({ message }) => !message.includes(unknownType)));
  }
  if (settings === undefined) return;
  throwFaults([...roomFaults(settings), ...(settings.allowOverload ? [] : overloadFaults(settings))]);
}
