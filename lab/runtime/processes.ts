import { execFile } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";

/** A command that failed: what was run, how it ended, what it said. */
class CommandError extends Error {
  constructor(
    readonly command: string,
    readonly exitCode: number | string | null,
    readonly output: string,
  ) {
    super(`\`${command}\` failed (${exitCode ?? "killed"}): ${output.trim() || "no output"}`);
    this.name = "CommandError";
  }
}

export interface RunOptions {
  /** Text for standard input. */
  readonly input?: string;
  /** After this the command is killed. Default 20 s. */
  readonly timeoutMs?: number;
}

/** Runs a command to its end and gives its standard output. @throws CommandError */
export function run(command: string, args: readonly string[], options: RunOptions = {}): Promise<string> {
  return new Promise((done, fail) => {
    const child = execFile(
      command,
      [...args],
      { timeout: options.timeoutMs ?? 20_000, killSignal: "SIGKILL", maxBuffer: 16 * 1024 * 1024, encoding: "utf8" },
      (error, stdout, stderr) => {
        if (error) {
          const line = [command, ...args].join(" ");
          const said = [stderr, stdout].filter((text) => text.trim() !== "").join("\n") || error.message;
          fail(new CommandError(line, error.code ?? error.signal ?? null, said));
        } else {
          done(stdout);
        }
      },
    );
    // A command that ends before it has read everything closes the pipe; its exit status tells the story.
    child.stdin?.on("error", () => undefined);
    child.stdin?.end(options.input ?? "");
  });
}

/** A process, told from a later one with the same id by its start time. */
export interface ProcessIdentity {
  readonly pid: number;
  /** Clock ticks after boot (field 22 of /proc/pid/stat). */
  readonly startTime: string;
}

/** State letter and start time of a process, or undefined when there is none. */
function processStat(pid: number): { readonly state: string; readonly startTime: string } | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    // The command name, in brackets, may hold blanks and brackets itself.
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    return { state: fields[0] ?? "", startTime: fields[19] ?? "" };
  } catch {
    return undefined;
  }
}

/** The identity of a running process, or undefined when there is none (a zombie counts as none). */
export function identify(pid: number): ProcessIdentity | undefined {
  const stat = processStat(pid);
  return stat === undefined || stat.state === "Z" ? undefined : { pid, startTime: stat.startTime };
}

/** Whether exactly this process still runs. */
export function isAlive(identity: ProcessIdentity): boolean {
  return identify(identity.pid)?.startTime === identity.startTime;
}

/** Sends a signal to exactly this process; does nothing when it is gone. */
export function signalProcess(identity: ProcessIdentity, signal: NodeJS.Signals): void {
  if (!isAlive(identity)) return;
  try {
    process.kill(identity.pid, signal);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error;
  }
}

/** Children of a process. */
export function childrenOf(pid: number): readonly number[] {
  try {
    return readdirSync(`/proc/${pid}/task`).flatMap((task) =>
      readFileSync(`/proc/${pid}/task/${task}/children`, "utf8").split(" ").filter(Boolean).map(Number),
    );
  } catch {
    return [];
  }
}

/** All process ids of the machine that this process can see. */
export function allProcesses(): readonly number[] {
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .map(Number);
}
