import * as fs from "node:fs";
import * as path from "node:path";

import { cachedFolder, keyOf } from "./cachedFolder";
import { requireFreeSpace } from "./freeSpace";
import { ensureMoto } from "./moto";
import type { Progress } from "./run";
import { run } from "./run";

const definition = path.join(__dirname, "image");
const codename = "bookworm";
/** What the tree, its build and the other downloads take at most. */
const neededGiB = 6;

export interface BaseImage {
  /** The root folder of a Debian tree that has never booted; the lower layer of every instance's disk. */
  readonly rootfs: string;
}

/** The image of the lab's instances: Debian with what an Amazon Linux image holds, defined in the folder `image`. */
export async function ensureBaseImage(progress: Progress = () => undefined): Promise<BaseImage> {
  const folder = await cachedFolder({
    name: "image",
    key: keyOf([
      { file: __filename },
      ...filesBelow(definition).flatMap((file) => [path.relative(definition, file), { file }]),
    ]),
    timeoutSeconds: 1200,
    progress,
    build: (draft) => build(draft, progress),
  });
  return { rootfs: path.join(folder, "rootfs") };
}

async function build(draft: string, progress: Progress): Promise<void> {
  requireFreeSpace(draft, neededGiB, "the base image", "set XDG_CACHE_HOME to a folder on another disk");
  const rootfs = path.join(draft, "rootfs");
  const extra = path.join(draft, "extra");
  fs.cpSync(path.join(definition, "files"), extra, { recursive: true });

  progress("base image: fetching the AWS CLI and Node.js from the Python package registry");
  const { python } = await ensureMoto(progress);
  const requirements = path.join(definition, "requirements.txt");
  const forTheImage = ["--python-version", "3.11", "--implementation", "cp", "--only-binary=:all:"];
  const platforms = ["--platform", "manylinux2014_x86_64", "--platform", "any"];
  await run(
    python,
    [
      "-m",
      "pip",
      "--disable-pip-version-check",
      "install",
      "--quiet",
      "--no-deps",
      "--no-compile",
      "--require-hashes",
    ].concat(["-r", requirements, "--target", path.join(extra, "opt", "aws-cli")], forTheImage, platforms),
    { purpose: "fetching the AWS CLI and Node.js for the base image", timeoutSeconds: 300, log: "image-python.log" },
  );

  progress("base image: building a Debian tree from its package archive (two minutes or so)");
  const packages = fs
    .readFileSync(path.join(definition, "packages.txt"), "utf8")
    .split("\n")
    .filter((line) => line !== "" && !line.startsWith("#"));
  // In a mount namespace of its own: whatever happens to the build, none of its mounts outlives it.
  await run(
    "unshare",
    ["--mount", "mmdebstrap", "--mode=root", "--variant=minbase", `--include=${packages.join(",")}`].concat(
      ["--dpkgopt=path-exclude=/usr/share/doc/*", "--dpkgopt=path-exclude=/usr/share/locale/*"],
      // Before packages are installed: that of PostgreSQL would make a database, for each machine the same.
      [`--essential-hook=${path.join(definition, "prepare.sh")} "$1"`],
      [`--customize-hook=sync-in ${extra} /`, `--customize-hook=${path.join(definition, "customize.sh")} "$1"`],
      [codename, rootfs],
      machineSources(),
    ),
    {
      purpose: "building the base image of the lab's instances",
      timeoutSeconds: 1200,
      log: "image.log",
      env: { TMPDIR: draft, DEBIAN_FRONTEND: "noninteractive" },
      remedy: "check that apt reaches Debian's package archive",
    },
  );
  fs.rmSync(extra, { recursive: true, force: true });
}

/** The machine's own package sources when they are of the image's release; otherwise mmdebstrap's default. */
function machineSources(): string[] {
  const release = fs.existsSync("/etc/os-release") ? fs.readFileSync("/etc/os-release", "utf8") : "";
  if (!/^ID=debian$/m.test(release) || !release.includes(`VERSION_CODENAME=${codename}`)) return [];
  const folder = "/etc/apt/sources.list.d";
  const files = fs.existsSync(folder) ? fs.readdirSync(folder).map((name) => path.join(folder, name)) : [];
  const isDebian = (file: string): boolean =>
    /debian-archive-keyring|^deb .*debian/m.test(fs.readFileSync(file, "utf8"));
  return [...files.filter((file) => /\.(sources|list)$/.test(file)), "/etc/apt/sources.list"]
    .filter((file) => fs.existsSync(file) && isDebian(file))
    .slice(0, 1);
}

function filesBelow(folder: string): string[] {
  return fs
    .readdirSync(folder, { withFileTypes: true })
    .flatMap((entry) => {
      const entryPath = path.join(folder, entry.name);
      return entry.isDirectory() ? filesBelow(entryPath) : [entryPath];
    })
    .sort();
}
