import { spawn, spawnSync, type ChildProcess } from "node:child_process";
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Outcome } from "./nodeSandbox";

/** In place of systemd: `MAIN_PID` is the process of kafka.service. */
const stubs = { systemctl: '#!/bin/sh\necho "${MAIN_PID:-0}"\n' };

/** Runs a Python program of the node as systemd would, with these settings only. */
export async function runProgram(
  program: string,
  settings: Record<string, string>,
  words: readonly string[] = [],
): Promise<Outcome> {
  const running = startProgram(program, settings, words);
  const status = await running.ended;
  return { status, output: running.output() };
}

export interface RunningProgram {
  readonly process: ChildProcess;
  readonly ended: Promise<number>;
  output(): string;
}

export function startProgram(
  program: string,
  settings: Record<string, string>,
  words: readonly string[] = [],
): RunningProgram {
  const bin = mkdtempSync(join(tmpdir(), "kafka-node-bin-"));
  for (const [name, text] of Object.entries(stubs)) {
    writeFileSync(join(bin, name), text);
    chmodSync(join(bin, name), 0o755);
  }
  const child = spawn("python3", ["-BIS", program, ...words], {
    env: { PATH: `${bin}:${process.env.PATH}`, ...settings },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let output = "";
  child.stdout.on("data", (data: Buffer) => (output += data.toString()));
  child.stderr.on("data", (data: Buffer) => (output += data.toString()));
  const ended = new Promise<number>((resolve) =>
    child.on("close", (status) => {
      rmSync(bin, { recursive: true, force: true });
      resolve(status ?? -1);
    }),
  );
  return { process: child, ended, output: () => output };
}

/** Mocha hook: leaves out a suite where the nodes' Python is not there. */
export function needsPython(this: Mocha.Context): void {
  const script = "import sys; sys.exit(sys.version_info < (3, 9))";
  if (process.platform !== "linux" || spawnSync("python3", ["-BIS", "-c", script]).status !== 0) {
    console.log("      (left out: needs Linux and Python 3.9)");
    this.skip();
  }
}
