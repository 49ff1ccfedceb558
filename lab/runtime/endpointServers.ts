import type { Server } from "node:http";
import { tlsPort } from "./names";

/** Serves AWS at the addresses of interface endpoints, which come and go. */
export class EndpointServers {
  private readonly servers = new Map<string, Server>();

  constructor(private readonly make: () => Server) {}

  async apply(addresses: readonly string[]): Promise<void> {
    for (const address of addresses) {
      if (this.servers.has(address)) continue;
      const server = this.make();
      await listen(server, address, tlsPort);
      this.servers.set(address, server);
    }
    for (const [address, server] of this.servers) {
      if (addresses.includes(address)) continue;
      server.close();
      server.closeAllConnections();
      this.servers.delete(address);
    }
  }
}

export function listen(server: Server, host: string, port: number): Promise<void> {
  return new Promise((done, fail) => {
    server.once("error", fail);
    server.listen(port, host, () => done());
  });
}
