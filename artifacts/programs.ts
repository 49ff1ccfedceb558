/**
 * The programs of the monitoring, which Prometheus' project releases for each architecture: its official archives by
 * their published checksums. Where these can't be reached the same versions are built from Go modules.
 */
import * as fs from "node:fs";
import * as path from "node:path";
import * as tar from "tar";

import type { Architecture } from "../settings/instanceTypes";
import { UserError } from "../settings/userError";
import { buildPrograms, builtKey } from "./buildPrograms";
import { cacheFolder, folderOnce } from "./cache";
import { download, Unreachable } from "./download";
import { releaseOf, releases, type ProgramName, type ReleaseName } from "./releases";

/** Seconds that a download may take, of a hundred megabytes. */
const downloadSeconds = 900;

/** The architecture of this machine. */
const ownArchitecture: Architecture = process.arch === "arm64" ? "arm64" : "x86_64";

/** Go's name for an architecture, which is the releases' too. */
const goNames: Readonly<Record<Architecture, string>> = { x86_64: "amd64", arm64: "arm64" };

/**
 * The absolute path of an executable, fetched or built if need be. Throws a `UserError` when it can't be had.
 * @param tell is told when that takes minutes
 * @param architecture of the machine on which it is to run
 */
export async function ensureProgram(
  program: ProgramName,
  tell: (line: string) => void = () => undefined,
  architecture = ownArchitecture,
): Promise<string> {
  return path.join(await programFolder(releaseOf(program).name, architecture, tell), program);
}

/** The folder with a release's programs. */
async function programFolder(name: ReleaseName, architecture: Architecture, tell: (line: string) => void) {
  const shelf = cacheFolder("programs");
  const { version } = releases[name];
  const arch = goNames[architecture];
  const fullName = `${name}-${version}.linux-${arch}`;
  const official = path.join(shelf, fullName);
  const built = path.join(shelf, `${fullName}-built-${builtKey()}`);
  // What a machine has once had stays what it uses: other bytes would be another archive.
  const there = [official, built].find((folder) => fs.existsSync(folder));
  if (there !== undefined) return there;
  try {
    await folderOnce(official, (draft) => unpackOfficial(name, fullName, architecture, draft));
    return official;
  } catch (error) {
    if (!(error instanceof Unreachable)) throw error;
    tell(`${name}: no official download here, building it from Go modules (once, minutes)`);
    await folderOnce(built, (draft) => buildPrograms(name, arch, draft)).catch((fault: unknown) => {
      if (!(fault instanceof UserError)) throw fault;
      throw new UserError(
        `${name} ${version} can't be had: ${error.message}, and it can't be built here: ${fault.message}. Deploy ` +
          "from a machine that reaches one of them, or without monitoring (monitoringEnabled: false)",
      );
    });
    return built;
  }
}

async function unpackOfficial(name: ReleaseName, fullName: string, architecture: Architecture, folder: string) {
  const { version, files, sha256 } = releases[name];
  const url = `https://github.com/prometheus/${name}/releases/download/v${version}/${fullName}.tar.gz`;
  unpackRelease(await download(url, sha256[architecture], downloadSeconds), fullName, files, folder);
}

/**
 * Unpacks programs of a release's archive.
 * @param fullName the folder that is all of the archive
 */
export function unpackRelease(archive: Buffer, fullName: string, files: readonly string[], folder: string): void {
  const file = path.join(folder, "archive.tar.gz");
  fs.writeFileSync(file, archive);
  const wanted = files.map((name) => `${fullName}/${name}`);
  tar.extract({ file, cwd: folder, strip: 1, sync: true }, wanted);
  fs.rmSync(file);
  const missing = files.filter((name) => !fs.existsSync(path.join(folder, name)));
  if (missing.length > 0) throw new Error(`the archive of ${fullName} has no ${missing.join(" and no ")}`);
}
