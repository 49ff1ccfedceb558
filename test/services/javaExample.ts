import { readFileSync, readdirSync } from "node:fs";
import { basename, join } from "node:path";

import { compileJava, compilerText } from "../../artifacts/compileJava";
import { repository } from "../../artifacts/repository";
import { cachedFolder, keyOf } from "../../lab/setup/cachedFolder";
import { kafkaJars } from "./kafka";

/** The classpath of examples/consumer in Java, and of PartitionChoices, with Kafka's jars; compiled once. */
export async function javaExample(): Promise<string> {
  const libraries = await kafkaJars("3.9.2");
  const jars = [join(libraries, "kafka-clients-3.9.2.jar")];
  const folder = join(repository, "examples", "consumer");
  const sources = readdirSync(folder)
    .filter((name) => name.endsWith(".java"))
    .sort()
    .map((name) => join(folder, name));
  sources.push(join(__dirname, "PartitionChoices.java"));
  const classes = await cachedFolder({
    name: "java-example",
    key: keyOf([...sources.map((file) => ({ file })), compilerText(), ...jars.map((jar) => basename(jar))]),
    timeoutSeconds: 300,
    progress: () => undefined,
    build: (draft) =>
      compileJava(
        sources,
        jars.map((jar) => ({ name: basename(jar), content: readFileSync(jar) })),
        draft,
      ),
  });
  return `${join(libraries, "*")}:${classes}`;
}
