import { spawn } from "node:child_process";
import { join } from "node:path";

/** The project's folder. */
export const projectFolder = join(__dirname, "..", "..");

/**
 * Options of a drill on a machine that does other things too: as many events as show a loss. With 20 ms between them
 * the brokers alone need one of the lab's two cores, and a broker that is replaced takes four times as long to start.
 */
export const littleLoad = ["--events-per-second", "20"] as const;

export interface Ended {
  readonly code: number;
  /** Standard output and error, as they came. */
  readonly output: string;
  readonly stdout: string;
  readonly seconds: number;
}

/** Runs one of the project's TypeScript commands as a user would, and shows its output when `echo` is on. */
export function runCommand(
  args: readonly string[],
  options: { readonly echo?: boolean; readonly env?: Record<string, string>; readonly timeoutSeconds?: number } = {},
): Promise<Ended> {
  const started = Date.now();
  return new Promise((resolve, reject) => {
    const child = spawn(join(projectFolder, "node_modules", ".bin", "tsx"), args, {
      cwd: projectFolder,
      env: { ...process.env, ...options.env },
      stdio: ["ignore", "pipe", "pipe"],
    });
    let output = "";
    let stdout = "";
    child.stdout.on("data", (chunk: Buffer) => {
      stdout += chunk.toString();
      output += chunk.toString();
      if (options.echo) process.stdout.write(chunk);
    });
    child.stderr.on("data", (chunk: Buffer) => {
      output += chunk.toString();
      if (options.echo) process.stdout.write(chunk);
    });
    const timer = setTimeout(() => child.kill("SIGKILL"), (options.timeoutSeconds ?? 120) * 1000);
    child.on("error", reject);
    child.on("close", (code) => {
      clearTimeout(timer);
      resolve({ code: code ?? -1, output, stdout, seconds: (Date.now() - started) / 1000 });
    });
  });
}

/** Asks until the answer is true; fails with what was waited for. */
export async function waitUntil(what: string, seconds: number, isSo: () => Promise<boolean>): Promise<void> {
  const deadline = Date.now() + seconds * 1000;
  let lastError: unknown;
  for (;;) {
    try {
      if (await isSo()) return;
      lastError = undefined;
    } catch (error) {
      lastError = error;
    }
    if (Date.now() > deadline) {
      throw new Error(`not within ${seconds} s: ${what}${lastError instanceof Error ? ` (${lastError.message})` : ""}`);
    }
    await new Promise((resolve) => setTimeout(resolve, 1000));
  }
}
