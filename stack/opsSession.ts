import { spawn } from "node:child_process";
import { nodeJs, opsTools } from "../planning/cluster/names";
import { shellQuoted } from "../planning/cluster/shellQuoting";
import { sshFiles, type OpsAccess } from "./opsAccess";

/** The exit code by which ssh says that there is no connection, or none any more. */
const sshFailed = 255;

/**
 * The words of ssh for a command on the ops host: options before its address, and the command after it. Kafka's own
 * commands are run by their names, `shell` by what follows it, or else as a login; all others are `kafka-ops`'s.
 * @param words `["status", "--json"]`
 * @param isTerminal whether a person sits at it: what runs until he ends it gets a terminal there, so that it knows its
 *   size, and Ctrl-C is for it
 */
export function opsHostCommand(
  words: readonly string[],
  isTerminal: boolean,
): { readonly options: readonly string[]; readonly command: readonly string[] } {
  const [first = "", ...rest] = words;
  if (first === "shell") return { options: [], command: rest };
  const isKafkas = /^(kafka-[a-z-]+|zookeeper-shell)(\.sh)?$/.test(first);
  const command = isKafkas ? words : [nodeJs.command, opsTools.bundle, ...words, "--cluster", opsTools.cluster];
  const isEndless = isKafkas || words.includes("--follow") || words.includes("--watch");
  const options = isTerminal && isEndless ? ["-t"] : [];
  return { options, command: command.map(shellQuoted) };
}

/** Runs a command on the ops host, on this terminal. Gives its exit code. */
export async function runOnOpsHost(access: OpsAccess, words: readonly string[]): Promise<number> {
  const isTerminal = process.stdin.isTTY && process.stdout.isTTY;
  const { options, command } = opsHostCommand(words, isTerminal);
  const files = sshFiles(access);
  try {
    return await new Promise((resolve, reject) => {
      const child = spawn("ssh", [...files.options, ...options, access.target, ...command], { stdio: "inherit" });
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
