import { spawn, type ChildProcess } from "node:child_process";
import {
  closeSync,
  mkdirSync,
  openSync,
  readFileSync,
  readlinkSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { createGroup, killGroup, limitMemory, removeGroup } from "./cgroups";
import type { DesiredInstance } from "./desiredState";
import { primaryInterface } from "./desiredState";
import { instanceNamespace, resolverAddress } from "./names";
import { childrenOf, identify, run, signalProcess } from "./processes";
import type { ProcessIdentity } from "./processes";
import { mountPointsIn } from "./volumes";
import { waitFor } from "./waiting";

/** An instance's machine: systemd-nspawn on an overlay of the base image, in the instance's network namespace. */

/** How a container ended. */
export type ContainerEnd = "poweroff" | "reboot" | "died";

export interface ContainerFolders {
  /** The instance's folder in the lab's state. */
  readonly folder: string;
  /** The base image's tree: never written to. */
  readonly rootfs: string;
  readonly consoleLog: string;
  /** The certificate of the lab's AWS (PEM), which instances trust. */
  readonly certificate: string;
}

/** systemd-nspawn's exit status for "the machine inside wants to boot again", when it does not do so itself. */
const rebootStatus = 133;

/**
 * What root may do in an instance beyond nspawn's own set (which has mounting, device nodes and tracing): its own
 * network, locked memory. Not the clock and not kernel modules: those are the machine's.
 */
const capabilities = ["CAP_NET_ADMIN", "CAP_IPC_LOCK", "CAP_SYS_NICE", "CAP_SYSLOG", "CAP_PERFMON", "CAP_BPF"];

export class Container {
  private constructor(
    readonly instanceId: string,
    /** systemd-nspawn itself. */
    readonly supervisor: ProcessIdentity,
    /** systemd inside, by its id outside. */
    readonly leader: ProcessIdentity,
    /** Resolves when no process of nspawn is left. */
    readonly ended: Promise<ContainerEnd>,
  ) {}

  /** Boots the machine; resolves when its systemd runs. */
  static async boot(instance: DesiredInstance, folders: ContainerFolders): Promise<Container> {
    const id = instance.id;
    const root = join(folders.folder, "root");
    const joinFiles = createGroup(id);
    if (process.env["LAB_MEMORY_LIMITS"] === "1" && instance.memoryMiB !== null) {
      limitMemory(id, instance.memoryMiB * 1024 * 1024);
    }
    const hostname = primaryInterface(instance)?.privateDnsName.split(".")[0] ?? id;
    const console = openSync(folders.consoleLog, "a", 0o600);
    const child = spawn(
      "setpriv",
      [
        // The lab's machines end with the lab, even when that is killed.
        "--pdeathsig",
        "SIGKILL",
        "sh",
        "-c",
        'while [ "$1" != -- ]; do echo $$ > "$1" || exit 1; shift; done; shift; exec "$@"',
        "sh",
        ...joinFiles,
        "--",
        "systemd-nspawn",
        "--quiet",
        "--boot",
        `--directory=${root}`,
        `--network-namespace-path=/run/netns/${instanceNamespace(id)}`,
        `--machine=${id}`,
        `--hostname=${hostname}`,
        "--register=no",
        "--keep-unit",
        "--settings=no",
        "--resolv-conf=off",
        "--timezone=off",
        "--link-journal=no",
        "--console=read-only",
        `--capability=${capabilities.join(",")}`,
      ],
      {
        detached: true,
        stdio: ["ignore", console, console],
        env: { PATH: process.env["PATH"], LANG: "C.UTF-8", SYSTEMD_LOG_TARGET: "console" },
      },
    );
    closeSync(console);
    const ended = new Promise<ContainerEnd>((done) => {
      child.once("error", () => done("died"));
      child.once("exit", (code) => done(code === 0 ? "poweroff" : code === rebootStatus ? "reboot" : "died"));
    });
    let over: ContainerEnd | undefined;
    void ended.then((end) => (over = end));
    const leaderPid = await waitFor(
      () => {
        if (over !== undefined) {
          throw new Error(`the container ended while it started: ${lastLines(folders.consoleLog)}`);
        }
        return child.pid === undefined ? undefined : findLeader(child.pid);
      },
      { timeoutMs: 30_000, intervalMs: 10, what: `${id}: systemd inside the container runs` },
    );
    const supervisor = child.pid === undefined ? undefined : identify(child.pid);
    const leader = identify(leaderPid);
    if (supervisor === undefined || leader === undefined) {
      throw new Error(`the container ended as soon as it had started: ${lastLines(folders.consoleLog)}`);
    }
    return new Container(id, supervisor, leader, ended);
  }

  /** Pulls the plug: every process is gone when this resolves. @throws Error when some are left after the deadline */
  async kill(timeoutMs = 15_000): Promise<void> {
    signalProcess(this.leader, "SIGKILL");
    await killInstanceProcesses(this.instanceId, timeoutMs);
    await this.ended;
  }

  /** Presses the power button: systemd inside shuts down. */
  powerOff(): void {
    // SIGRTMIN+4, by systemd's rules "start poweroff.target"; Node has no name for it.
    this.sendRealtimeSignal(34 + 4);
  }

  /** As powerOff, but boots again. */
  reboot(): void {
    // SIGRTMIN+5: "start reboot.target".
    this.sendRealtimeSignal(34 + 5);
  }

  private sendRealtimeSignal(signal: number): void {
    if (identify(this.leader.pid)?.startTime === this.leader.startTime) process.kill(this.leader.pid, signal);
  }
}

/** The container's init: the child of nspawn that is process 1 in there and has become the machine's own program. */
function findLeader(supervisor: number): number | undefined {
  for (const child of childrenOf(supervisor)) {
    try {
      if (/\/systemd$/.test(readlinkSync(`/proc/${child}/exe`))) return child;
    } catch {
      // Gone again, or not yet more than a fork.
    }
  }
  return undefined;
}

/** The end of an instance's console, on one line. */
function lastLines(consoleLog: string): string {
  const said = readFileSync(consoleLog, "utf8").trimEnd().split(/\r?\n/).slice(-5).join(" | ");
  return `${said || "it said nothing"} (${consoleLog})`;
}

/** Kills whatever runs of an instance. @throws Error when some of it is left after the deadline */
export async function killInstanceProcesses(instanceId: string, timeoutMs: number): Promise<void> {
  if (!(await killGroup(timeoutMs, instanceId))) {
    throw new Error(
      `${instanceId}: some of its processes do not die within ${timeoutMs / 1000} s (see \`ps\`, state D)`,
    );
  }
  await waitFor(() => removeGroup(instanceId).length === 0, {
    timeoutMs: 5_000,
    what: `${instanceId}: its control groups are empty`,
  });
}

/** Takes of this machine's disk what is written to it. */
const rootDiskBytes = 16 * 1024 ** 3;

const rootDisk = (folder: string) => ({
  image: join(folder, "disk.img"),
  /** Where the root disk's own filesystem is mounted: what the machine changes of the image. */
  mounted: join(folder, "disk"),
  upper: join(folder, "disk", "upper"),
  work: join(folder, "disk", "work"),
  root: join(folder, "root"),
});

/**
 * Makes the root disk: a filesystem of its own, which can hang without any other's, over the base image; with the
 * resolver of the VPC.
 */
export async function createRootDisk(folders: ContainerFolders): Promise<void> {
  const { image, mounted, upper, work, root } = rootDisk(folders.folder);
  for (const folder of [mounted, root]) mkdirSync(folder, { recursive: true });
  writeFileSync(image, "", { mode: 0o600 });
  truncateSync(image, rootDiskBytes);
  // No journal: a machine that dies leaves no root disk.
  const fast = ["-O", "^has_journal", "-E", "lazy_itable_init=1,nodiscard", "-m", "0"];
  await run("mkfs.ext4", ["-q", "-F", ...fast, image]);
  await mountDisk(folders.folder);
  mkdirSync(join(upper, "etc"), { recursive: true });
  mkdirSync(work);
  // The image may have a link to systemd-resolved's file here: the overlay's own file hides it.
  rmSync(join(upper, "etc", "resolv.conf"), { force: true });
  writeFileSync(join(upper, "etc", "resolv.conf"), `search ec2.internal\nnameserver ${resolverAddress}\n`);
  trustCertificate(folders, upper);
  await mountOverlay(folders);
}

/**
 * Adds the lab's authority to those that the image trusts, and puts it beside them alone, for programs that have a list
 * of their own.
 */
function trustCertificate({ rootfs, certificate }: ContainerFolders, upper: string): void {
  const certificates = join("etc", "ssl", "certs");
  const lab = readFileSync(certificate, "utf8");
  mkdirSync(join(upper, certificates), { recursive: true });
  writeFileSync(join(upper, certificates, "lab.pem"), lab);
  const bundle = join(certificates, "ca-certificates.crt");
  writeFileSync(join(upper, bundle), readFileSync(join(rootfs, bundle), "utf8") + lab);
}

export async function mountRootDisk(folders: ContainerFolders): Promise<void> {
  await mountDisk(folders.folder);
  await mountOverlay(folders);
}

/** By a loop device, which goes with the mount. */
async function mountDisk(folder: string): Promise<void> {
  const { image, mounted } = rootDisk(folder);
  await run("mount", ["-o", "loop,noatime", image, mounted]);
}

async function mountOverlay({ folder, rootfs }: ContainerFolders): Promise<void> {
  const { upper, work, root } = rootDisk(folder);
  const options = `lowerdir=${rootfs},upperdir=${upper},workdir=${work}`;
  await run("mount", ["-t", "overlay", "kafka-on-ec2-lab", "-o", options, root]);
}

export async function unmountRootDisk(folder: string): Promise<void> {
  const { mounted, root } = rootDisk(folder);
  await run("umount", [root]);
  await run("umount", [mounted]);
}

/** Has all that reads or writes a disk of an instance wait, its root disk's too, as when EBS does not answer. */
export class HungDisks {
  private constructor(
    private readonly reader: ChildProcess,
    private readonly frozen: readonly string[],
  ) {}

  /** @param devices the volumes that the instance has. @throws Error when one can't be made to hang; then none does */
  static async hang(folder: string, leaderPid: number, devices: readonly string[]): Promise<HungDisks> {
    const inside = `/proc/${leaderPid}/root`;
    const { mounted } = rootDisk(folder);
    const volumes = devices.flatMap((device) => mountPointsIn(leaderPid, device)).map((point) => join(inside, point));
    const script = join(__dirname, "hangReads.py");
    // It ends with the lab, even when that is killed.
    const reader = spawn("setpriv", ["--pdeathsig", "SIGKILL", "python3", script, inside], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    const hung = new HungDisks(reader, [...volumes, mounted]);
    try {
      await new Promise<void>((done, fail) => {
        reader.once("error", fail);
        reader.once("exit", (code) => fail(new Error(`reads can't be made to wait (${code})`)));
        reader.stdout?.once("data", () => done());
      });
      await Promise.all(hung.frozen.map((point) => run("fsfreeze", ["--freeze", point])));
    } catch (error) {
      await hung.release();
      throw error;
    }
    return hung;
  }

  /** Can be repeated. */
  async release(): Promise<void> {
    this.reader.removeAllListeners("exit");
    this.reader.kill("SIGKILL");
    // What was not frozen, or is not mounted any more, can't be thawed.
    await Promise.all(this.frozen.map((point) => run("fsfreeze", ["--unfreeze", point]).catch(() => undefined)));
  }
}

/** Command line that runs something inside an instance, as root, in all of its namespaces. */
export function enterCommand(leaderPid: number, command: readonly string[]): readonly string[] {
  return [
    "nsenter",
    `--target=${leaderPid}`,
    "--mount",
    "--uts",
    "--ipc",
    "--net",
    "--pid",
    "--cgroup",
    "--root",
    "--wd",
    "--",
    "env",
    "-i",
    "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
    "HOME=/root",
    "LANG=C.UTF-8",
    `TERM=${process.env["TERM"] ?? "dumb"}`,
    ...command,
  ];
}
