import { readFileSync, readdirSync } from "node:fs";

/** The words by which a process was started; none when it is gone, or where there is no /proc. */
export function commandLineOf(pid: number): readonly string[] {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, "utf8").split("\0");
  } catch {
    return [];
  }
}

/** Whether any process has these words in its command line, one after the other. */
export function processRuns(...words: readonly string[]): boolean {
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .some((pid) => ` ${commandLineOf(Number(pid)).join(" ")} `.includes(` ${words.join(" ")} `));
}
