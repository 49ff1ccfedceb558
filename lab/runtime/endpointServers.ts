import type { Server } from "node:http";
import { KeptEqual } from "./keptEqual";
import { tlsPort } from "./names";

/** The servers of AWS at the addresses of interface endpoints. */
export const endpointServers = (make: () => Server): KeptEqual<Server> =>
  new KeptEqual(
    async (address) => {
      const server = make();
      await listen(server, address, tlsPort);
      return server;
    },
    (_address, server) => {
      server.close();
      server.closeAllConnections();
    },
  );

export function listen(server: Server, host: string, port: number): Promise<void> {
  return new Promise((done, fail) => {
    server.once("error", fail);
    server.listen(port, host, () => done());
  });
}
