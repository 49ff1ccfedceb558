/** Faults that last: begun on machines by the script `hold`, which ends them by itself when the drill is no more. */
import { setTimeout as pause } from "node:timers/promises";
import type { Machines } from "../machines";
import { instant, type Injected } from "./scene";

/** A fault of the script `hold`. */
type Held = "freeze" | "disk-hang" | "disk-full" | "disks-full" | "zookeeper-stop" | "kafka-stop";

/**
 * Begins the fault on all these nodes at once.
 * @param seconds after which it ends by itself
 * @param limitSeconds for beginning it; default: those of any script
 */
export async function hold(
  machines: Machines,
  nodes: readonly string[],
  fault: Held,
  seconds: number,
  limitSeconds?: number,
): Promise<Omit<Injected, "what">> {
  const begin = (node: string) => machines.runOnNode(node, "hold", ["begin", fault, String(seconds)], limitSeconds);
  const instants = await Promise.all(nodes.map(async (node) => instant(await begin(node))));
  const undo = async () => {
    await Promise.all(nodes.map((node) => release(machines, node, fault)));
  };
  return { nodes, at: Math.min(...instants), undo };
}

/** Seconds that a machine which is being replaced may take to answer. */
const answerSeconds = 300;

/** Ends the fault on a node; also when it has ended by itself, or the node has another machine by now. */
export async function release(machines: Machines, node: string, fault: Held): Promise<void> {
  const deadline = Date.now() + answerSeconds * 1000;
  for (;;) {
    try {
      await machines.runOnNode(node, "hold", ["end", fault]);
      return;
    } catch (error) {
      if (Date.now() > deadline) throw error;
      await pause(1000);
    }
  }
}
