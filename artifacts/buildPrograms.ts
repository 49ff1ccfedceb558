/**
 * The monitoring's programs built from Go modules. Left out are the service discoveries, what only other clouds'
 * services need, and the web interfaces, which take most of the time.
 */
import { execFile } from "node:child_process";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { promisify } from "node:util";

import { UserError } from "../settings/userError";
import { keyOf } from "./cache";
import { releases, type ReleaseName } from "./releases";
import { repository } from "./repository";

/** go.mod and go.sum, which pin all modules, and below `stubs/` the packages that take the place of some. */
const folder = path.join(repository, "artifacts", "go");

/** What takes the place of Alertmanager's pages, which its module lacks and without which it can't be built. */
const noPages = "<!doctype html><title>Alertmanager</title><p>This build has no pages; amtool and the API serve.\n";

/** The packages of each release's programs, below the module. */
const packages: Readonly<Record<ReleaseName, readonly string[]>> = {
  prometheus: ["cmd/prometheus", "cmd/promtool"],
  alertmanager: ["cmd/alertmanager", "cmd/amtool"],
  node_exporter: ["."],
};

/** The oldest Go that fetches by itself the newer one that go.mod asks for. */
const oldestGo = [1, 21] as const;

/** Seconds for all of it, modules included. */
const buildSeconds = 1800;

/** A text that changes with what is built. */
export function builtKey(): string {
  const files = fs.readdirSync(folder, { recursive: true, encoding: "utf8" }).sort();
  const texts = files.flatMap((file) => {
    const full = path.join(folder, file);
    return fs.statSync(full).isFile() ? [file, fs.readFileSync(full, "utf8")] : [];
  });
  return keyOf(texts);
}

/** The build that runs: they have much in common, which the later one finds made. */
let underWay: Promise<unknown> = Promise.resolve();

/**
 * Builds the programs of a release into a folder. Throws a `UserError` when Go or the modules can't be had.
 * @param arch Go's name of the architecture
 */
export function buildPrograms(name: ReleaseName, arch: string, target: string): Promise<void> {
  const built = underWay.then(() => build(name, arch, target));
  underWay = built.catch(() => undefined);
  return built;
}

async function build(name: ReleaseName, arch: string, target: string): Promise<void> {
  await requireGo();
  const work = fs.mkdtempSync(path.join(os.tmpdir(), "go-programs-"));
  try {
    for (const file of ["go.mod", "go.sum"]) fs.copyFileSync(path.join(folder, file), path.join(work, file));
    // All of them, so that what they have in common is the same.
    useStubs(await ownCopy("prometheus", work), path.join(folder, "stubs", "prometheus"));
    const pages = path.join(await ownCopy("alertmanager", work), "ui", "app", "dist");
    fs.mkdirSync(pages);
    fs.writeFileSync(path.join(pages, "index.html"), noPages);
    const module = `github.com/prometheus/${name}`;
    // No symbols, and the version that the programs tell.
    const linked = `-s -w -X github.com/prometheus/common/version.Version=${releases[name].version}`;
    const flags = ["-mod=readonly", "-buildvcs=false", "-trimpath", "-tags", "netgo,remove_all_sd"];
    const wanted = packages[name].map((one) => path.posix.join(module, one));
    await go(["build", ...flags, "-ldflags", linked, "-o", `${target}${path.sep}`, ...wanted], work, arch);
  } finally {
    fs.rmSync(work, { recursive: true, force: true });
  }
}

/** A copy of a module's source in the work folder, which is built in its place. */
async function ownCopy(name: ReleaseName, work: string): Promise<string> {
  const module = `github.com/prometheus/${name}`;
  const copy = path.join(work, name);
  fs.cpSync(await moduleSource(module, work), copy, { recursive: true });
  // Go's module cache is read-only.
  makeWritable(copy);
  await go(["mod", "edit", `-replace=${module}=./${name}`], work);
  return copy;
}

/**
 * The folder with a module's source, in Go's cache: fetched if need be, and checked by go.sum.
 * @param work the folder with go.mod and go.sum
 */
export async function moduleSource(module: string, work: string): Promise<string> {
  // `go list -m` fetches nothing: of a module that is not in the cache it tells no folder.
  return (JSON.parse(await go(["mod", "download", "-json", module], work)) as { readonly Dir: string }).Dir;
}

/** Puts packages in the place of the module's own. */
function useStubs(copy: string, stubs: string): void {
  const files = fs
    .readdirSync(stubs, { recursive: true, encoding: "utf8" })
    .filter((file) => fs.statSync(path.join(stubs, file)).isFile());
  for (const file of files) {
    const place = path.dirname(path.join(copy, file));
    for (const own of fs.readdirSync(place)) if (own.endsWith(".go")) fs.rmSync(path.join(place, own));
    fs.copyFileSync(path.join(stubs, file), path.join(copy, file));
  }
}

function makeWritable(root: string): void {
  fs.chmodSync(root, 0o755);
  for (const entry of fs.readdirSync(root, { withFileTypes: true })) {
    const full = path.join(root, entry.name);
    if (entry.isDirectory()) makeWritable(full);
    else fs.chmodSync(full, 0o644);
  }
}

async function requireGo(): Promise<void> {
  const version = await go(["env", "GOVERSION"], folder).catch(() => "");
  const [, major, minor] = /^go(\d+)\.(\d+)/.exec(version) ?? [];
  if (Number(major) === oldestGo[0] && Number(minor) >= oldestGo[1]) return;
  const have = major === undefined ? "there is no Go" : `Go is ${major}.${minor}`;
  throw new UserError(`${have}, and it takes ${oldestGo.join(".")} or newer`);
}

async function go(args: readonly string[], cwd: string, arch?: string): Promise<string> {
  const own = { GOFLAGS: "", GOWORK: "off", CGO_ENABLED: "0", ...(arch && { GOOS: "linux", GOARCH: arch }) };
  const options = { cwd, timeout: buildSeconds * 1000, maxBuffer: 2 ** 26, env: { ...process.env, ...own } };
  try {
    return (await promisify(execFile)("go", args, options)).stdout;
  } catch (error) {
    const { stderr, message } = error as Error & { readonly stderr?: string };
    const last = stderr?.trim().split(/\n+/).slice(-3).join("; ") || message.split("\n")[0];
    throw new UserError(`\`go ${args[0]}\` fails: ${last}`);
  }
}
