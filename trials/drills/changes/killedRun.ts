import { spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { UserError } from "../../../cli/userError";
import { killTree } from "./processTree";

/** A program that is to be killed at a line of its output. */
export interface KilledRun {
  /** The program and its arguments. */
  readonly command: readonly [string, ...string[]];
  readonly folder: string;
  readonly environment: NodeJS.ProcessEnv;
  /** Whether a line of its output is the one to kill it at. */
  readonly fits: (line: string) => boolean;
  readonly report: (line: string) => void;
  /** The signal that kills it at once. */
  readonly signal: AbortSignal;
}

/**
 * Runs a program until it prints a line that fits, and kills it with all its processes. Rejects when it ends before.
 */
export async function killedRun({ command, folder, environment, fits, report, signal }: KilledRun): Promise<void> {
  const [program, ...args] = command;
  const child = spawn(program, args, {
    cwd: folder,
    env: environment,
    stdio: ["pipe", "pipe", "inherit"],
    // Ctrl-C in a terminal reaches this process only.
    detached: true,
  });
  const kill = () => {
    if (child.pid !== undefined) killTree(child.pid);
  };
  const ended = new Promise<string>((resolve, reject) => {
    child.on("error", reject);
    child.on("close", (code, killedBy) => resolve(killedBy ?? `exit code ${code}`));
  });
  let killed = false;
  createInterface({ input: child.stdout }).on("line", (line) => {
    report(line);
    if (killed || !fits(line)) return;
    killed = true;
    kill();
  });
  signal.addEventListener("abort", kill);
  process.once("exit", kill);
  try {
    const how = await ended;
    if (!killed) throw new UserError(`the update ended before it could be killed: ${how}`);
  } finally {
    signal.removeEventListener("abort", kill);
    process.off("exit", kill);
  }
}
