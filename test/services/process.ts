/** Programs as processes of their own, for tests that end them. */
import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";

import { repository } from "../../artifacts/repository";

/** A program that runs. */
export interface TestProcess {
  readonly child: ChildProcess;
  /** What it has said so far. */
  readonly log: () => string;
  /** Waits for its end, and gives its exit code. Throws with what it said when it does not end within two minutes. */
  readonly ended: () => Promise<number | null>;
  /** Ends it, and gives its exit code. */
  readonly end: (signal: NodeJS.Signals) => Promise<number | null>;
}

const children = new Set<ChildProcess>();
process.once("exit", () => children.forEach((child) => child.kill("SIGKILL")));

/** Starts a program in the project's folder. It ends with the tests. */
export function startProcess(
  command: string,
  args: readonly string[],
  variables: Readonly<Record<string, string>>,
): TestProcess {
  const child = spawn(command, args, {
    cwd: repository,
    env: { ...process.env, ...variables },
    stdio: ["ignore", "pipe", "pipe"],
  });
  children.add(child.once("exit", () => children.delete(child)));
  let log = "";
  for (const stream of [child.stdout, child.stderr]) stream.on("data", (text: Buffer) => (log += text.toString()));
  // Until then it may still say something.
  const closed = once(child, "close");
  const ended = async (): Promise<number | null> => {
    const late = once(AbortSignal.timeout(120_000), "abort").then(() => {
      throw new Error(`${command} ${args.join(" ")} did not end within two minutes; it said:\n${log}`);
    });
    await Promise.race([closed, late]);
    return child.exitCode;
  };
  const end = (signal: NodeJS.Signals) => {
    child.kill(signal);
    return ended();
  };
  return { child, log: () => log, ended, end };
}
