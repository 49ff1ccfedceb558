/** The lab from outside: by its command line, as nobody imports it. */
import { spawn } from "node:child_process";
import { repository } from "../artifacts/repository";
import { UserError } from "../cli/userError";

/** The command line that runs a command of the lab. */
export function labCommand(...args: string[]): { readonly command: string; readonly args: string[] } {
  return { command: process.execPath, args: ["--import", "tsx", "lab/cli.ts", ...args] };
}

/** Runs one command of the lab on this terminal. Rejects when it fails; it has said why. */
export function runLab(...words: string[]): Promise<void> {
  const { command, args } = labCommand(...words);
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { cwd: repository, stdio: ["ignore", "inherit", "inherit"] });
    child.on("error", reject);
    child.on("close", (code, signal) => {
      if (code === 0) resolve();
      else
        reject(new UserError(`the lab's command \`${words.join(" ")}\` ended with ${signal ?? `exit code ${code}`}`));
    });
  });
}
