import { spawn } from "node:child_process";
import { repository } from "../../artifacts/repository";
import { labCommand } from "../../stack/lab";

/**
 * Leads a port of this machine's loopback address to one of an instance in the lab, where no security group lets
 * anybody in. Gives what ends it; it ends with this process too.
 * @param onLost told why it has ended by itself
 */
export function openBrowserWay(
  instance: string,
  port: number,
  localPort: number,
  onLost: (why: string) => void,
): () => void {
  const { command, args } = labCommand("forward", instance, String(port), String(localPort));
  // Its standard input ends with this process, and it with that. Ctrl-C in a terminal is none of its business.
  const child = spawn(command, args, { cwd: repository, stdio: ["pipe", "ignore", "pipe"], detached: true });
  let said = "";
  child.stderr.on("data", (text: Buffer) => (said += text.toString()));
  child.on("error", ({ message }) => onLost(message));
  let isOpen = true;
  child.on("close", () => {
    if (isOpen) onLost(said.trim() || "it ended");
  });
  return () => {
    isOpen = false;
    child.kill();
  };
}
