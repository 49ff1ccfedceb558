import { readFileSync } from "node:fs";

/** The words by which a process was started; none when it is gone, or where there is no /proc. */
export function commandLineOf(pid: number): readonly string[] {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, "utf8").split("\0");
  } catch {
    return [];
  }
}
