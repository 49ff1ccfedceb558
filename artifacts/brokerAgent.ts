/** The Java agent of brokers, `node/java`: compiled when their archive is made, as no binary is in the repository. */
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";

import { compileJava, compilerText } from "./compileJava";
import { jarOf } from "./jarArchive";
import { repository } from "./repository";
import type { TarFile } from "./tarArchive";

const folder = path.join(repository, "node", "java");

/** What the agent is made from. Another text is another agent. */
export function agentText(): string {
  return [compilerText(), ...sources().map((file) => fs.readFileSync(file, "utf8"))].join("");
}

/**
 * The agent as `broker-agent.jar`, the same bytes on every machine. Throws a `UserError` when it can't be compiled.
 * @param libraries Kafka's jars
 */
export async function brokerAgent(libraries: readonly TarFile[]): Promise<TarFile> {
  const classes = fs.mkdtempSync(path.join(os.tmpdir(), "broker-agent-"));
  try {
    await compileJava(sources(), libraries, classes);
    const manifest = Buffer.from("Manifest-Version: 1.0\r\nPremain-Class: brokeragent.Agent\r\n\r\n");
    const content = fs
      .readdirSync(path.join(classes, "brokeragent"))
      .sort()
      .map((name) => ({
        name: `brokeragent/${name}`,
        content: fs.readFileSync(path.join(classes, "brokeragent", name)),
      }));
    return {
      name: "broker-agent.jar",
      content: jarOf([{ name: "META-INF/MANIFEST.MF", content: manifest }, ...content]),
    };
  } finally {
    fs.rmSync(classes, { recursive: true, force: true });
  }
}

function sources(): string[] {
  const names = fs.readdirSync(path.join(folder, "brokeragent")).sort();
  return names.map((name) => path.join(folder, "brokeragent", name));
}
