/** A broker's process dies or stands still. */
import { ports } from "../../../planning/cluster/names";
import { described, followerInMost, leaderOfMost, theController } from "../victims";
import { hold } from "./hold";
import { agreedInstant, instant, nothingToUndo, type Injected, type MakeFault, type Scene } from "./scene";

/** Kills the main process of a node's service. */
export async function kill({ machines, state }: Scene, node: string, service = "kafka.service"): Promise<Injected> {
  const at = instant(await machines.runOnNode(node, "kill", [service]));
  return { what: `kill -9 of ${described(state, node)}`, nodes: [node], at, undo: nothingToUndo };
}

/** Kills the process of a broker that follows in most partitions. */
export const killFollower: MakeFault = (scene) => kill(scene, followerInMost(scene.state));
/** Kills the process of a broker that leads most partitions. */
export const killLeader: MakeFault = (scene) => kill(scene, leaderOfMost(scene.state));
/** Kills the process of the controller. */
export const killController: MakeFault = (scene) => kill(scene, theController(scene.state));

/** Deletes a leader's registration while it runs, as a person might by mistake. */
export const unregistered: MakeFault = async ({ machines, state }) => {
  const node = leaderOfMost(state);
  const at = instant(await machines.runOnNode(node, "unregister"));
  return { what: `registration of ${described(state, node)} deleted`, nodes: [node], at, undo: nothingToUndo };
};

/** Kills the controller and a leader in the same moment. */
export const killTwo: MakeFault = async ({ machines, state }) => {
  const nodes = [theController(state), leaderOfMost(state)];
  const at = String(agreedInstant());
  const instants = await Promise.all(
    nodes.map(async (node) => instant(await machines.runOnNode(node, "kill", ["kafka.service", at]))),
  );
  const what = `kill -9 of ${nodes.map((node) => described(state, node)).join(" and ")} at once`;
  return { what, nodes, at: Math.min(...instants), undo: nothingToUndo };
};

/**
 * Kills two leaders in different zones, which do not start again on their machines: their groups see healthy instances,
 * so the guardian is to have both replaced.
 */
export const twoOut: MakeFault = async ({ machines, state }) => {
  const first = leaderOfMost(state);
  const { zone } = state.brokers.find(({ name }) => name === first) ?? {};
  const neighbours = state.brokers.filter((broker) => broker.zone === zone).map(({ name }) => name);
  const nodes = [first, leaderOfMost(state, neighbours)];
  const at = String(agreedInstant());
  const instants = await Promise.all(
    nodes.map(async (node) => instant(await machines.runOnNode(node, "break", ["kafka.service", at]))),
  );
  const what = `${nodes.map((node) => described(state, node)).join(" and ")} killed, and they do not start again`;
  return { what, nodes, at: Math.min(...instants), undo: nothingToUndo };
};

/** Freezes a leader's process. */
export const freeze: MakeFault = async ({ machines, state }) => {
  const node = leaderOfMost(state);
  const held = await hold(machines, [node], "freeze", 90);
  return { ...held, what: `SIGSTOP of ${described(state, node)}` };
};

/** Seconds for which the first broker stays away: long enough for the others to have taken its partitions over. */
const awaySeconds = 10;

/** Kills a second broker in the moment in which the first one is back. */
export const secondFailure: MakeFault = async ({ machines, state }) => {
  const first = leaderOfMost(state);
  const second = leaderOfMost(state, [first]);
  const address = state.brokers.find(({ name }) => name === first)?.privateIp ?? "";
  await machines.runOnNode(first, "delay-restart", [String(awaySeconds)]);
  const secondKilled = machines.runOnNode(second, "kill-when-back", [address, String(ports.kafka), "120"], 150);
  // Looked at below; until then nobody waits for it.
  secondKilled.catch(() => undefined);
  const at = instant(await machines.runOnNode(first, "kill", ["kafka.service", String(agreedInstant())]));
  const later = instant(await secondKilled) - at;
  const what =
    `kill -9 of ${described(state, first)}; ${(later / 1000).toFixed(1)} s later, ` +
    `as it had just registered again, of ${described(state, second)}`;
  const undo = async () => {
    await machines.runOnNode(first, "clean-up");
  };
  return { what, nodes: [first, second], at, undo };
};
