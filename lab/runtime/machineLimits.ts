import { existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { machineMarker } from "./names";

/**
 * Limits of the machine's kernel that ten systems at once can reach, raised while the lab is up. Every systemd takes
 * about ten inotify instances, and the kernel's default is 128 for all of root's.
 */
const wanted: Readonly<Record<string, number>> = { "/proc/sys/fs/inotify/max_user_instances": 1024 };

const formerValues = `${machineMarker}.limits`;

/** Raises what is lower than wanted; remembers what it was. */
export function raiseLimits(): void {
  const former: Record<string, number> = {};
  for (const [file, value] of Object.entries(wanted)) {
    const present = Number(readFileSync(file, "utf8"));
    if (present < value) former[file] = present;
  }
  if (Object.keys(former).length === 0) return;
  writeFileSync(formerValues, JSON.stringify(former));
  for (const file of Object.keys(former)) writeFileSync(file, String(wanted[file]));
}

/** Puts the former values back. */
export function restoreLimits(): void {
  if (!existsSync(formerValues)) return;
  const former = JSON.parse(readFileSync(formerValues, "utf8")) as Record<string, number>;
  for (const [file, value] of Object.entries(former)) if (file in wanted) writeFileSync(file, String(value));
  rmSync(formerValues, { force: true });
}
