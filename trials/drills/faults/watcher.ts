/** What watches the cluster dies in the middle of its work. */
import { instant, nothingToUndo, type MakeFault } from "./scene";

/**
 * Kills the guardian and a gate. Rejects when the guardian does not come back, or the gate after the killed one does
 * not pass.
 */
export const watcherKilled: MakeFault = async ({ machines }) => {
  const output = await machines.runOnOpsHost("watcher", [], 180);
  const away = Number(output.split("\n")[1]);
  const guardian = Number.isFinite(away)
    ? `the guardian (back after ${(away / 1000).toFixed(1)} s)`
    : "no guardian: none runs";
  const what = `kill -9 of ${guardian}, and of a gate in its middle (the next one passed)`;
  return { what, nodes: ["ops"], at: instant(output), undo: nothingToUndo };
};
