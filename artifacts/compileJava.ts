import { execFile } from "node:child_process";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { promisify } from "node:util";

import { UserError } from "../settings/userError";
import { fetchJars, pinnedJars } from "./jars";
import type { TarFile } from "./tarArchive";

/** Eclipse's compiler: one jar, which wants a Java 17 without a compiler of its own. */
const compilerVersion = "3.38.0";
/** The nodes' Java. */
const javaVersion = "17";

/** What a compilation depends on beside its sources. */
export function compilerText(): string {
  return pinnedJars("ecj", compilerVersion).text;
}

/**
 * Compiles Java, to the same bytes on every machine. Throws a `UserError` when that fails.
 * @param sources files
 * @param libraries jars that they use
 * @param classes the folder of what comes of it
 */
export async function compileJava(
  sources: readonly string[],
  libraries: readonly TarFile[],
  classes: string,
): Promise<void> {
  const compiler = await fetchJars(pinnedJars("ecj", compilerVersion));
  const work = fs.mkdtempSync(path.join(os.tmpdir(), "java-"));
  const written = ({ name, content }: TarFile) => {
    const file = path.join(work, path.basename(name));
    fs.writeFileSync(file, content);
    return file;
  };
  try {
    const args = [
      ...compiler.flatMap((jar) => ["-jar", written(jar)]),
      ...[`-${javaVersion}`, "-encoding", "UTF-8", "-proc:none", "-warn:none", "-g:source,lines"],
      ...["-cp", libraries.map(written).join(path.delimiter), "-d", classes],
      ...sources,
    ];
    await promisify(execFile)(java(), args, { timeout: 300_000 }).catch((error: unknown) => {
      throw new UserError(`Java can't be compiled with ${java()}, which has to be 17 or later: ${String(error)}`);
    });
  } finally {
    fs.rmSync(work, { recursive: true, force: true });
  }
}

/** The Java that Maven itself runs with. */
function java(): string {
  const home = process.env.JAVA_HOME;
  return home ? path.join(home, "bin", "java") : "java";
}
