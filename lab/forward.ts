import { spawn } from "node:child_process";
import { once } from "node:events";
import { createServer, type Server, type Socket } from "node:net";
import { LabError } from "./runtime/start";

/**
 * Carries each connection to a port of this machine's loopback address by the standard streams of a command of its own.
 * Resolves when the port listens. @throws LabError when another program has it
 */
export async function carryBy(command: readonly string[], localPort: number): Promise<Server> {
  const server = createServer((socket) => carry(socket, command)).listen(localPort, "127.0.0.1");
  await once(server, "listening").catch((error: Error) => {
    throw new LabError(`port ${localPort} can't be listened at (${error.message}): give another one`);
  });
  return server;
}

function carry(socket: Socket, [program = "", ...args]: readonly string[]): void {
  const child = spawn(program, args, { stdio: ["pipe", "pipe", "ignore"] });
  socket.pipe(child.stdin);
  child.stdout.pipe(socket);
  // Either end may go at any time; the other one hears of it here.
  for (const stream of [socket, child, child.stdin, child.stdout]) stream.on("error", () => socket.destroy());
  socket.on("close", () => child.stdin.destroy());
}
