/** The settings of a trial's stack. Pure. */
import { parse, stringify } from "yaml";
import type { SettingKey } from "../../settings/schema";
import { project } from "../../stack/stackFile";

interface StackFile {
  readonly config?: Readonly<Record<string, unknown>> | null;
  readonly encryptionsalt?: string;
}

export type Overrides = Partial<Readonly<Record<SettingKey, unknown>>>;

/** What is known only when the trial begins. */
export interface TrialPlace {
  readonly region: string;
  readonly clusterName: string;
  readonly zones: readonly string[];
  readonly sshCidr: string;
}

/** The text of the stack's file. @param template of settings.yaml */
export function trialStackText(template: string, { region, clusterName, zones, sshCidr }: TrialPlace): string {
  const text = withSettings(template, {
    clusterName,
    availabilityZones: zones,
    sshCidrs: [sshCidr],
  });
  const file = parse(text) as StackFile;
  return stringify({ ...file, config: { "aws:region": region, ...file.config } });
}

/**
 * The same for the lab: how AWS and the ops host are reached, and the secrets' salt, are the local stack's; its keys are not,
 * whose rights end at the local stack's cluster. @param local its file's text
 */
export function labStackText(template: string, local: string, clusterName: string): string {
  const file = parse(withSettings(template, { clusterName })) as StackFile;
  const { config, encryptionsalt } = parse(local) as StackFile;
  const kept = [`${project}:sshCidrs`, `${project}:guardianPatienceMinutes`];
  const keys = ["aws:accessKey", "aws:secretKey"];
  const ofLab = Object.entries(config ?? {}).filter(
    ([key]) => (key.startsWith("aws:") && !keys.includes(key)) || kept.includes(key),
  );
  return stringify({ config: { ...Object.fromEntries(ofLab), ...file.config }, encryptionsalt });
}

/** The text of a stack's file with other settings; what Pulumi has put into it stays. */
export function withSettings(text: string, settings: Overrides): string {
  const file = (parse(text) ?? {}) as StackFile;
  const given = Object.entries(settings).map(([key, value]) => [`${project}:${key}`, value] as const);
  return stringify({ ...file, config: { ...file.config, ...Object.fromEntries(given) } });
}

/** A zone of a region, and what it offers. */
export interface Zone {
  readonly name: string;
  /** Of the instance types wanted, those that are offered there. */
  readonly types: readonly string[];
}

/** The first three zones that have all the types. Throws an Error where there are fewer. */
export function chooseZones(zones: readonly Zone[], types: readonly string[], region: string): string[] {
  const fit = zones.filter((zone) => types.every((type) => zone.types.includes(type))).map(({ name }) => name);
  if (fit.length < 3) {
    const found = fit.length === 0 ? "no zone" : `only ${fit.join(", ")}`;
    throw new Error(`${region}: ${found} with ${types.join(" and ")}, three are needed; take another region`);
  }
  return fit.sort().slice(0, 3);
}
