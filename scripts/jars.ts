/**
 * `npm run jars`: writes the list of the jars that a version of Kafka, or of what comes with it, has, for a person to
 * look at and to commit.
 */
import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, relative } from "node:path";
import { currentJarList, jarListFile, knownSoftware } from "../artifacts/jars";
import { repository } from "../artifacts/repository";
import { runCommand } from "../cli/command";
import { knownWord } from "../cli/options";
import { UsageError } from "../cli/userError";

runCommand(
  {
    name: "jars",
    usage: [`${knownSoftware.join("|")} VERSION`],
    about: "Writes the list of the jars that a version has, with their checksums: look at it, and commit it.",
    options: {},
    words: "any",
  },
  async (_, [word = "", version, ...more]) => {
    if (version === undefined || more.length > 0)
      throw new UsageError(`two words are wanted: one of ${knownSoftware.join(", ")}, and its version`);
    const software = knownWord("software", word, knownSoftware);
    const file = jarListFile(software, version);
    const list = await currentJarList(software, version);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, list);
    console.log(`${relative(repository, file)}: ${list.trimEnd().split("\n").length} jars`);
    return 0;
  },
);
