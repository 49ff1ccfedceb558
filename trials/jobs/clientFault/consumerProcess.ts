import { spawn, type ChildProcess } from "node:child_process";
import { readFileSync } from "node:fs";
import { createInterface } from "node:readline";
import { within } from "../drill/within";
import type { ConsumerLine } from "./catchUp";

const memoryEveryMs = 500;

/** A consumer at work in a process of its own. */
export class ConsumerProcess {
  /** The most that it had in memory so far, MiB, by the kernel's own count. */
  memoryMebibytes = 0;
  /** Resolves when the process has ended, with its exit and its last words. */
  readonly ended: Promise<string>;
  private readonly child: ChildProcess;

  constructor(command: string, args: readonly string[], onLine: (line: ConsumerLine, at: number) => void) {
    this.child = spawn(command, args, { stdio: ["ignore", "pipe", "pipe"] });
    const { stdout, stderr, pid } = this.child;
    let words = "";
    stderr?.on("data", (chunk: Buffer) => (words = (words + chunk.toString()).slice(-800)));
    if (stdout !== null)
      createInterface(stdout).on("line", (line) => {
        if (line.startsWith("{")) onLine(JSON.parse(line) as ConsumerLine, Date.now());
        else console.log(line);
      });
    const watch = setInterval(() => {
      this.memoryMebibytes = Math.max(this.memoryMebibytes, peakMebibytes(pid));
    }, memoryEveryMs);
    this.ended = new Promise((resolve) => {
      this.child.on("error", (error) => resolve(error.message));
      this.child.on("close", (code, signal) => resolve(`${signal ?? `exit code ${code}`} ${words.trim()}`));
    });
    void this.ended.then(() => clearInterval(watch));
  }

  /** Has it leave its group and end, or ends it after that time. */
  async stop(limitMs: number): Promise<void> {
    this.child.kill("SIGTERM");
    await within(limitMs, this.ended);
    this.child.kill("SIGKILL");
    await this.ended;
  }
}

/** The largest resident set that a process has had; 0 when it has ended. */
function peakMebibytes(pid: number | undefined): number {
  try {
    const [, kibibytes] = /^VmHWM:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, "utf8")) ?? [];
    return Math.ceil(Number(kibibytes ?? 0) / 1024);
  } catch {
    return 0;
  }
}
