/** The plugin's process: Pulumi starts it, reads the port from its output and talks gRPC to it. */
import { Server, ServerCredentials } from "@grpc/grpc-js";
import { ResourceProviderService } from "@pulumi/pulumi/proto/provider_grpc_pb";

import { engineLog } from "./engineLog";
import { providerService } from "./server";

/** Pulumi's own limit for a message. */
const mostMessageBytes = 400 * 1024 * 1024;
const parentCheckMs = 1000;

/** A Pulumi that was killed can't stop its plugins; one that has lost its parent stops by itself. */
function stopWithParent(): void {
  const parent = process.ppid;
  setInterval(() => {
    if (process.ppid !== parent) process.exit(0);
  }, parentCheckMs).unref();
}

function main(): void {
  const engineAddress = process.argv.slice(2).find((argument) => !argument.startsWith("-"));
  const server = new Server({
    "grpc.max_receive_message_length": mostMessageBytes,
    "grpc.max_send_message_length": mostMessageBytes,
  });
  server.addService(ResourceProviderService, providerService(engineLog(engineAddress)));
  server.bindAsync("127.0.0.1:0", ServerCredentials.createInsecure(), (error, port) => {
    if (error !== null) {
      process.stderr.write(`pulumi-resource-aws: can't listen on 127.0.0.1: ${error.message}\n`);
      process.exit(1);
    }
    process.stdout.write(`${port}\n`);
  });
  stopWithParent();
}

main();
