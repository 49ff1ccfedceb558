import { spawn } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { createWriteStream, mkdirSync } from "node:fs";
import * as path from "node:path";
import { createInterface } from "node:readline";

import { cacheFolder } from "./cacheFolder";
import { SetupError } from "./errors";
import { findCommand } from "./findCommand";

/** Where progress goes: one plain line at a time. */
export type Progress = (line: string) => void;

export interface RunOptions {
  /** What the command does, as the subject of an error: "building the base image". */
  readonly purpose: string;
  readonly timeoutSeconds: number;
  readonly cwd?: string;
  /** Added to this process's environment; `undefined` removes a variable. */
  readonly env?: Record<string, string | undefined>;
  /** Text for the command's standard input. Default: none. */
  readonly input?: string;
  /** Called with each line of output. */
  readonly onLine?: (line: string) => void;
  /** File name in the cache's `logs` folder that keeps the whole output. Default: not kept. */
  readonly log?: string;
  /** What to do about a failure, added to the error. */
  readonly remedy?: string;
}

/** Lines of output that an error shows. */
const shownLines = 8;

/**
 * Runs a command to its end and gives its standard output; throws a {@link SetupError} with the last lines of output.
 */
export async function run(command: string, args: readonly string[], options: RunOptions): Promise<string> {
  const logFile = options.log === undefined ? undefined : path.join(cacheFolder(), "logs", options.log);
  if (logFile !== undefined) mkdirSync(path.dirname(logFile), { recursive: true });
  const log = logFile === undefined ? undefined : createWriteStream(logFile);
  const child = spawn(...withParent(command, args), {
    cwd: options.cwd,
    env: { ...process.env, ...options.env },
    stdio: [options.input === undefined ? "ignore" : "pipe", "pipe", "pipe"],
  });
  running.add(child);
  const output: string[] = [];
  const tail: string[] = [];
  const note = (line: string): void => {
    log?.write(`${line}\n`);
    if (line.trim() !== "") tail.push(line.trimEnd());
    if (tail.length > shownLines) tail.shift();
    options.onLine?.(line);
  };
  const finished = [
    readLines(child.stdout as NodeJS.ReadableStream, (line) => {
      output.push(line);
      note(line);
    }),
    readLines(child.stderr as NodeJS.ReadableStream, note),
  ];
  // A command that ends before it has read its input is judged by its exit code, not by the broken pipe.
  child.stdin?.on("error", () => undefined);
  child.stdin?.end(options.input);

  let timedOut = false;
  const timer = setTimeout(() => {
    timedOut = true;
    child.kill("SIGKILL");
  }, options.timeoutSeconds * 1000);
  const outcome = await new Promise<string | undefined>((resolve) => {
    child.on("error", (error: NodeJS.ErrnoException) =>
      resolve(error.code === "ENOENT" ? `the command \`${command}\` is not installed` : error.message),
    );
    child.on("exit", (code, signal) => resolve(code === 0 ? undefined : `${command} ended with ${signal ?? code}`));
  });
  clearTimeout(timer);
  running.delete(child);
  // A grandchild may hold the pipes open for ever; what it would still say is not waited for long.
  await Promise.race([Promise.all(finished), new Promise((resolve) => setTimeout(resolve, 2000).unref())]);
  log?.end();
  if (outcome === undefined) return output.join("\n");

  const reason = timedOut ? `${command} did not end within ${options.timeoutSeconds} s` : outcome;
  const evidence = tail.length === 0 ? "" : `\n  ${tail.join("\n  ")}`;
  const remedy = options.remedy === undefined ? "" : `; ${options.remedy}`;
  const where = logFile === undefined ? "" : ` (whole output: ${logFile})`;
  throw new SetupError(`${options.purpose} failed: ${reason}${remedy}${where}${evidence}`);
}

const running = new Set<ChildProcess>();

/** Ends the commands that run at this moment: when one part of the set-up has failed, the others need not go on. */
export function endRunning(): void {
  for (const child of running) child.kill("SIGTERM");
}

/** Has the kernel end the command when this process dies, even by SIGKILL, where that can be had. */
function withParent(command: string, args: readonly string[]): [string, string[]] {
  const found = command.includes("/") || findCommand(command) !== undefined;
  const setpriv = process.platform === "linux" && found ? findCommand("setpriv") : undefined;
  return setpriv === undefined ? [command, [...args]] : [setpriv, ["--pdeathsig", "TERM", "--", command, ...args]];
}

async function readLines(stream: NodeJS.ReadableStream, onLine: (line: string) => void): Promise<void> {
  for await (const line of createInterface({ input: stream, crlfDelay: Infinity })) onLine(line);
}
