/** `npm run settings`: what is written from the schema of the settings. */
import { repository } from "../artifacts/repository";
import { runCommand } from "../cli/command";
import { flag } from "../cli/options";
import { UsageError } from "../cli/userError";

runCommand(
  {
    name: "settings",
    usage: ["--write | --check"],
    about:
      "Keeps what is written from settings/schema like it: Pulumi.yaml's block config, docs/settings.md and " +
      "settings/clusterArgs.ts.",
    options: {
      write: flag("write them"),
      check: flag("exit code 1 if one of them is not as it would be written"),
    },
  },
  async ({ write, check }) => {
    if (!write && !check) throw new UsageError("--write or --check is wanted");
    // Only who changes the schema needs the formatter.
    const { outdatedFiles } = await import("../settings/written/files");
    const outdated = await outdatedFiles(repository, { write });
    for (const name of outdated) {
      console.log(write ? `wrote ${name}` : `${name} is not as the schema has it; run npm run settings -- --write`);
    }
    return write || outdated.length === 0 ? 0 : 1;
  },
);
