import { spawn } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, readdirSync, rmSync, statSync, symlinkSync, truncateSync } from "node:fs";
import { closeSync, lstatSync, openSync, readlinkSync, unlinkSync } from "node:fs";
import { basename, join } from "node:path";
import { limitDevice, limitUnwritten } from "./diskLimit";
import { run } from "./processes";
import { holdsWithin } from "./waiting";

/** EBS volumes: sparse files behind loop devices. */

const bytesPerGiB = 1024 ** 3;

/** The backing file of a volume. */
export const volumeFile = (folder: string, volumeId: string): string => join(folder, `${volumeId}.img`);

/** The name under which an instance on Nitro finds a volume in /dev/disk/by-id. */
export const diskLink = (volumeId: string): string => `nvme-Amazon_Elastic_Block_Store_${volumeId.replace("-", "")}`;

/**
 * Makes a volume's file, or makes it longer; never shorter (EBS cannot shrink one either).
 * @returns whether it changed
 */
export function sizeVolume(folder: string, volumeId: string, sizeGiB: number): boolean {
  mkdirSync(folder, { recursive: true });
  const file = volumeFile(folder, volumeId);
  if (!existsSync(file)) closeSync(openSync(file, "wx", 0o600));
  const wanted = sizeGiB * bytesPerGiB;
  if (statSync(file).size >= wanted) return false;
  truncateSync(file, wanted);
  return true;
}

export function deleteVolume(folder: string, volumeId: string): void {
  rmSync(volumeFile(folder, volumeId), { force: true });
}

export interface LoopDevice {
  /** /dev/loopN */
  readonly path: string;
  readonly backingFile: string;
}

/** Loop devices whose backing file lies below a folder, also when that file has been deleted since. */
export function loopDevicesBelow(folder: string): readonly LoopDevice[] {
  const prefix = folder.endsWith("/") ? folder : `${folder}/`;
  return readdirSync("/sys/block")
    .filter((name) => name.startsWith("loop"))
    .flatMap((name) => {
      const backingFile = backingFileOf(`/dev/${name}`)?.replace(/ \(deleted\)$/, "");
      return backingFile?.startsWith(prefix) ? [{ path: `/dev/${name}`, backingFile }] : [];
    });
}

function backingFileOf(device: string): string | undefined {
  try {
    return readFileSync(`/sys/block/${basename(device)}/loop/backing_file`, "utf8").trimEnd();
  } catch {
    return undefined;
  }
}

/** Puts a loop device before a volume's file; with direct I/O where the filesystem below permits it. */
export async function openLoop(file: string): Promise<string> {
  const attempt = (extra: readonly string[]): Promise<string> =>
    run("losetup", ["--find", "--show", "--nooverlap", ...extra, file]).then((text) => text.trim());
  try {
    return await attempt(["--direct-io=on"]);
  } catch {
    return attempt([]);
  }
}

/** Tells the loop device that its file has grown. */
export async function growLoop(device: string): Promise<void> {
  await run("losetup", ["--set-capacity", device]);
}

/**
 * Frees a loop device and waits until it is really free: as long as some mount holds it, the kernel only marks it.
 * @throws Error when it is still in use when time is up
 */
export async function closeLoop(device: string, timeoutMs = 10_000): Promise<void> {
  const backingFile = backingFileOf(device);
  if (backingFile === undefined) return;
  // Its limit would be that of the device's next user.
  limitDisk(device, null);
  await run("losetup", ["--detach", device]);
  if (!(await holdsWithin(() => backingFileOf(device) !== backingFile, timeoutMs))) {
    throw new Error(`${device} (${backingFile}) is still in use ${timeoutMs / 1000} s after it was let go`);
  }
}

/** The kind of filesystem that the kernel has open on a device, mounted or not. */
const filesystemOn = (device: string): string | undefined =>
  ["xfs", "ext4"].find((kind) => existsSync(`/sys/fs/${kind}/${basename(device)}`));

/**
 * Ends what holds up the writers of a disk whose machine is dead: its limit, and the freeze of its filesystem. Frozen,
 * that stays open in the kernel although nobody has it mounted, and a new mount of the device gives the same frozen
 * one: that is the way to reach it.
 */
export async function unblockDisk(device: string): Promise<void> {
  limitDisk(device, null);
  // The kernel closes it a little after the last process that had it mounted is gone.
  if (await holdsWithin(() => filesystemOn(device) === undefined, 200)) return;
  const script = 'mount -t "$1" "$2" /tmp || exit; fsfreeze --unfreeze /tmp 2>/dev/null; umount /tmp';
  // In a mount namespace of its own.
  await run("unshare", ["--mount", "sh", "-c", script, "sh", filesystemOn(device) ?? "auto", device], {
    timeoutMs: 10_000,
  });
}

/** Opens the filesystems that a container has mounted of these devices: held so, they outlive it. */
export function holdFilesystems(containerPid: number, devices: readonly string[]): readonly number[] {
  return devices.flatMap((device) => {
    const [point] = mountPointsIn(containerPid, device);
    try {
      return point === undefined ? [] : [openSync(`/proc/${containerPid}/root${point}`, "r")];
    } catch {
      // One that has shut down has nothing left to lose.
      return [];
    }
  });
}

/**
 * Shuts held filesystems down as when the power fails, and lets go of them: what their disks have not been given yet is
 * gone.
 */
export async function losePower(held: readonly number[]): Promise<void> {
  try {
    if (held.length === 0) return;
    const script = join(__dirname, "losePower.py");
    const child = spawn("python3", [script, String(held.length)], { stdio: ["ignore", "ignore", "inherit", ...held] });
    const code = await new Promise<number | null>((done, fail) => child.once("error", fail).once("exit", done));
    if (code !== 0) throw new Error(`losePower.py ended with ${code}`);
  } finally {
    for (const descriptor of held) closeSync(descriptor);
  }
}

/** Major and minor number of a block device, from sysfs. */
function deviceNumber(device: string): readonly [string, string] {
  const [major, minor] = readFileSync(`/sys/block/${basename(device)}/dev`, "utf8")
    .trim()
    .split(":");
  if (!major || !minor) throw new Error(`${device} has no device number in /sys/block`);
  return [major, minor];
}

/** Limits reading and writing of a block device, each to this rate (10^6 bytes per second); null ends it. */
export function limitDisk(device: string, megabytesPerSecond: number | null): void {
  const number = deviceNumber(device).join(":");
  limitDevice(number, megabytesPerSecond);
  limitUnwritten(number, megabytesPerSecond !== null);
}

/** Makes a block device known inside a container: its node, and the name that EC2's udev rules would give it. */
export async function showDevice(containerPid: number, device: string, volumeId: string): Promise<void> {
  const dev = `/proc/${containerPid}/root/dev`;
  const node = join(dev, basename(device));
  const [major, minor] = deviceNumber(device);
  if (!existsSync(node)) await run("mknod", ["-m", "0660", node, "b", major, minor]);
  const folder = join(dev, "disk", "by-id");
  mkdirSync(folder, { recursive: true });
  const link = join(folder, diskLink(volumeId));
  const target = `../../${basename(device)}`;
  if (linkTarget(link) !== target) {
    rmSync(link, { force: true });
    symlinkSync(target, link);
  }
}

/** Takes a block device's names out of a container. */
export function hideDevice(containerPid: number, device: string, volumeId: string): void {
  const dev = `/proc/${containerPid}/root/dev`;
  for (const path of [join(dev, "disk", "by-id", diskLink(volumeId)), join(dev, basename(device))]) {
    try {
      unlinkSync(path);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
    }
  }
}

/** Where a container has a filesystem of this device mounted (EC2 keeps a volume that has one "detaching"). */
export function mountPointsIn(containerPid: number, device: string): readonly string[] {
  const number = deviceNumber(device).join(":");
  return readFileSync(`/proc/${containerPid}/mountinfo`, "utf8")
    .split("\n")
    .map((line) => line.split(" "))
    .flatMap(([, , mounted, , point]) => (mounted === number && point !== undefined ? [point] : []));
}

function linkTarget(path: string): string | undefined {
  try {
    return lstatSync(path).isSymbolicLink() ? readlinkSync(path) : undefined;
  } catch {
    return undefined;
  }
}
