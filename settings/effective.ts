import { checkSettings, derivedClusterName } from "./check";
import type { Fault } from "./faults";
import { sections, settingOf, type SettingKey } from "./schema";
import type { StackFile } from "./stackFile";
import { wrapped } from "./wrapped";
import { regionVariable } from "./region";

/** A setting as a stack has it. */
export interface EffectiveSetting {
  readonly key: string;
  /** The heading under which it stands in docs/settings.md. */
  readonly section: string;
  /** The value; as the file has it where it is not sound; a word in brackets where it can't or must not be shown. */
  readonly value: unknown;
  readonly unit?: string;
  /** The origin of the value: `Pulumi.prod.yaml line 12`, `default`, `AWS_REGION`. */
  readonly from: string;
  readonly description: string;
}

/** Every setting of a stack, and every fault of its configuration. */
export interface EffectiveSettings {
  readonly settings: readonly EffectiveSetting[];
  readonly faults: readonly Fault[];
}

/**
 * The settings that a stack's file and the environment come to.
 * @param fileName as it is shown
 */
export function effectiveSettings(
  file: StackFile,
  fileName: string,
  environment: Readonly<Record<string, string | undefined>>,
): EffectiveSettings {
  const { raw, context, encrypted, lines } = file;
  const lineOf = (fullKey: string): string => `${fileName} line ${lines[fullKey]}`;
  const variable = regionVariable(environment);
  const region: EffectiveSetting = {
    key: "aws:region",
    section: "Cluster",
    value: context.region ?? (variable ? environment[variable] : ""),
    from: context.region !== undefined ? lineOf("aws:region") : (variable ?? "nowhere"),
    description: "The AWS region.",
  };

  const effective = (key: SettingKey, section: string): EffectiveSetting => {
    const { unit, description, secret } = settingOf(key);
    const about = { key, section, unit, description };
    if (!(key in raw)) {
      const isDerived = key === "clusterName";
      const value = isDerived ? derivedClusterName(context.stack) : settingOf(key).default;
      return { ...about, value, from: isDerived ? "the stack's name" : "default" };
    }
    const from = lineOf(`${context.project}:${key}`);
    if (encrypted.includes(key)) return { ...about, value: "(encrypted)", from };
    if (secret && raw[key] !== "") return { ...about, value: "(hidden)", from };
    if (key === "clusterName" && raw[key] === "")
      return {
        ...about,
        value: derivedClusterName(context.stack),
        from: `the stack's name, as it is empty in ${from}`,
      };
    const checked = settingOf(key).rule.safeParse(raw[key]);
    return { ...about, value: checked.success ? checked.data : raw[key], from };
  };
  const settings = sections.flatMap(({ title, settings: own }) =>
    (Object.keys(own) as SettingKey[]).map((key) => effective(key, title)),
  );
  // What is encrypted counts as given, and is Pulumi's to check.
  const isOpen = ({ path }: Fault): boolean => !encrypted.some((key) => path.startsWith(key));
  const { faults } = checkSettings(raw, { ...context, region: String(region.value) });
  return { settings: [region, ...settings], faults: faults.filter(isOpen) };
}

const lineWidth = 120;

/** The settings in words: value, origin and meaning of each. */
export function effectiveText(settings: readonly EffectiveSetting[]): string {
  const titles = [...new Set(settings.map(({ section }) => section))];
  const parts = titles.map((title) => {
    const entries = settings
      .filter(({ section }) => section === title)
      .flatMap(({ key, value, unit, from, description }) => [
        `  ${key} = ${shownValue(value)}${unit ? ` ${unit}` : ""}  (${from})`,
        ...wrapped(description, lineWidth - 6).map((line) => `      ${line}`),
      ]);
    return [title, ...entries].join("\n");
  });
  return parts.join("\n\n");
}

function shownValue(value: unknown): string {
  return typeof value === "string" && value !== "" ? value : JSON.stringify(value);
}
