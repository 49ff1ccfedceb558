/** `npm run settings`: what a stack's settings come to, and what is written from their schema. */
import { readFileSync } from "node:fs";
import { basename } from "node:path";
import { repository } from "../artifacts/repository";
import { runCommand } from "../cli/command";
import { flag, text } from "../cli/options";
import { UsageError } from "../cli/userError";
import { effectiveSettings, effectiveText } from "../settings/effective";
import { throwFaults } from "../settings/faults";
import { readStackFile } from "../settings/stackFile";
import { project, requireStackFile, stackFile } from "../stack/stackFile";

runCommand(
  {
    name: "settings",
    usage: ["--stack NAME [--json]", "--write | --check"],
    about:
      "Shows every setting of a stack: its value, where that comes from, and what it means; and what is wrong with " +
      "them. Or keeps what is written from settings/schema like it: Pulumi.yaml's block config, docs/settings.md " +
      "and settings/clusterArgs.ts.",
    options: {
      stack: text("NAME", "the stack whose file, Pulumi.NAME.yaml, is read"),
      json: flag("the settings as data"),
      write: flag("write what is written from the schema"),
      check: flag("exit code 1 if one of these files is not as it would be written"),
    },
  },
  async ({ stack, json, write, check }) => {
    if (stack !== undefined && !write && !check) return show(stack, json);
    if (stack !== undefined || write === check) throw new UsageError("one of --stack, --write and --check is wanted");
    // Only who changes the schema needs the formatter.
    const { outdatedFiles } = await import("../settings/written/files");
    const outdated = await outdatedFiles(repository, { write });
    for (const name of outdated) {
      console.log(write ? `wrote ${name}` : `${name} is not as the schema has it; run npm run settings -- --write`);
    }
    return write || outdated.length === 0 ? 0 : 1;
  },
);

function show(stack: string, json: boolean): number {
  requireStackFile(stack);
  const path = stackFile(stack);
  const name = basename(path);
  const file = readStackFile(readFileSync(path, "utf8"), { project, stack: name.split(".").slice(1, -1).join(".") });
  const { settings, faults } = effectiveSettings(file, name, process.env);
  console.log(json ? JSON.stringify(settings, null, 2) : effectiveText(settings));
  if (file.hasEnvironment) console.error(`\nenvironment in ${name} may hold more, which only Pulumi can read`);
  throwFaults(faults);
  return 0;
}
