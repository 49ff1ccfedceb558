/** A broker's data disk fails. */
import { spawn } from "node:child_process";
import { zonesOf } from "../catalog";
import { repository } from "../../../artifacts/repository";
import { localStack } from "../../../stack/environment";
import { described, leaderOfMost } from "../victims";
import { hold } from "./hold";
import { instant, nothingToUndo, type MakeFault } from "./scene";

/** Has the writes to a leader's data disk hang. */
export const diskHang: MakeFault = async ({ machines, state }) => {
  const node = leaderOfMost(state);
  const held = await hold(machines, [node], "disk-hang", 150);
  return { ...held, what: `data disk of ${described(state, node)} hangs: filesystem frozen` };
};

/** Has the data disks of all brokers of the first zone hang. */
export const zoneDiskHang: MakeFault = async ({ machines, state }) => {
  const [zone = ""] = zonesOf(machines.cluster);
  const nodes = state.brokers.flatMap((broker) => (broker.zone === zone ? [broker.name] : []));
  const held = await hold(machines, nodes, "disk-hang", 150);
  const what = `data disks of zone ${zone} hang: ${nodes.map((node) => described(state, node)).join(", ")}`;
  return { ...held, what };
};

/** Has a leader's disks hang, that of its system among them: nothing can be read, written or started there. */
export const rootHang: MakeFault = async ({ machines, state }) => {
  const node = leaderOfMost(state);
  const at = Date.now();
  await machines.lab([{ action: "disks", node, hang: true }]);
  // Refused while a machine that replaces it boots: what hung is gone then.
  const undo = () => machines.lab([{ action: "disks", node, hang: false }]).catch(() => undefined);
  return { what: `root disk and data disk of ${described(state, node)} hang`, nodes: [node], at, undo };
};

/** Fills a leader's data disk. */
export const diskFull: MakeFault = async ({ machines, state }) => {
  const node = leaderOfMost(state);
  const held = await hold(machines, [node], "disk-full", 90);
  return { ...held, what: `data disk of ${described(state, node)} full` };
};

/** Fills the data disks of all brokers at once; what a broker then frees of its own stays free. */
export const disksFull: MakeFault = async ({ machines, state }) => {
  const nodes = state.brokers.map(({ name }) => name);
  const held = await hold(machines, nodes, "disks-full", 120);
  return { ...held, what: `data disks of ${nodes.join(", ")} full` };
};

/** Takes a leader's data disk away. It is not undone: the node is to be repaired by what watches it. */
export const diskGone: MakeFault = async ({ machines, state }) => {
  const node = leaderOfMost(state);
  const at = instant(await machines.runOnNode(node, "disk-gone"));
  const what = `data disk of ${described(state, node)} gone: every access is an I/O error`;
  return { what, nodes: [node], at, undo: nothingToUndo };
};

/** Kills a leader, and tears what it has written last, and the files by which it finds its way in it. */
export const logCorrupt: MakeFault = async ({ machines, state }) => {
  const node = leaderOfMost(state);
  const at = instant(await machines.runOnNode(node, "tear-broker"));
  const what = `kill -9 of ${described(state, node)}, its checkpoints and newest events torn`;
  return { what, nodes: [node], at, undo: nothingToUndo };
};

/** Replaces the volume of a node of the local stack by the operator's own command. Rejects when that fails. */
async function replaceVolume(node: string): Promise<void> {
  const deploy = ["--import", "tsx", "scripts/deploy.ts", "--stack", localStack, "--yes", "--no-smoke"];
  const child = spawn(process.execPath, [...deploy, "--replace-volume", node], { cwd: repository, stdio: "inherit" });
  const code = await new Promise<number | null>((resolve, reject) => {
    child.on("error", reject);
    child.on("close", resolve);
  });
  if (code !== 0) throw new Error(`the volume of ${node} could not be replaced: deploy ended with ${code}`);
}

/** Destroys what is on a leader's data volume; what ends it is the operator's command. */
export const volumeLost: MakeFault = async ({ machines, state }) => {
  const node = leaderOfMost(state);
  const at = instant(await machines.runOnNode(node, "break-volume", [], 60));
  let replaced: Promise<void> | undefined;
  return {
    what: `data volume of ${described(state, node)} lost: nothing on it can be read any more`,
    nodes: [node],
    at,
    undo: () => (replaced ??= replaceVolume(node)),
  };
};
