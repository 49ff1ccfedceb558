import { spawn } from "node:child_process";
import { once } from "node:events";
import { createServer } from "node:net";
import { repository } from "../../artifacts/repository";
import { UserError } from "../../cli/userError";
import { labCommand } from "../../stack/lab";

/** Throws a UserError when something listens at a port of the loopback address. */
export async function requireFreePort(port: number): Promise<void> {
  const server = createServer().listen(port, "127.0.0.1");
  await once(server, "listening").catch((error: NodeJS.ErrnoException) => {
    throw new UserError(
      `127.0.0.1:${port} can't be had (${error.code}): another example may run; --port N takes another`,
    );
  });
  server.close();
  await once(server, "close");
}

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
