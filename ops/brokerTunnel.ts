import { spawn } from "node:child_process";
import { once } from "node:events";
import { connect } from "node:net";
import { setTimeout as pause } from "node:timers/promises";
import type { ClusterDescription, ClusterNode } from "../planning/cluster/clusterDescription";
import { ports } from "../planning/cluster/names";
import type { RightsWays } from "./access";
import { nodeOptions } from "./evidence";
import { freePort } from "./freePort";
import type { BrokerAddress } from "./kafka/admin";
import { clusterAdmin, kafkaAddress } from "./kafkaClient";

const openMs = 10_000;

/**
 * The ways to a cluster's brokers: from this machine, and by SSH from the machine of a broker that is registered.
 * @param address where a node's broker answers
 */
export function rightsWays(
  cluster: ClusterDescription,
  deadlineMs?: number,
  address: (node: ClusterNode) => BrokerAddress = kafkaAddress,
): RightsWays {
  const direct = clusterAdmin(cluster, deadlineMs, cluster.brokers.map(address));
  return {
    direct,
    throughBroker: async (work) => {
      const [{ brokers }, nodes] = [await direct.metadata(), cluster.brokers];
      const node = nodes.find(({ id }) => brokers.some((one) => one.id === id)) ?? nodes[0];
      if (node === undefined) throw new Error("the cluster has no broker");
      const port = await freePort();
      const ssh = spawn(
        "ssh",
        [
          ...["-i", cluster.nodeAccessKeyPath, ...nodeOptions, "-N"],
          ...["-L", `127.0.0.1:${port}:${node.privateIp}:${ports.kafka}`, `${cluster.nodeUser}@${node.privateIp}`],
        ],
        { stdio: "ignore" },
      );
      try {
        await opened(port);
        return await work(clusterAdmin(cluster, deadlineMs, [{ id: node.id, host: "127.0.0.1", port }]));
      } finally {
        ssh.kill();
      }
    },
  };
}

/** Waits until something listens at the port. */
async function opened(port: number): Promise<void> {
  const deadline = Date.now() + openMs;
  for (;;) {
    const socket = connect({ host: "127.0.0.1", port });
    const isOpen = await once(socket, "connect").then(
      () => true,
      () => false,
    );
    socket.destroy();
    if (isOpen) return;
    if (Date.now() > deadline) throw new Error(`SSH to a broker's machine is not open within ${openMs / 1000} s`);
    await pause(100);
  }
}
