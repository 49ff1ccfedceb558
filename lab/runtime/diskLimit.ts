import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { cgroupRoot, hierarchies } from "./cgroups";
import { FaultError } from "./faultError";
import { cgroupName } from "./names";

/** How fast block devices are read and written: set by the control groups' controller of block devices. */

interface Throttle {
  readonly file: string;
  /** What the file takes, after the device's number, for so many bytes per second. */
  readonly limited: (bytesPerSecond: number) => string;
  readonly unlimited: string;
}

/**
 * Version 1: of the root group, which the kernel's writing of cached pages belongs to, and where the lab's processes
 * are, as the lab makes no groups in this hierarchy. Version 2: of the group that all of the lab's processes are below.
 */
function throttles(base: string): readonly Throttle[] {
  const version1 = ["read", "write"].map((way) => join(base, "blkio", `blkio.throttle.${way}_bps_device`));
  if (version1.every(existsSync)) return version1.map((file) => ({ file, limited: String, unlimited: "0" }));
  return hierarchies(base)
    .filter(({ kind, path }) => kind === "v2" && existsSync(join(path, cgroupName, "io.max")))
    .map(({ path }) => ({
      file: join(path, cgroupName, "io.max"),
      limited: (bytes) => `rbps=${bytes} wbps=${bytes}`,
      unlimited: "rbps=max wbps=max",
    }));
}

/** @throws FaultError where this machine's control groups cannot limit a disk */
export function requireDiskLimits(base: string = cgroupRoot): void {
  if (throttles(base).length > 0) return;
  throw new FaultError(
    409,
    `diskMBps: this machine cannot limit a disk, its control groups have neither ${base}/blkio (version 1) nor ` +
      'the controller "io" (version 2): leave it out, or turn one on',
  );
}

/** What a machine of a few GiB would hold of writes that its disk has not taken yet (vm.dirty_ratio); ours has more. */
const unwrittenBytes = 64 * 1024 ** 2;

/** Makes writers of a device wait when it is so far behind, instead of holding gigabytes for it; or no longer. */
export function limitUnwritten(device: string, limited: boolean, base = "/sys/class/bdi"): void {
  const write = (name: string, value: number) => {
    const file = join(base, device, name);
    if (existsSync(file)) writeFileSync(file, String(value));
  };
  write("strict_limit", limited ? 1 : 0);
  // The kernel's default is 100 % of what all devices together may be behind.
  if (limited) write("max_bytes", unwrittenBytes);
  else write("max_ratio", 100);
}

/**
 * Limits reading and writing of a block device, each to this rate; null ends it.
 *
 * @param device its numbers, as `7:0`
 * @param megabytesPerSecond of 10^6 bytes
 */
export function limitDevice(device: string, megabytesPerSecond: number | null, base: string = cgroupRoot): void {
  for (const { file, limited, unlimited } of throttles(base)) {
    if (megabytesPerSecond !== null) {
      writeFileSync(file, `${device} ${limited(Math.ceil(megabytesPerSecond * 1e6))}`);
    } else if (
      readFileSync(file, "utf8")
        .split("\n")
        .some((line) => line.startsWith(`${device} `))
    ) {
      // Only where there is one: with its first word about a device the kernel sets up the throttle of that.
      writeFileSync(file, `${device} ${unlimited}`);
    }
  }
}
