/** A broker's data disk fails. */
import { described, leaderOfMost } from "../victims";
import { release } from "./process";
import { instant, nothingToUndo, type MakeFault } from "./scene";

/** Has the writes to a leader's data disk hang. */
export const diskHang: MakeFault = async ({ machines, state }) => {
  const node = leaderOfMost(state);
  const at = instant(await machines.runOnNode(node, "hold", ["begin", "disk-hang", "150"]));
  const undo = release(machines, node, "disk-hang");
  return { what: `data disk of ${described(state, node)} hangs: filesystem frozen`, nodes: [node], at, undo };
};

/** Fills a leader's data disk. */
export const diskFull: MakeFault = async ({ machines, state }) => {
  const node = leaderOfMost(state);
  const at = instant(await machines.runOnNode(node, "hold", ["begin", "disk-full", "90"]));
  return {
    what: `data disk of ${described(state, node)} full`,
    nodes: [node],
    at,
    undo: release(machines, node, "disk-full"),
  };
};

/** Takes a leader's data disk away. It is not undone: the node is to be repaired by what watches it. */
export const diskGone: MakeFault = async ({ machines, state }) => {
  const node = leaderOfMost(state);
  const at = instant(await machines.runOnNode(node, "disk-gone"));
  const what = `data disk of ${described(state, node)} gone: every access is an I/O error`;
  return { what, nodes: [node], at, undo: nothingToUndo };
};
