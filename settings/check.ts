import type { z } from "zod";
import { SettingsError, type Fault } from "./faults";
import { parseJsonText } from "./fields";
import type { LearnedTypes } from "./instanceTypes";
import { nest } from "./nesting";
import { ruleFaults } from "./rules/rules";
import { inUnit } from "./units";
import { unknownKeyFault } from "./unknownKeys";
import { schema, settingKeys, settingOf, type SettingKey, type Values } from "./schema";
import type { Settings, SettingsContext } from "./settings";

/** Every fault of a raw configuration, or the settings when there is none. */
export function checkSettings(
  raw: Record<string, unknown>,
  context: SettingsContext,
): { settings?: Settings; faults: Fault[] } {
  const faults: Fault[] = Object.keys(raw)
    .filter((key) => !(key in schema))
    .map((key) => unknownKeyFault(key, settingKeys, key));

  const region = context.region ?? "";
  const regionIsSound = /^[a-z]{2}(-[a-z]+)+-\d$/.test(region);
  if (!regionIsSound) {
    faults.push({
      path: "aws:region",
      message:
        `${region ? `"${region}" is not an AWS region` : "missing"}; set it, e.g. pulumi config set ` +
        "aws:region us-east-1",
    });
  }

  const { learnedTypes = [] } = context;
  const sound: LearnedTypes & Record<string, unknown> = { learnedTypes, ...(regionIsSound ? { region } : {}) };
  for (const key of settingKeys) {
    const given = raw[key];
    const { rule, default: fallback } = settingOf(key);
    const result = rule.safeParse(given === undefined || given === null ? fallback : given);
    if (result.success) {
      sound[key] = result.data;
      continue;
    }
    const found = result.error.issues.flatMap((issue) => issueFaults(key, issue, given));
    const learned = learnedTypes.find(({ type }) => type === String(given).trim());
    if (learned !== undefined && found.every(({ kind }) => kind === "unknown type")) sound[key] = learned.type;
    else faults.push(...found);
  }
  if (sound.clusterName === "") {
    const derived = derivedClusterName(context.stack);
    if (schema.clusterName.rule.safeParse(derived).success) sound.clusterName = derived;
    else
      faults.push({
        path: "clusterName",
        message: `can't be derived: "${derived}" is too long; set clusterName to 32 characters or less`,
      });
  }
  faults.push(...ruleFaults(sound));
  if (faults.length > 0) return { faults };
  const { project, stack } = context;
  return {
    settings: { project, stack, region, learnedTypes, ...nest(sound as unknown as Values) } as unknown as Settings,
    faults,
  };
}

/**
 * Checks a stack's raw configuration (bare keys such as `brokerCount`; values as Pulumi keeps them, text included).
 * Throws ONE `SettingsError` with every fault.
 */
export function parseSettings(raw: Record<string, unknown>, context: SettingsContext): Settings {
  const { settings, faults } = checkSettings(raw, context);
  if (!settings) throw new SettingsError(faults);
  return settings;
}

/** `kafka-<stack>` with the characters that AWS names allow. */
export function derivedClusterName(stack: string): string {
  return `kafka-${stack
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, "-")
    .replace(/^-|-$/g, "")}`;
}

function issueFaults(key: SettingKey, issue: z.core.$ZodIssue, given: unknown): Fault[] {
  const path = issue.path.reduce<string>(
    (text, part) => (typeof part === "number" ? `${text}[${part}]` : `${text}.${String(part)}`),
    key,
  );
  if (issue.code === "unrecognized_keys") {
    return issue.keys.map((name) =>
      key === "topics" && /^(replicationFactor|replicas|copies)$/i.test(name)
        ? { path: `${path}.${name}`, message: "unknown key; every topic has replicationFactor copies" }
        : unknownKeyFault(name, Object.keys(settingOf(key).items?.fields ?? {}), `${path}.${name}`),
    );
  }
  const kind = issue.code === "custom" ? (issue.params?.kind as Fault["kind"]) : undefined;
  return [{ path, message: withAmount(issue, key, given), ...(kind === undefined ? {} : { kind }) }];
}

/** What was typed with a unit, `6g`, is answered with the number that was meant rather than with any right one. */
function withAmount(issue: z.core.$ZodIssue, key: SettingKey, given: unknown): string {
  const typed = issue.path.reduce<unknown>(
    (value, part) => (value as Record<PropertyKey, unknown>)[part],
    parseJsonText(given),
  );
  const meant =
    issue.code === "invalid_type" && typeof typed === "string"
      ? inUnit(typed, String(issue.path.at(-1) ?? key))
      : undefined;
  const taken = meant !== undefined && (issue.path.length > 0 || settingOf(key).rule.safeParse(meant).success);
  return taken ? issue.message.replace(/give digits, .*$/, `give digits alone: ${meant}`) : issue.message;
}
