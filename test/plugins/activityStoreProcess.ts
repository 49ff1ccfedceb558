/** A store as a process of its own, for tests that end it. */
import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";

import { repository } from "../../artifacts/repository";

/** A store that runs. */
export interface StoreProcess {
  readonly child: ChildProcess;
  /** What it has said so far. */
  readonly log: () => string;
  /** Ends it, and gives its exit code. */
  readonly end: (signal: NodeJS.Signals) => Promise<number | null>;
}

/** Starts a store. It ends with the tests. */
export function startStore(variables: Readonly<Record<string, string>>): StoreProcess {
  const main = join(repository, "examples", "activity", "store", "main.ts");
  const child = spawn(process.execPath, ["--max-semi-space-size=64", "--import", "tsx", main], {
    cwd: repository,
    env: { ...process.env, HOST: "127.0.0.1", PORT: "0", LINGER_MS: "50", ...variables },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let log = "";
  child.stdout.on("data", (text: Buffer) => (log += text.toString()));
  child.stderr.on("data", (text: Buffer) => (log += text.toString()));
  process.once("exit", () => child.kill("SIGKILL"));
  return {
    child,
    log: () => log,
    end: async (signal) => {
      if (child.exitCode === null && child.signalCode === null) {
        const ended = once(child, "exit");
        child.kill(signal);
        await ended;
      }
      return child.exitCode;
    },
  };
}
