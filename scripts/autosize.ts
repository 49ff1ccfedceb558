/** `npm run autosize -- --stack NAME [--apply]`: grows a stack to what its cluster is seen to do; for people, CI and cron. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { parseArgs } from "node:util";
import { readOutputs } from "../planning/cluster/outputs";
import { maximumBrokers } from "../settings/networkLayout";
import { gp3 } from "../settings/volumes";
import { measureStack } from "../stack/autosize/measureStack";
import { autosize, exitCodes, type AutosizeWorld } from "../stack/autosize/run";
import { defaultCooldownHours, volumeModifications } from "../stack/autosize/volumeHold";
import { deploy } from "./deploy";
import { opsAccess } from "../stack/opsAccess";
import { whole } from "../cli/options";
import { deployStack } from "../stack/deployStack";
import { adoptEnvironment, stackEnvironment } from "../stack/environment";
import { hasStackFile, knownStacks, stackFile } from "../stack/stackFile";
import { rawStackOutputs } from "../stack/stackOutputs";
import { runMain, UserError } from "../cli/userError";

/** Long enough to see more than a burst. */
const defaultSeconds = 300;

const usage = `usage: npm run autosize -- --stack NAME [--apply] [options]

Looks at what the cluster does, proposes larger settings where something is tight, and shows the cost and the preview. It
grows and never shrinks, one kind of change in a run. Run it while the load is as high as it gets.

  --apply              write the settings into Pulumi.NAME.yaml (commit it) and deploy them; without it nothing is changed
  --seconds N          how long to look (default ${defaultSeconds})
  --max-volume-gib N   no volume beyond this (default 16384)
  --max-count N        no more brokers than this (default 15)
  --max-cost-usd N     machines and volumes cost no more than this a month (default: twice what they cost now)
  --cooldown-hours N   how long a volume rests after a change (default ${defaultCooldownHours})
  --json FILE          write the result as JSON

exit codes: 0 nothing to do, or done; 1 failed; 2 a change is proposed and was not made (no --apply, or the volumes rest);
            3 something is needed that the limits don't allow: a person is to decide`;

/** A preview with another text in the place of the stack's file. */
async function previewWith(text: string, stack: string, environment: Record<string, string>) {
  const folder = mkdtempSync(join(tmpdir(), "autosize-"));
  const configFile = join(folder, basename(stackFile(stack)));
  try {
    writeFileSync(configFile, text, { mode: 0o600 });
    return await deployStack({ stack, action: "preview", yes: true, environment, configFile, report: indented });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

const report = (line: string) => console.log(line);
const indented = (line: string) => console.log(`  ${line}`);

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: {
      stack: { type: "string" },
      apply: { type: "boolean", default: false },
      seconds: { type: "string" },
      "max-volume-gib": { type: "string" },
      "max-count": { type: "string" },
      "max-cost-usd": { type: "string" },
      "cooldown-hours": { type: "string" },
      json: { type: "string" },
      help: { type: "boolean", default: false },
    },
  });
  if (values.help) {
    console.log(usage);
    return 0;
  }
  const { stack } = values;
  if (stack === undefined) throw new UserError(`--stack is missing\n\n${usage}`);
  if (!hasStackFile(stack)) {
    throw new UserError(`there is no Pulumi.${stack}.yaml; there are files for ${knownStacks().join(", ")}`);
  }
  /** Undefined when it is not given. */
  const number = (
    name: "seconds" | "max-volume-gib" | "max-count" | "max-cost-usd" | "cooldown-hours",
    least: number,
    most: number,
  ) => (values[name] === undefined ? undefined : whole(`--${name}`, values[name], least, most));
  const seconds = number("seconds", 5, 3600) ?? defaultSeconds;
  const limits = {
    maxVolumeGiB: number("max-volume-gib", 1, gp3.largestGiB),
    maxCount: number("max-count", 1, maximumBrokers),
    maxCostUsd: number("max-cost-usd", 1, 10_000_000),
  };
  const cooldownHours = number("cooldown-hours", 0, 720) ?? defaultCooldownHours;

  const environment = await stackEnvironment(stack, values.apply ? "ci" : "operator");
  adoptEnvironment(environment);
  const raw = await rawStackOutputs(stack, environment);
  const access = await opsAccess(raw, stack);
  const outputs = readOutputs(raw);
  const world: AutosizeWorld = {
    file: readFileSync(stackFile(stack), "utf8"),
    region: environment.AWS_REGION ?? environment.AWS_DEFAULT_REGION,
    plan: outputs.plan,
    measure: () => measureStack(access, seconds, indented),
    modifications: () => volumeModifications(outputs),
    preview: (text) => previewWith(text, stack, environment),
    write: (text) => writeFileSync(stackFile(stack), text),
    deploy: () => deploy({ stack, action: "update", yes: true, smoke: "auto", environment, report: indented }),
    now: () => new Date(),
  };
  const result = await autosize({ stack, apply: values.apply, limits, cooldownHours, report }, world);
  if (values.json !== undefined) writeFileSync(values.json, `${JSON.stringify(result, null, 2)}\n`);
  if (result.outcome === "failed") console.error(`\nautosize of stack ${stack} FAILED: ${result.because}`);
  else console.log(`autosize of stack ${stack}: ${result.outcome}`);
  return exitCodes[result.outcome];
}

runMain("autosize", main);
