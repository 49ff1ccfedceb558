/** `npm run plan`: what a configuration carries, survives and costs, reckoned here, without a cloud. */
import { readFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { overloadFaults, roomFaults } from "../planning/capacity/overload";
import { planCluster } from "../planning/cluster/plan";
import { planTable } from "../planning/cluster/planText";
import { findCheapest } from "../planning/capacity/sizing";
import { megabytesPerSecond } from "../settings/units";
import { shown } from "../settings/fields";
import { readStackFile } from "../settings/stackFile";
import { parseSettings } from "../settings/check";
import type { Settings } from "../settings/settings";
import { hasStackFile, knownStacks, project, stackFile } from "../stack/stackFile";
import { runMain, UserError } from "../cli/userError";

const usage = `usage: npm run plan -- [--stack NAME] [--set KEY=VALUE ...] [--against NAME] [--json]
       npm run plan -- [--stack NAME] [--set KEY=VALUE ...] --for 100MB/s [--survive 2] [--json]

Shows what each broker carries of the declared workload, against the limits of its machine: with all brokers, without any
that may be lost, while one catches up; how long events are kept; what a month costs. Nothing is asked of AWS.

  --stack NAME      the configuration in Pulumi.NAME.yaml (default prod)
  --set KEY=VALUE   with another setting, as --set brokerCount=7 (repeatable); shown beside the one without
  --against NAME    beside that of another stack
  --for RATE        look for the cheapest brokers that carry so much: MB/s or GB/s of events (Mbit/s is an eighth), as
                    the mean; --set brokerCount=5 keeps their number
  --survive N       and the loss of any N brokers (default: as the configuration does)
  --json            the data; an array where there are two

exit codes: 0 it holds; 1 bad input; 2 it does not hold, or there is none that does`;

interface Shown {
  readonly title: string;
  readonly settings: Settings;
}

/** What `--for` says, in MB/s. */
export function parseRate(text: string): number {
  const rate = megabytesPerSecond(text);
  if (rate === undefined || rate < 0.001 || rate > 100_000) {
    throw new UserError(
      `--for ${shown(text)}: a rate from 0.001 to 100000 MB/s is wanted, bytes as 100MB/s or 1.5GB/s, bits as 800Mbit/s`,
    );
  }
  return rate;
}

/** The raw configuration with the settings of the command line in it. Values as Pulumi keeps them: text. */
export function withSettings(
  raw: Readonly<Record<string, unknown>>,
  given: readonly string[],
): Record<string, unknown> {
  const changed = { ...raw };
  for (const text of given) {
    const [, key, value = ""] = /^([^=\s]+)=(.*)$/.exec(text) ?? [];
    if (key === undefined) throw new UserError(`--set ${text}: KEY=VALUE is wanted, as --set brokerCount=7`);
    const bare = key.startsWith(`${project}:`) ? key.slice(project.length + 1) : key;
    changed[bare] = value;
  }
  return changed;
}

function readStack(stack: string, given: readonly string[]): Settings {
  if (!hasStackFile(stack)) {
    throw new UserError(`there is no Pulumi.${stack}.yaml; there are files for ${knownStacks().join(", ")}`);
  }
  const { raw, context, encrypted } = readStackFile(readFileSync(stackFile(stack), "utf8"), { project, stack });
  const [hidden] = encrypted.filter((key) => key !== "sshPrivateKey" && !(key in withSettings({}, given)));
  if (hidden !== undefined) {
    throw new UserError(
      `${hidden} is encrypted in Pulumi.${stack}.yaml, which only Pulumi can read; give it by --set ${hidden}=…`,
    );
  }
  return parseSettings(withSettings(raw, given), context);
}

function show(shown: readonly Shown[], json: boolean): number {
  const plans = shown.map(({ title, settings }) => ({ title, plan: planCluster(settings) }));
  const faults = shown.map(({ settings }, index) => [
    ...roomFaults(settings),
    ...overloadFaults(settings, plans[index]?.plan),
  ]);
  if (json) {
    const data = plans.map(({ title, plan }, index) => ({ title, ...plan, overload: faults[index] }));
    console.log(JSON.stringify(data.length === 1 ? data[0] : data, null, 2));
  } else {
    console.log(planTable(plans));
    for (const [index, { title }] of plans.entries()) {
      for (const { path, message } of faults[index] ?? [])
        console.log(`\n${plans.length > 1 ? `${title}: ` : ""}${path}: ${message}`);
    }
  }
  return (faults.at(-1) ?? []).length === 0 ? 0 : 2;
}

function search(base: Settings, given: readonly string[], rate: number, survive: number, json: boolean): number {
  const count = given.some((text) => text.startsWith("brokerCount=")) ? base.brokers.count : undefined;
  const found = findCheapest(base, { ingestMBps: rate, survive, count });
  if ("reason" in found) {
    if (json) console.log(JSON.stringify(found, null, 2));
    else console.log(found.reason);
    return 2;
  }
  const { settings } = found;
  if (json) {
    console.log(JSON.stringify({ brokers: settings.brokers, ...planCluster(settings) }, null, 2));
    return 0;
  }
  const { brokers } = settings;
  const lines = {
    brokerCount: brokers.count,
    replicationFactor: brokers.replicationFactor,
    brokerInstanceType: brokers.instanceType,
    brokerVolumeGiB: brokers.volumeGiB,
    brokerVolumeThroughputMiBps: brokers.volumeThroughputMiBps,
    brokerVolumeIops: brokers.volumeIops,
  };
  console.log(`the cheapest brokers for ${rate} MB/s that survive the loss of any ${survive}, or of a zone:\n`);
  for (const [key, value] of Object.entries(lines)) console.log(`  ${project}:${key}: ${value}`);
  console.log(`\n${planTable([{ title: "", plan: planCluster(settings) }])}`);
  return 0;
}

function main(): Promise<number> {
  const { values } = parseArgs({
    options: {
      stack: { type: "string", default: "prod" },
      set: { type: "string", multiple: true, default: [] },
      against: { type: "string" },
      for: { type: "string" },
      survive: { type: "string" },
      json: { type: "boolean", default: false },
      help: { type: "boolean", default: false },
    },
  });
  if (values.help) {
    console.log(usage);
    return Promise.resolve(0);
  }
  const { stack, set, against, json } = values;
  const settings = readStack(stack, set);
  if (values.for !== undefined) {
    const { replicationFactor, minInsyncReplicas } = settings.brokers;
    const survive = values.survive ?? String(replicationFactor - minInsyncReplicas);
    if (!/^\d+$/.test(survive) || Number(survive) < 1) {
      throw new UserError(`--survive ${survive}: a whole number of brokers, 1 or more, is wanted`);
    }
    return Promise.resolve(search(settings, set, parseRate(values.for), Number(survive), json));
  }
  if (values.survive !== undefined) throw new UserError("--survive goes with --for: say how much is to be carried");
  const others: Shown[] =
    against !== undefined
      ? [{ title: against, settings: readStack(against, []) }]
      : set.length > 0
        ? [{ title: stack, settings: readStack(stack, []) }]
        : [];
  const title = set.length > 0 ? `${stack} ${set.join(" ")}` : stack;
  return Promise.resolve(show([...others, { title, settings }], json));
}

if (require.main === module) runMain("plan", main);
