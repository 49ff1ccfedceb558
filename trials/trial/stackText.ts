/** The settings of a trial's stack. Pure. */
import { stringify } from "yaml";
import type { SettingKey } from "../../settings/schema";
import { readStackFile, withConfig } from "../../settings/stackFile";
import { UserError } from "../../settings/userError";
import { project } from "../../stack/stackFile";

/** Settings that differ from those of the file, by flat key. */
export type Overrides = Partial<Readonly<Record<SettingKey, unknown>>>;

/** The facts that are known only when the trial begins. */
export interface TrialPlace {
  readonly region: string;
  readonly clusterName: string;
  readonly zones: readonly string[];
  readonly sshCidr: string;
}

/**
 * The text of the stack's file.
 * @param template of settings.yaml
 */
export function trialStackText(template: string, { region, clusterName, zones, sshCidr }: TrialPlace): string {
  const place = { "aws:region": region, clusterName, availabilityZones: zones, sshCidrs: [sshCidr] };
  return withConfig(template, place, { project });
}

/**
 * The same for the lab: how AWS and the ops host are reached, and the secrets' salt, are the local stack's; its keys
 * are not, whose rights end at the local stack's cluster. @param local its file's text
 */
export function labStackText(template: string, local: string, clusterName: string): string {
  const own = readStackFile(withConfig(template, { clusterName }, { project }), { project, stack: "trial" });
  const { config, encryptionsalt } = readStackFile(local, { project, stack: "local" });
  const kept = [`${project}:sshCidrs`, `${project}:guardianPatienceMinutes`];
  const keys = ["aws:accessKey", "aws:secretKey"];
  const ofLab = Object.entries(config).filter(
    ([key]) => (key.startsWith("aws:") && !keys.includes(key)) || kept.includes(key),
  );
  return stringify({ config: { ...Object.fromEntries(ofLab), ...own.config }, encryptionsalt });
}

/** The text of a stack's file with other settings; what Pulumi has put into it stays. */
export function withSettings(text: string, settings: Overrides): string {
  return withConfig(text, settings, { project });
}

/** The size of a broker's volume that the file has. Throws a UserError where it has none. */
export function volumeGiBIn(text: string): number {
  const size = readStackFile(text, { project, stack: "trial" }).raw.brokerVolumeGiB;
  if (size === undefined) throw new UserError("the trial's settings have no brokerVolumeGiB");
  return Number(size);
}

/** A zone of a region, and what it offers. */
export interface Zone {
  readonly name: string;
  /** The instance types wanted that are offered there. */
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
