/** This machine's processes, and which of them a run of this project has started. Linux and macOS. */
import { setTimeout as pause } from "node:timers/promises";
import { execFileSync } from "node:child_process";
import { randomUUID } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";

/**
 * The variable that says whose a process is: in the environment of Pulumi, and so in that of all that Pulumi starts.
 */
export const ownerVariable = "KAFKA_ON_EC2_RUN";

/** A process of this machine. */
export interface RunningProcess {
  readonly pid: number;
  readonly parent: number;
  /** The command's short name. */
  readonly name: string;
  /** When it began, which with the id means one process, as ids are given out again. */
  readonly start: string;
  /** The value of `ownerVariable`. */
  readonly owner?: string;
}

/** The processes of this user; of all users for root. */
export function runningProcesses(): RunningProcess[] {
  return process.platform === "linux" ? byProc() : byPs();
}

function byProc(): RunningProcess[] {
  return readdirSync("/proc").flatMap((entry) => {
    if (!/^\d+$/.test(entry)) return [];
    try {
      // proc(5): "pid (name) state ppid …", the 22nd the start in ticks since the boot. A name may hold anything.
      const text = readFileSync(`/proc/${entry}/stat`, "utf8");
      const fields = text.slice(text.lastIndexOf(")") + 2).split(" ");
      const environment = readFileSync(`/proc/${entry}/environ`, "utf8").split("\0");
      const owner = environment.find((one) => one.startsWith(`${ownerVariable}=`))?.slice(ownerVariable.length + 1);
      const name = text.slice(text.indexOf("(") + 1, text.lastIndexOf(")"));
      return [{ pid: Number(entry), parent: Number(fields[1]), name, start: fields[19] ?? "", owner }];
    } catch {
      // Another user's, or it has ended in this moment.
      return [];
    }
  });
}

function byPs(): RunningProcess[] {
  // ps(1) of macOS: -E shows the environment after the command.
  const args = ["-axEww", "-o", "pid=,ppid=,lstart=,ucomm=,command="];
  return parsePs(execFileSync("ps", args, { encoding: "utf8", maxBuffer: 64 << 20 }));
}

/**
 * The processes in the output of `ps`: lines such as ` 501 1 Sat Nov 28 16:01:29 2026 pulumi pulumi up KEY=value …`.
 */
export function parsePs(text: string): RunningProcess[] {
  const owner = new RegExp(` ${ownerVariable}=(\\S+)`);
  return text.split("\n").flatMap((line) => {
    const [, pid, parent, start, name] = /^\s*(\d+)\s+(\d+)\s+(\w+ \w+ +\d+ \S+ \d+)\s+(\S+)/.exec(line) ?? [];
    if (pid === undefined || start === undefined || name === undefined) return [];
    return [{ pid: Number(pid), parent: Number(parent), name, start, owner: owner.exec(line)?.[1] }];
  });
}

/** A new mark, for all that one command of this process starts for a stack. */
export function ownerMark(stack: string, processes = runningProcesses()): string {
  const start = processes.find(({ pid }) => pid === process.pid)?.start ?? "";
  return [stack, process.pid, start, randomUUID()].map(encodeURIComponent).join("/");
}

/** The processes of the stack's earlier commands that run although these have ended. */
export function orphansOf(stack: string, processes: readonly RunningProcess[]): RunningProcess[] {
  return processes.filter(({ owner }) => {
    const [name, pid, start] = owner?.split("/") ?? [];
    if (name !== encodeURIComponent(stack)) return false;
    return !processes.some((one) => one.pid === Number(pid) && encodeURIComponent(one.start) === start);
  });
}

/** Seconds that an engine may take to finish what it has begun, and to write it down. */
const graceSeconds = 30;
const checkMs = 200;

/**
 * Ends the processes that `remaining` gives: an engine is asked to stop first, so that its record is complete; all else
 * has nothing to lose.
 */
export async function endProcesses(remaining: () => readonly RunningProcess[]): Promise<void> {
  const engines = () => remaining().filter(({ name }) => name === "pulumi");
  for (const { pid } of engines()) signal(pid, "SIGINT");
  const deadline = Date.now() + graceSeconds * 1000;
  while (engines().length > 0 && Date.now() < deadline) await pause(checkMs);
  for (const { pid } of remaining()) signal(pid, "SIGKILL");
  while (remaining().length > 0 && Date.now() < deadline + 5000) {
    await pause(checkMs);
  }
}

function signal(pid: number, name: "SIGINT" | "SIGKILL"): void {
  try {
    process.kill(pid, name);
  } catch {
    // It has ended by itself.
  }
}
