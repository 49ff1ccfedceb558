import { readFileSync, readdirSync } from "node:fs";

/** Seconds of processor time of a process and its children. */
export function processorSeconds(pid: number): number {
  // utime, stime, and those of children that have ended.
  const own = statOf(pid)?.fields ?? [];
  let ticks = [11, 12, 13, 14].reduce((sum, field) => sum + Number(own[field] ?? 0), 0);
  for (const { parent, fields } of all()) {
    if (parent === pid) ticks += Number(fields[11]) + Number(fields[12]);
  }
  return ticks / 100;
}

/** The pid of this process's oldest child with this program. Throws when there is none. */
export function childNamed(program: string): number {
  const found = all().filter(({ parent, name }) => parent === process.pid && name === program);
  const startedAt = ({ fields }: Stat) => Number(fields[19]);
  const [oldest] = found.sort((one, other) => startedAt(one) - startedAt(other));
  if (oldest === undefined) throw new Error(`this process has no child ${program}`);
  return oldest.pid;
}

/** The most memory that a process has had so far, in MiB. */
export function mostMemoryMiB(pid: number): number {
  return Number(/VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1]) / 1024;
}

interface Stat {
  readonly pid: number;
  readonly name: string;
  readonly parent: number;
  /** What follows the name; proc(5) counts them from 3 on. */
  readonly fields: readonly string[];
}

function all(): Stat[] {
  const pids = readdirSync("/proc").filter((name) => /^\d+$/.test(name));
  return pids.flatMap((pid) => statOf(Number(pid)) ?? []);
}

/** Undefined when the process has ended. */
function statOf(pid: number): Stat | undefined {
  let text: string;
  try {
    text = readFileSync(`/proc/${pid}/stat`, "utf8");
  } catch {
    return undefined;
  }
  const [from, to] = [text.indexOf("("), text.lastIndexOf(")")];
  const fields = text.slice(to + 2).split(" ");
  return { pid, name: text.slice(from + 1, to), parent: Number(fields[1]), fields };
}
