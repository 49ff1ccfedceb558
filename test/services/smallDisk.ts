import { execFileSync } from "node:child_process";
import { mkdtempSync, rmdirSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** A disk that is soon full: a folder with a file system of its own, in memory. */
export interface SmallDisk {
  readonly folder: string;
  /** Makes it larger, or smaller as long as all that is on it has room. */
  resize(mib: number): void;
  /** Takes it away with all that is on it. */
  remove(): void;
}

/** Makes a disk of so many MiB. Needs root, as the lab does. */
export function smallDisk(mib: number, owner: { readonly uid?: number; readonly gid?: number } = {}): SmallDisk {
  const folder = mkdtempSync(join(tmpdir(), "disk-"));
  const options = [`size=${mib}m`, "mode=700", `uid=${owner.uid ?? 0}`, `gid=${owner.gid ?? 0}`].join(",");
  execFileSync("mount", ["-t", "tmpfs", "-o", options, "tmpfs", folder]);
  const remove = (): void => {
    execFileSync("umount", ["--lazy", folder]);
    rmdirSync(folder);
  };
  return { folder, resize: (size) => execFileSync("mount", ["-o", `remount,size=${size}m`, folder]), remove };
}
