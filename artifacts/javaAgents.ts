/** The Java agents of `node/java`: compiled when an archive is made, as no binary is in the repository. */
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";

import { compileJava, compilerText } from "./compileJava";
import { jarOf } from "./jarArchive";
import { repository } from "./repository";
import type { TarFile } from "./tarArchive";

const folder = path.join(repository, "node", "java");

/** Each agent's jar, by its package, whose class `Agent` is where it begins. */
const jars = { brokeragent: "broker-agent.jar", metrics: "metrics.jar" } as const;

/** An agent's package, which is its folder too. */
export type JavaAgent = keyof typeof jars;

/** What agents are made from. Another text is another agent. */
export function agentsText(agents: readonly JavaAgent[]): string {
  return [compilerText(), ...agents.flatMap(sourcesOf).map((file) => fs.readFileSync(file, "utf8"))].join("");
}

/**
 * Agents as jars (`broker-agent.jar`), the same bytes on every machine. Throws a `UserError` when they can't be
 * compiled.
 * @param libraries the jars that they use
 */
export async function javaAgents(
  agents: readonly JavaAgent[],
  libraries: readonly TarFile[],
): Promise<readonly TarFile[]> {
  const classes = fs.mkdtempSync(path.join(os.tmpdir(), "java-agents-"));
  try {
    await compileJava(agents.flatMap(sourcesOf), libraries, classes);
    return agents.map((agent) => {
      const names = fs.readdirSync(path.join(classes, agent)).sort();
      const files = names.map((name) => ({
        name: `${agent}/${name}`,
        content: fs.readFileSync(path.join(classes, agent, name)),
      }));
      const manifest = Buffer.from(`Manifest-Version: 1.0\r\nPremain-Class: ${agent}.Agent\r\n\r\n`);
      return { name: jars[agent], content: jarOf([{ name: "META-INF/MANIFEST.MF", content: manifest }, ...files]) };
    });
  } finally {
    fs.rmSync(classes, { recursive: true, force: true });
  }
}

function sourcesOf(agent: JavaAgent): string[] {
  const names = fs.readdirSync(path.join(folder, agent)).sort();
  return names.map((name) => path.join(folder, agent, name));
}
