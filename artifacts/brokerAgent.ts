/** The Java agent of brokers, `node/java`: compiled when their archive is made, as no binary is in the repository. */
import { execFile } from "node:child_process";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { promisify } from "node:util";

import { UserError } from "../settings/userError";
import { jarOf } from "./jarArchive";
import { fetchJars, pinnedJars } from "./jars";
import { repository } from "./repository";
import type { TarFile } from "./tarArchive";

const folder = path.join(repository, "node", "java");
/** Eclipse's compiler: one jar, which wants a Java 17 without a compiler of its own. */
const compilerVersion = "3.38.0";
/** The nodes' Java. */
const javaVersion = "17";

/** What the agent is made from. Another text is another agent. */
export function agentText(): string {
  return [pinnedJars("ecj", compilerVersion).text, ...sources().map((file) => fs.readFileSync(file, "utf8"))].join("");
}

/**
 * The agent as `batch-limit.jar`, the same bytes on every machine. Throws a `UserError` when it can't be compiled.
 * @param libraries Kafka's jars
 */
export async function brokerAgent(libraries: readonly TarFile[]): Promise<TarFile> {
  const compiler = await fetchJars(pinnedJars("ecj", compilerVersion));
  const work = fs.mkdtempSync(path.join(os.tmpdir(), "broker-agent-"));
  const classes = path.join(work, "classes");
  const written = ({ name, content }: TarFile) => {
    const file = path.join(work, name);
    fs.writeFileSync(file, content);
    return file;
  };
  try {
    const args = [
      ...compiler.flatMap((jar) => ["-jar", written(jar)]),
      ...[`-${javaVersion}`, "-encoding", "UTF-8", "-proc:none", "-warn:none", "-g:source,lines"],
      ...["-cp", libraries.map(written).join(path.delimiter), "-d", classes],
      ...sources(),
    ];
    await promisify(execFile)(java(), args, { timeout: 300_000 }).catch((error: unknown) => {
      throw new UserError(`node/java can't be compiled with ${java()}, which has to be 17 or later: ${String(error)}`);
    });
    const manifest = Buffer.from("Manifest-Version: 1.0\r\nPremain-Class: batchlimit.Agent\r\n\r\n");
    const content = fs
      .readdirSync(path.join(classes, "batchlimit"))
      .sort()
      .map((name) => ({
        name: `batchlimit/${name}`,
        content: fs.readFileSync(path.join(classes, "batchlimit", name)),
      }));
    return {
      name: "batch-limit.jar",
      content: jarOf([{ name: "META-INF/MANIFEST.MF", content: manifest }, ...content]),
    };
  } finally {
    fs.rmSync(work, { recursive: true, force: true });
  }
}

function sources(): string[] {
  const names = fs.readdirSync(path.join(folder, "batchlimit")).sort();
  return names.map((name) => path.join(folder, "batchlimit", name));
}

/** The Java that Maven itself runs with. */
function java(): string {
  const home = process.env.JAVA_HOME;
  return home ? path.join(home, "bin", "java") : "java";
}
