/** What a stack's configuration carries, survives and costs, in words or as data. Nothing is asked of AWS. */
import { readFileSync } from "node:fs";
import { overloadFaults, roomFaults } from "../planning/capacity/overload";
import { findCheapest } from "../planning/capacity/sizing";
import { planCluster } from "../planning/cluster/plan";
import { planTable } from "../planning/cluster/planText";
import { parseSettings } from "../settings/check";
import type { Settings } from "../settings/settings";
import { readStackFile } from "../settings/stackFile";
import { UserError } from "../settings/userError";
import { givenSetting, project, requireStackFile, stackFile } from "./stackFile";
import { regionFrom } from "../settings/region";

/** A configuration to show, with its title. */
export interface Shown {
  readonly title: string;
  readonly settings: Settings;
}

/** The answer to a question about a plan. */
export interface PlanReport {
  readonly text: string;
  /** The answer for programs. */
  readonly data: unknown;
  /** Whether the configuration carries its load, or one that does was found. */
  readonly isFeasible: boolean;
}

/** The raw configuration with the settings of the command line in it. Its values are as Pulumi keeps them: text. */
export function withSettings(
  raw: Readonly<Record<string, unknown>>,
  given: readonly string[],
): Record<string, unknown> {
  return { ...raw, ...Object.fromEntries(given.map(givenSetting)) };
}

/** The settings of a stack's file, with others in their place. Throws a UserError or a SettingsError. */
export function plannedSettings(stack: string, given: readonly string[]): Settings {
  requireStackFile(stack);
  return settingsWith(readFileSync(stackFile(stack), "utf8"), stack, given, process.env);
}

/**
 * The settings of a file's text, with others in their place.
 * @param environment names the region where the file does not, as for `pulumi up`
 */
export function settingsWith(
  text: string,
  stack: string,
  given: readonly string[],
  environment: Readonly<Record<string, string | undefined>>,
): Settings {
  const { raw, context, encrypted } = readStackFile(text, { project, stack });
  const [hidden] = encrypted.filter((key) => key !== "sshPrivateKey" && !(key in withSettings({}, given)));
  if (hidden !== undefined) {
    throw new UserError(
      `${hidden} is encrypted in Pulumi.${stack}.yaml, which only Pulumi can read; give it by --set ${hidden}=…`,
    );
  }
  return parseSettings(withSettings(raw, given), { ...context, region: context.region ?? regionFrom(environment) });
}

/**
 * The plans side by side: what each broker carries, how long events are kept and what a month costs. The last one
 * decides whether it fits.
 */
export function planReport(shown: readonly Shown[]): PlanReport {
  const plans = shown.map(({ title, settings }) => ({ title, plan: planCluster(settings) }));
  const faults = shown.map(({ settings }, index) => [
    ...roomFaults(settings),
    ...overloadFaults(settings, plans[index]?.plan),
  ]);
  const data = plans.map(({ title, plan }, index) => ({ title, ...plan, overload: faults[index] }));
  const said = plans.flatMap(({ title }, index) =>
    (faults[index] ?? []).map(({ path, message }) => `\n${plans.length > 1 ? `${title}: ` : ""}${path}: ${message}`),
  );
  return {
    text: [planTable(plans), ...said].join("\n"),
    data: data.length === 1 ? data[0] : data,
    isFeasible: (faults.at(-1) ?? []).length === 0,
  };
}

/**
 * The cheapest brokers that carry so much, MB/s, without any `survive` of them.
 * @param count how many they have to be
 */
export function cheapestReport(base: Settings, rate: number, survive: number, count: number | undefined): PlanReport {
  const found = findCheapest(base, { ingestMBps: rate, survive, count });
  if ("reason" in found) return { text: found.reason, data: found, isFeasible: false };
  const { settings } = found;
  const { brokers } = settings;
  const lines = {
    brokerCount: brokers.count,
    replicationFactor: brokers.replicationFactor,
    brokerInstanceType: brokers.instanceType,
    brokerVolumeGiB: brokers.volumeGiB,
    brokerVolumeThroughputMiBps: brokers.volumeThroughputMiBps,
    brokerVolumeIops: brokers.volumeIops,
  };
  const plan = planCluster(settings);
  return {
    text: [
      `the cheapest brokers for ${rate} MB/s that survive the loss of any ${survive}, or of a zone:\n`,
      ...Object.entries(lines).map(([key, value]) => `  ${project}:${key}: ${value}`),
      `\n${planTable([{ title: "", plan }])}`,
    ].join("\n"),
    data: { brokers, ...plan },
    isFeasible: true,
  };
}
