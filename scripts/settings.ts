/** `npm run settings`: what is written from the schema of the settings. */
import { parseArgs } from "node:util";
import { repository } from "../artifacts/repository";
import { runMain, UserError } from "../cli/userError";

const usage = `usage: npm run settings -- --write | --check

  --write   writes Pulumi.yaml's block config, docs/settings.md and settings/clusterArgs.ts from settings/schema
  --check   exit code 1 if one of them is not as it would be written`;

async function main(): Promise<number> {
  const flag = { type: "boolean", default: false } as const;
  const { values } = parseArgs({ options: { write: flag, check: flag, help: flag } });
  if (values.help) {
    console.log(usage);
    return 0;
  }
  if (!values.write && !values.check) throw new UserError(usage);
  // Only who changes the schema needs the formatter.
  const { outdatedFiles } = await import("../settings/written/files");
  const outdated = await outdatedFiles(repository, values);
  for (const name of outdated) {
    console.log(
      values.write ? `wrote ${name}` : `${name} is not as the schema has it; run npm run settings -- --write`,
    );
  }
  return values.write || outdated.length === 0 ? 0 : 1;
}

if (require.main === module) runMain("settings", main);
