import * as fs from "node:fs";
import * as path from "node:path";

import { SetupError } from "./errors";
import { findCommand } from "./findCommand";
import type { Progress } from "./run";
import { run } from "./run";

/** Commands that the lab and the program on it run on this machine, and the Debian package of each. */
const packageOf: Readonly<Record<string, string>> = {
  ip: "iproute2",
  losetup: "mount",
  "mkfs.ext4": "e2fsprogs",
  "mkfs.xfs": "xfsprogs",
  mmdebstrap: "mmdebstrap",
  mount: "mount",
  mvn: "maven",
  nft: "nftables",
  nsenter: "util-linux",
  openssl: "openssl",
  python3: "python3",
  setpriv: "util-linux",
  shellcheck: "shellcheck",
  ssh: "openssh-client",
  "systemd-nspawn": "systemd-container",
  tar: "tar",
  unshare: "util-linux",
};

/** What mmdebstrap checks the Debian package archive with; machines with another distribution lack it. */
const debianKeys = { file: "/usr/share/keyrings/debian-archive-keyring.gpg", name: "debian-archive-keyring" };

/** How the machine looks, for {@link missingPackages}. */
export interface Machine {
  hasCommand(name: string): boolean;
  hasFile(file: string): boolean;
  /** The file behind a command, without links. */
  realPath(command: string): string | undefined;
}

const thisMachine: Machine = {
  hasCommand: (name) => findCommand(name) !== undefined,
  hasFile: (file) => fs.existsSync(file),
  realPath: (command) => {
    const file = findCommand(command);
    return file === undefined ? undefined : fs.realpathSync(file);
  },
};

/** Commands (or files) that are missing, and the packages that bring them. */
export function missingPackages(machine: Machine): { readonly missing: string[]; readonly packages: string[] } {
  const missing = Object.keys(packageOf).filter((command) => !machine.hasCommand(command));
  const packages = new Set(missing.map((command) => packageOf[command] ?? command));
  if (!machine.hasFile(debianKeys.file)) {
    missing.push(path.basename(debianKeys.file));
    packages.add(debianKeys.name);
  }
  // Debian's own Python can't make virtual environments without a package of its own; other Pythons bring everything.
  const python = machine.realPath("python3");
  const debianPython = python === undefined ? undefined : /^\/usr\/bin\/(python3\.\d+)$/.exec(python)?.[1];
  const lacksVenv = debianPython !== undefined && !machine.hasFile(`/usr/lib/${debianPython}/ensurepip`);
  if (python === undefined || lacksVenv) {
    missing.push("python3 -m venv");
    packages.add("python3-venv");
  }
  return { missing, packages: [...packages].sort() };
}

/**
 * Installs the system packages that the lab's commands come in. Other distributions than Debian's have to do it by
 * hand.
 */
export async function ensureHostPackages(progress: Progress = () => undefined): Promise<void> {
  const { missing, packages } = missingPackages(thisMachine);
  if (missing.length === 0) return;
  if (findCommand("apt-get") === undefined) {
    throw new SetupError(
      "the lab needs commands that this machine lacks, and there is no apt-get to install them: " +
        `${missing.join(", ")}; install them by your own package manager`,
    );
  }
  await installPackages(packages, "the lab", progress);
  const still = missingPackages(thisMachine).missing;
  if (still.length > 0) {
    throw new SetupError(
      `the packages ${packages.join(", ")} are installed, but these are still missing: ${still.join(", ")}`,
    );
  }
}

/**
 * Installs packages of Debian's archive. Throws when that takes root, or when they can't be had.
 * @param who needs them, for an error: `the lab`
 */
export async function installPackages(
  packages: readonly string[],
  who: string,
  progress: Progress = () => undefined,
): Promise<void> {
  if (process.getuid?.() !== 0) {
    throw new SetupError(`${who} needs the packages ${packages.join(", ")}: install them, or run this as root`);
  }
  progress(`machine: installing ${packages.join(", ")}`);
  const apt = (args: readonly string[], purpose: string, timeoutSeconds: number): Promise<string> =>
    // Somebody else's apt is waited for.
    run("apt-get", ["-o", "DPkg::Lock::Timeout=300", "-q", ...args], {
      purpose,
      timeoutSeconds,
      env: { DEBIAN_FRONTEND: "noninteractive" },
      log: `apt-${args[0]}.log`,
      remedy: "check that apt reaches its package archive",
    });
  // One broken source of several does not matter if the packages are found nevertheless.
  const update = await apt(["update"], "refreshing the package lists", 300).then(
    () => undefined,
    (error: unknown) => error,
  );
  try {
    await apt(["install", "-y", "--no-install-recommends", ...packages], `installing ${packages.join(", ")}`, 900);
  } catch (error) {
    throw update ?? error;
  }
}
