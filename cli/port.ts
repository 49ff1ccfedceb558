import { once } from "node:events";
import { createServer } from "node:net";
import { UserError } from "./userError";

/**
 * Throws a UserError when something listens at a port of the loopback address.
 * @param who may have it: `another example`
 */
export async function requireFreePort(port: number, who: string): Promise<void> {
  const server = createServer().listen(port, "127.0.0.1");
  await once(server, "listening").catch((error: NodeJS.ErrnoException) => {
    throw new UserError(`127.0.0.1:${port} can't be had (${error.code}): ${who} may run; --port N takes another`);
  });
  server.close();
  await once(server, "close");
}
