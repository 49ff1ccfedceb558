/**
 * Packets are lost, and a clock is wrong: what only the lab can do. Undone over HTTP, so also when no machine answers.
 */
import type { Direction, Machines } from "../machines";
import { zonesHit } from "../catalog";
import { described, ensembleLeader, leaderOfMost, nodesIn, peersOf } from "../victims";
import { kill } from "./process";
import type { Injected, MakeFault, Scene } from "./scene";

/** Ends every cut and loss of these nodes, each for itself: one that is not there keeps no other from being healed. */
export async function heal(machines: Machines, nodes: readonly string[]): Promise<void> {
  await Promise.all(nodes.map((node) => machines.lab([{ action: "heal", node }])));
}

async function cut(
  { machines, state }: Scene,
  what: (node: string) => string,
  peers?: (node: string) => readonly string[],
  direction: Direction = "both",
): Promise<Injected> {
  const node = leaderOfMost(state);
  const at = Date.now();
  await machines.lab([{ action: "cut", node, peers: peers?.(node), direction }]);
  return { what: what(described(state, node)), nodes: [node], at, undo: () => heal(machines, [node]) };
}

/** Cuts a broker off from everything. */
export const cutOff: MakeFault = (scene) => cut(scene, (node) => `${node} cut off from everything`);

/** Cuts a broker off from the other brokers. */
export const cutOffPeers: MakeFault = (scene) =>
  cut(
    scene,
    (node) => `${node} cut off from the other brokers; it reaches ZooKeeper and the clients`,
    (node) => peersOf(scene.state, node),
  );

/** Drops what a broker sends to the other brokers. */
export const cutOffOneWay: MakeFault = (scene) =>
  cut(
    scene,
    (node) => `packets from ${node} to the other brokers dropped; theirs arrive`,
    (node) => peersOf(scene.state, node),
    "from",
  );

/** Cuts two zones off from one another; both reach the third, and most of ZooKeeper. */
export const zonesApart: MakeFault = async ({ machines }) => {
  const [one = "", other = ""] = zonesHit("zones-apart", machines.cluster);
  const sides = [one, other].map((zone) => nodesIn(zone, machines.cluster));
  const far = new Set(sides[1]);
  const peers = [...machines.cluster.brokers, ...machines.cluster.zookeeper].flatMap(({ name, privateIp }) =>
    far.has(name) ? [privateIp] : [],
  );
  const at = Date.now();
  await machines.lab((sides[0] ?? []).map((node) => ({ action: "cut", node, peers, direction: "both" })));
  const nodes = sides.flat();
  const what = `zones ${one} and ${other} apart: ${sides.map((side) => side.join(", ")).join(" from ")}`;
  return { what, nodes, at, undo: () => heal(machines, nodes) };
};

/** The VPC's resolver, as every instance on EC2 reaches it. */
const resolver = "169.254.169.253";

/** Cuts all nodes off from the name servers, and kills ZooKeeper's leader, so that all connect anew. */
export const dnsLost: MakeFault = async (scene) => {
  const { machines, state } = scene;
  const { brokers, zookeeper } = machines.cluster;
  const nodes = [...brokers, ...zookeeper].map(({ name }) => name);
  await machines.lab(nodes.map((node) => ({ action: "cut", node, peers: [resolver], direction: "both" })));
  const killed = await kill(scene, ensembleLeader(state), "zookeeper.service");
  return { ...killed, what: `name servers silent; ${killed.what}`, nodes, undo: () => heal(machines, nodes) };
};

const lossPercent = 5;

/** Drops a part of a broker's packets. */
export const packetLoss: MakeFault = async ({ machines, state }) => {
  const node = leaderOfMost(state);
  const at = Date.now();
  await machines.lab([{ action: "loss", node, percent: lossPercent }]);
  const what = `${lossPercent} % of the packets from and to ${described(state, node)} lost`;
  return { what, nodes: [node], at, undo: () => heal(machines, [node]) };
};

const clockOffsetSeconds = 300;

/** Moves the clock of the broker that `prepare` has started with the lab's clock. */
export const clock: MakeFault = async ({ machines, state }) => {
  const answers = await Promise.all(
    state.brokers.map(async ({ name }) => [name, (await machines.runOnNode(name, "clock", ["check"])).trim()] as const),
  );
  const node = answers.find(([, answer]) => answer === "yes")?.[0];
  if (node === undefined) throw new Error("no broker was started with the lab's clock: the drill was not prepared");
  const at = Date.now();
  await machines.lab([{ action: "clock", node, offsetSeconds: clockOffsetSeconds }]);
  const undo = () => machines.lab([{ action: "clock", node, offsetSeconds: 0 }]);
  return { what: `clock of ${described(state, node)} ${clockOffsetSeconds} s ahead`, nodes: [node], at, undo };
};
