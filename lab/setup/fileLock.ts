import { randomBytes } from "node:crypto";
import * as fs from "node:fs";
import * as path from "node:path";

import { SetupError } from "./errors";

export interface LockOptions {
  /** How long to wait for the process that holds the lock. */
  readonly timeoutSeconds: number;
  /** Called once when there is somebody to wait for, with the process id. */
  readonly onWait?: (holder: number) => void;
}

const pollMilliseconds = 200;

/**
 * Runs `action` while holding the lock `file`, which no other process can then hold. The lock names its holder by
 * process id and start time, so the lock of a process that was killed is taken over at once.
 */
export async function withFileLock<T>(file: string, options: LockOptions, action: () => Promise<T>): Promise<T> {
  fs.mkdirSync(path.dirname(file), { recursive: true });
  const mine = `${process.pid} ${startTime(process.pid) ?? "-"} ${randomBytes(8).toString("hex")}`;
  const deadline = Date.now() + options.timeoutSeconds * 1000;
  let told = false;
  while (!tryLock(file, mine)) {
    const holder = readIfThere(file);
    if (holder === undefined) continue;
    if (!isAlive(holder)) {
      removeStale(file, holder);
      continue;
    }
    if (Date.now() > deadline) {
      throw new SetupError(
        `process ${holder.split(" ")[0]} has held the lock ${file} for more than ${options.timeoutSeconds} s: ` +
          "wait for it, or end it, and start again",
      );
    }
    if (!told) options.onWait?.(Number(holder.split(" ")[0]));
    told = true;
    await new Promise((resolve) => setTimeout(resolve, pollMilliseconds));
  }
  try {
    return await action();
  } finally {
    if (readIfThere(file) === mine) fs.rmSync(file, { force: true });
  }
}

/** Makes the lock together with its content, in one step: a link fails when the name exists. */
function tryLock(file: string, content: string): boolean {
  const draft = `${file}.${randomBytes(6).toString("hex")}`;
  fs.writeFileSync(draft, content);
  try {
    fs.linkSync(draft, file);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EEXIST") return false;
    throw error;
  } finally {
    fs.rmSync(draft, { force: true });
  }
}

/** Takes a dead process's lock away; should another process have taken the lock over meanwhile, it is given back. */
function removeStale(file: string, stale: string): void {
  const aside = `${file}.${randomBytes(6).toString("hex")}`;
  try {
    fs.renameSync(file, aside);
  } catch {
    return; // Somebody else was quicker.
  }
  try {
    if (readIfThere(aside) !== stale) fs.linkSync(aside, file);
  } catch {
    // A third process holds the lock already.
  }
  fs.rmSync(aside, { force: true });
}

function isAlive(holder: string): boolean {
  const [pid = "", started] = holder.split(" ");
  try {
    process.kill(Number(pid), 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
  return (startTime(Number(pid)) ?? "-") === started;
}

/** When the process started, in ticks since boot: tells a process from a later one with the same id. Linux only. */
function startTime(pid: number): string | undefined {
  const stat = readIfThere(`/proc/${pid}/stat`);
  // The command's name, in brackets, may hold spaces; the start time is the 20th field after it.
  return stat?.slice(stat.lastIndexOf(")") + 2).split(" ")[19];
}

function readIfThere(file: string): string | undefined {
  try {
    return fs.readFileSync(file, "utf8");
  } catch {
    return undefined;
  }
}
