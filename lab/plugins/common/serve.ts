/** A plugin's process: Pulumi starts it, reads the port from its output and talks gRPC to it. */
import type { UntypedServiceImplementation } from "@grpc/grpc-js";
import { Server, ServerCredentials } from "@grpc/grpc-js";
import { ResourceProviderService } from "@pulumi/pulumi/proto/provider_grpc_pb";

import { engineLog, type EngineLog } from "./engineLog";
import { implementation, pluginHandlers, type Handlers } from "./protocol";

/** Pulumi's own limit for a message. */
const mostMessageBytes = 400 * 1024 * 1024;
const parentCheckMs = 1000;

/** A plugin: what it calls itself, and what it answers beyond the questions that all plugins answer alike. */
export interface Plugin {
  readonly name: string;
  /** The version of the real provider that this one stands in for. */
  readonly version: string;
  /** @param cancelled aborted when Pulumi cancels */
  service(log: EngineLog, cancelled: AbortSignal): Handlers;
}

/** A Pulumi that was killed can't stop its plugins; one that has lost its parent stops by itself. */
function stopWithParent(): void {
  const parent = process.ppid;
  setInterval(() => {
    if (process.ppid !== parent) process.exit(0);
  }, parentCheckMs).unref();
}

export function serve(plugin: Plugin): void {
  const engineAddress = process.argv.slice(2).find((argument) => !argument.startsWith("-"));
  const server = new Server({
    "grpc.max_receive_message_length": mostMessageBytes,
    "grpc.max_send_message_length": mostMessageBytes,
  });
  server.addService(ResourceProviderService, serviceOf(plugin, engineLog(engineAddress)));
  server.bindAsync("127.0.0.1:0", ServerCredentials.createInsecure(), (error, port) => {
    if (error !== null) {
      process.stderr.write(`pulumi-resource-${plugin.name}: can't listen on 127.0.0.1: ${error.message}\n`);
      process.exit(1);
    }
    process.stdout.write(`${port}\n`);
  });
  stopWithParent();
}

function serviceOf(plugin: Plugin, log: EngineLog): UntypedServiceImplementation {
  const cancelled = new AbortController();
  return implementation({
    ...pluginHandlers(plugin.name, plugin.version, () => cancelled.abort()),
    ...plugin.service(log, cancelled.signal),
  });
}
