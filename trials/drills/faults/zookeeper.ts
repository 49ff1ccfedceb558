/** ZooKeeper's nodes fail. */
import { ensembleFollower, ensembleLeader } from "../victims";
import { hold } from "./hold";
import { heal } from "./network";
import { agreedInstant, instant, nothingToUndo, type Injected, type MakeFault, type Scene } from "./scene";

const service = "zookeeper.service";

async function kill({ machines }: Scene, node: string, role: string): Promise<Injected> {
  const at = instant(await machines.runOnNode(node, "kill", [service]));
  return { what: `kill -9 of ${node} (${role})`, nodes: [node], at, undo: nothingToUndo };
}

/** Kills the process of a ZooKeeper follower. */
export const zkKillFollower: MakeFault = (scene) => kill(scene, ensembleFollower(scene.state), "follower");
/** Kills the process of ZooKeeper's leader. */
export const zkKillLeader: MakeFault = (scene) => kill(scene, ensembleLeader(scene.state), "leader");

/** Cuts off ZooKeeper's leader. */
export const zkSilentLeader: MakeFault = async ({ machines, state }) => {
  const node = ensembleLeader(state);
  const at = Date.now();
  await machines.lab([{ action: "cut", node }]);
  return { what: `${node} (leader) cut off from everything`, nodes: [node], at, undo: () => heal(machines, [node]) };
};

/** Stops the leader and a follower; 330 s later they would start by themselves. */
export const zkQuorumLoss: MakeFault = async ({ machines, state }) => {
  const nodes = [ensembleLeader(state), ensembleFollower(state)];
  const held = await hold(machines, nodes, "zookeeper-stop", 330, 60);
  return { ...held, what: `${nodes.join(" (leader) and ")} stopped: no quorum` };
};

/**
 * Restarts a node with an empty disk and the leader at the same time: the empty one must not help to elect a leader.
 */
export const zkEmptyDisk: MakeFault = async ({ machines, state }) => {
  const empty = ensembleFollower(state);
  const restarted = ensembleLeader(state);
  // Time for the first to stop and be emptied.
  const at = String(agreedInstant() + 5000);
  const instants = await Promise.all([
    machines.runOnNode(empty, "empty-zookeeper", [at], 60),
    machines.runOnNode(restarted, "kill", [service, at]),
  ]);
  const what = `${empty} starts with an empty disk, as ${restarted} (leader) is killed`;
  return { what, nodes: [empty, restarted], at: Math.min(...instants.map(instant)), undo: nothingToUndo };
};

/** Tears the newest log and every snapshot of a follower, and kills it. */
export const zkCorrupt: MakeFault = async ({ machines, state }) => {
  const node = ensembleFollower(state);
  const at = instant(await machines.runOnNode(node, "tear-zookeeper"));
  return { what: `${node}'s newest log and its snapshots torn, then killed`, nodes: [node], at, undo: nothingToUndo };
};
