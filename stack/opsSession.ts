import { spawn } from "node:child_process";
import { nodeJs, opsTools } from "../planning/cluster/names";
import { sshFiles, type OpsAccess } from "./opsAccess";

/** The exit code by which ssh says that there is no connection, or none any more. */
const sshFailed = 255;

/**
 * Runs a command of `kafka-ops` on the ops host, on this terminal; `shell` is a login there. Gives its exit code.
 * @param words `["status", "--json"]`
 */
export function runOnOpsHost(access: OpsAccess, words: readonly string[]): Promise<number> {
  const [first, ...rest] = words;
  if (first === "shell") return ssh(access, rest);
  const command = [nodeJs.command, opsTools.bundle, ...words, "--cluster", opsTools.cluster];
  return ssh(access, command, words.includes("--watch") && process.stdin.isTTY && process.stdout.isTTY);
}

/**
 * Runs ssh on this terminal with the host's pinned key.
 * @param onTerminal whether the command has a terminal there: it knows its size then, and Ctrl-C is for it
 */
async function ssh(access: OpsAccess, command: readonly string[], onTerminal = false): Promise<number> {
  const files = sshFiles(access);
  try {
    return await new Promise((resolve, reject) => {
      const child = spawn("ssh", [...files.options, ...(onTerminal ? ["-t"] : []), access.target, ...command], {
        stdio: "inherit",
      });
      child.on("error", reject);
      child.on("close", (code) => {
        if (code === sshFailed) console.error("a lost ops host is replaced within minutes: try again then");
        resolve(code ?? 1);
      });
    });
  } finally {
    files.remove();
  }
}
