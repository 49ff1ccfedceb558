import { spawnSync } from "node:child_process";
import * as fs from "node:fs";
import * as path from "node:path";

import { cacheFolder } from "./cacheFolder";
import { cachedFolder, keyOf } from "./cachedFolder";
import { download, downloadText, Unreachable } from "./download";
import { SetupError } from "./errors";
import { findCommand } from "./findCommand";
import { requireFreeSpace } from "./freeSpace";
import { officialPlugins } from "./officialPlugins";
import { pluginHome, wantedPlugins } from "./pluginHome";
import type { Progress } from "./run";
import { run } from "./run";

/**
 * The command line for the lab. It may be older than `@pulumi/pulumi`: later ones draw in a library for `pulumi cloud`
 * that takes a third of the whole build.
 */
const pulumiVersion = "3.232.0";

/** The last version of the SDK module that holds the Node language host; it speaks the same protocol. */
const languageHostVersion = "3.66.0";

/** An installed command line may be this old: the oldest that the project was run with. */
const oldestMinor = 230;

/** What Go's module and build caches take for it. */
const buildGiB = 4;

/** The oldest Go that fetches the newer one it needs by itself. */
const oldestGo = [1, 21] as const;

const sources = path.join(__dirname, "pulumiTools");

export interface PulumiTools {
  /** To be put in front of PATH: Pulumi with its language host; empty when the machine has them. */
  readonly binFolders: readonly string[];
  /** Variables with which Pulumi takes the lab's choice of provider plugins, and asks nobody for newer ones. */
  readonly environment: Readonly<Record<string, string>>;
}

/**
 * Pulumi's command line and Node language host: those that the cache has, or the machine's own, or the official
 * download, or built from Go modules.
 */
export async function ensurePulumi(progress: Progress = () => undefined): Promise<PulumiTools> {
  // The cache comes first: asking an installed command for its version takes longer than all the rest.
  const binFolders = !fs.existsSync(builtFolder()) && installedPulumi() ? [] : [await builtPulumi(progress)];
  const command = path.join(binFolders[0] ?? "", "pulumi");
  const official = await officialPlugins(wantedPlugins(), command, progress);
  return { binFolders, environment: { ...pulumiEnvironment, PULUMI_HOME: pluginHome(official) } };
}

const pulumiEnvironment = {
  PULUMI_SKIP_UPDATE_CHECK: "true",
  PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION: "true",
  PULUMI_AUTOMATION_API_SKIP_VERSION_CHECK: "true",
  // Types are checked by the lint; checking them again at each run takes seconds.
  PULUMI_NODEJS_TRANSPILE_ONLY: "true",
};

/** Whether PATH has a command line of a fitting version together with the language host. */
function installedPulumi(): boolean {
  const command = findCommand("pulumi");
  if (command === undefined) return false;
  const beside = path.join(path.dirname(fs.realpathSync(command)), "pulumi-language-nodejs");
  if (!fs.existsSync(beside) && findCommand("pulumi-language-nodejs") === undefined) return false;
  const answer = spawnSync(command, ["version"], { encoding: "utf8", timeout: 10_000 });
  return answer.status === 0 && isCompatible(answer.stdout.trim());
}

/** Whether `pulumi version` names a version that the project runs with: "v3.245.0". */
export function isCompatible(version: string): boolean {
  const match = /^v?(\d+)\.(\d+)\./.exec(version);
  return match !== null && Number(match[1]) === 3 && Number(match[2]) >= oldestMinor;
}

const shelf = "pulumi";

function builtKey(): string {
  const parts = ["cli/go.sum", "languageHost/go.sum", "languageHost/runPlugin.go"];
  return `${pulumiVersion}-${keyOf([...parts.map((file) => ({ file: path.join(sources, file) })), process.arch])}`;
}

function builtFolder(): string {
  return path.join(cacheFolder(), shelf, builtKey());
}

async function builtPulumi(progress: Progress): Promise<string> {
  const folder = await cachedFolder({
    name: shelf,
    key: builtKey(),
    timeoutSeconds: 1500,
    progress,
    build: async (draft) => {
      const bin = path.join(draft, "bin");
      try {
        await downloadPulumi(bin, progress);
      } catch (error) {
        if (!(error instanceof Unreachable)) throw error;
        await buildPulumi(bin, progress, error.message);
      }
    },
  });
  return path.join(folder, "bin");
}

/** The official archive, checked against the checksums published with the release. */
async function downloadPulumi(folder: string, progress: Progress): Promise<void> {
  const name = `pulumi-v${pulumiVersion}-linux-${process.arch === "arm64" ? "arm64" : "x64"}.tar.gz`;
  const release = `https://github.com/pulumi/pulumi/releases/download/v${pulumiVersion}`;
  const checksums = await downloadText(`${release}/pulumi-${pulumiVersion}-checksums.txt`);
  const checksum = publishedChecksum(checksums, name);
  progress(`pulumi: downloading ${pulumiVersion}`);
  fs.mkdirSync(folder, { recursive: true });
  const file = path.join(folder, name);
  await download({ url: `${release}/${name}`, file, algorithm: "sha256", checksum, timeoutSeconds: 600 });
  const wanted = ["pulumi/pulumi", "pulumi/pulumi-language-nodejs"];
  await run("tar", ["-xzf", file, "-C", folder, "--strip-components=1", ...wanted], {
    purpose: `unpacking ${name}`,
    timeoutSeconds: 120,
  });
  fs.rmSync(file);
}

/** The checksum of one file in a list of lines "<checksum>  <file>". */
export function publishedChecksum(checksums: string, name: string): string {
  for (const line of checksums.split("\n")) {
    const [checksum, file] = line.trim().split(/\s+/);
    if (checksum !== undefined && file?.replace(/^\*/, "") === name) return checksum.toLowerCase();
  }
  throw new SetupError(
    `the published checksums do not name ${name}: install Pulumi ${pulumiVersion} yourself and start again`,
  );
}

async function buildPulumi(folder: string, progress: Progress, reason: string): Promise<void> {
  requireGo(reason);
  for (const goFolder of goFolders()) {
    requireFreeSpace(goFolder, buildGiB, "building Pulumi", "install Pulumi yourself");
  }
  progress(`pulumi: no official download here, building ${pulumiVersion} from Go modules (about 4 minutes, once)`);
  const source = path.join(folder, "source");
  await languageHostSource(source);
  await buildTool(folder, source, languageHostVersion, languageHostPackage, ".");
  fs.rmSync(source, { recursive: true });
  progress("pulumi: language host built, building the command line");
  await buildTool(folder, path.join(sources, "cli"), pulumiVersion, "github.com/pulumi/pulumi/pkg/v3/cmd/pulumi");
  progress("pulumi: built");
}

const languageHostPackage = "github.com/pulumi/pulumi/sdk/v3/nodejs/cmd/pulumi-language-nodejs";
const goEnvironment = { GOFLAGS: "", GOWORK: "off", CGO_ENABLED: "0" };
const goRemedy = "check that `go` reaches its module proxy, or install Pulumi yourself";

/** Fills a folder with the host's source, where `runPlugin.go` takes the place of the method that runs no plugin. */
async function languageHostSource(folder: string): Promise<void> {
  const own = path.join(sources, "languageHost");
  fs.cpSync(own, folder, { recursive: true });
  const answer = await run("go", ["list", "-mod=readonly", "-f", "{{.Dir}}", languageHostPackage], {
    purpose: `fetching the source of the language host ${languageHostVersion}`,
    cwd: own,
    env: goEnvironment,
    timeoutSeconds: 600,
    remedy: goRemedy,
  });
  const module = answer.trim();
  for (const file of fs.readdirSync(module).filter((name) => /(?<!_test)\.go$/.test(name))) {
    const text = fs.readFileSync(path.join(module, file), "utf8");
    fs.writeFileSync(path.join(folder, file), text.replace(") RunPlugin(", ") runNoPlugin("));
  }
}

async function buildTool(
  folder: string,
  source: string,
  version: string,
  packagePath: string,
  target = packagePath,
): Promise<void> {
  const name = path.basename(packagePath);
  const stamp = `-X github.com/pulumi/pulumi/sdk/v3/go/common/version.Version=v${version}`;
  const flags = ["-mod=readonly", "-buildvcs=false", "-trimpath", "-ldflags", `-s -w ${stamp}`];
  await run("go", ["build", ...flags, "-o", path.join(folder, name), target], {
    purpose: `building ${name} ${version} from Go modules`,
    cwd: source,
    env: goEnvironment,
    timeoutSeconds: 1200,
    log: `${name}.log`,
    remedy: goRemedy,
  });
}

/** Where Go keeps modules and what it has compiled. */
function goFolders(): string[] {
  const answer = spawnSync("go", ["env", "GOMODCACHE", "GOCACHE"], { encoding: "utf8", timeout: 20_000 });
  return (answer.stdout ?? "").split("\n").filter((line) => path.isAbsolute(line));
}

function requireGo(reason: string): void {
  const answer = spawnSync("go", ["env", "GOVERSION"], { encoding: "utf8", timeout: 20_000 });
  const match = /^go(\d+)\.(\d+)/.exec(answer.stdout ?? "");
  if (match !== null && Number(match[1]) === oldestGo[0] && Number(match[2]) >= oldestGo[1]) return;
  const have = match === null ? "there is no Go" : `Go is ${match[0].slice(2)}`;
  throw new SetupError(
    `Pulumi ${pulumiVersion} is neither installed nor to be had (${reason}), and ${have} to build it with: ` +
      `install Pulumi, or Go ${oldestGo.join(".")} or newer`,
  );
}
