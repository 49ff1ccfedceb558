/** The work before a fault, and the clearing up after it. */
import type { FaultName } from "../catalog";
import { untilHealthy } from "../untilHealthy";
import type { LabAction, Machines } from "../machines";
import { followerInMost } from "../victims";

type Report = (line: string) => void;

/**
 * Prepares the fault before the load starts: it may need a broker that runs in another way. Returns when the cluster is
 * healthy again.
 */
export async function prepare(fault: FaultName, machines: Machines, report: Report): Promise<void> {
  if (fault !== "clock") return;
  const node = followerInMost(await machines.state());
  report(`${node} is restarted with the lab's clock`);
  await machines.runOnNode(node, "clock", [], 240);
  await untilHealthy(machines, 180, report);
}

/**
 * Takes away whatever a drill has left, or one that was cut off at any point: cuts, losses, held processes and disks,
 * unit settings; not the stock settings. Idempotent; takes a second. A machine that does not answer is reported, not
 * thrown: it may be what the drill took away.
 */
export async function cleanUp(machines: Machines, report: Report): Promise<void> {
  const { brokers, zookeeper } = machines.cluster;
  const nodes = [...brokers, ...zookeeper].map(({ name }) => name);
  if (machines.onLab) {
    const quietly = (action: LabAction) => machines.lab([action]).catch(() => undefined);
    // What is a machine's is refused by those that are not there yet.
    await Promise.all([
      ...[...nodes, "ops"].map((node) => quietly({ action: "heal", node })),
      ...brokers.map(({ name }) => quietly({ action: "disks", node: name, hang: false })),
      ...brokers.map(({ name }) => quietly({ action: "clock", node: name, offsetSeconds: 0 })),
    ]);
  }
  await Promise.all(
    nodes.map((node) =>
      machines
        .runOnNode(node, "clean-up", [], 240)
        .catch((error: Error) => report(`${node} could not be tidied up: ${error.message}`)),
    ),
  );
}
