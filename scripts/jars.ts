/** Writes the list of the jars that a version of Kafka or ZooKeeper has, for a person to look at and to commit. */
import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, relative } from "node:path";
import { currentJarList, jarListFile, type Software } from "../artifacts/jars";
import { repository } from "../artifacts/repository";
import { runMain, UserError } from "../cli/userError";

const usage = "usage: npm run jars -- kafka|zookeeper VERSION";

async function main(): Promise<number> {
  const [software, version, ...more] = process.argv.slice(2);
  if ((software !== "kafka" && software !== "zookeeper") || version === undefined || more.length > 0) {
    throw new UserError(usage);
  }
  const file = jarListFile(software satisfies Software, version);
  const list = await currentJarList(software, version);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, list);
  console.log(`${relative(repository, file)}: ${list.trimEnd().split("\n").length} jars`);
  return 0;
}

runMain("jars", main);
