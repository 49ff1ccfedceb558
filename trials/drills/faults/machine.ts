/** A whole machine, or a zone of them, is lost. */
import { zonesOf } from "../catalog";
import type { LabAction } from "../machines";
import { described, leaderOfMost, nodesIn } from "../victims";
import { heal } from "./network";
import { nothingToUndo, type Injected, type MakeFault, type Scene } from "./scene";

/** Terminates a leader's instance. */
export const terminate: MakeFault = async ({ machines, state }) => {
  const node = leaderOfMost(state);
  const at = Date.now();
  await machines.terminate(node);
  return { what: `instance of ${described(state, node)} terminated`, nodes: [node], at, undo: nothingToUndo };
};

/** Has a leader's machine fall silent. */
export const silent: MakeFault = async ({ machines, state }) => {
  const node = leaderOfMost(state);
  const at = Date.now();
  await machines.lab([{ action: "silence", node, hold: false }]);
  const what = `machine of ${described(state, node)} dead without a word, packets to it dropped`;
  return { what, nodes: [node], at, undo: nothingToUndo };
};

/**
 * Loses a zone: every machine of it is dead, and what replaces them is not reachable before the zone is back. The ops
 * host, which no group replaces, is cut off only: otherwise each drill would need an update of the stack.
 */
export async function zoneLost({ machines }: Scene, zone: string): Promise<Injected> {
  const nodes = nodesIn(zone, machines.cluster);
  const opsHost = zone === zonesOf(machines.cluster)[0] ? ["ops"] : [];
  const actions: LabAction[] = [
    ...nodes.map((node) => ({ action: "silence", node, hold: true }) as const),
    ...opsHost.map((node) => ({ action: "cut", node }) as const),
  ];
  const at = Date.now();
  await machines.lab(actions);
  const all = [...nodes, ...opsHost];
  return { what: `zone ${zone} lost: ${all.join(", ")}`, nodes: all, at, undo: () => heal(machines, all) };
}

/** Terminates the ops host's instance. */
export const opsLost: MakeFault = async ({ machines }) => {
  const at = Date.now();
  await machines.terminate("ops");
  return { what: "instance of the ops host terminated, the guardian with it", nodes: ["ops"], at, undo: nothingToUndo };
};
