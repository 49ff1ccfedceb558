import { examples } from "../gateVerdict";
import { partitionName } from "../kafka/partitions";
import type { NodeMemory } from "./memory";
import { inService, type ClusterObservation, type NodeObservation } from "./observation";

/** The rules that the guardian keeps. */
export interface Rules {
  readonly patienceSeconds: number;
  readonly dryRun: boolean;
  /** The number of brokers that must be in service besides the one that is replaced. */
  readonly minimumRunning: number;
}

/** All that a decision about a node goes by. */
export interface Scene {
  readonly observation: ClusterObservation;
  readonly remembered: ReadonlyMap<string, NodeMemory>;
  readonly rules: Rules;
  readonly now: number;
}

/** The time in ms after which a group without an instance is not expected to start one. */
export const emptyGroupMs = 10 * 60_000;

/**
 * The reason for which the rest of the cluster forbids to replace this node, if it does. A node that is out takes
 * nothing away by being replaced, and its data stays on its volume. What it may not be is one of many: then the fault
 * is not in its machine, or the others can't bear that this one is not what it seemed to be. So where others are out
 * too, the rest has to be well enough without all of them.
 */
export function othersForbid(node: NodeObservation, scene: Scene): string | undefined {
  const { observation, remembered, rules, now } = scene;
  const { nodes } = observation;
  const silent = nodes.filter(({ problem, reachable }) => problem !== undefined && !reachable);
  if (silent.length * 2 > nodes.length) {
    return "can't tell: most nodes don't answer this host at all, which is more likely its own network's fault";
  }
  const others = nodes.filter(({ name }) => name !== node.name);
  const changing = others.filter(
    ({ name, group }) =>
      group !== undefined &&
      !inService(group.instance) &&
      now - (remembered.get(name)?.emptySince ?? now) < emptyGroupMs,
  );
  if (changing.length > 0) return `waits for ${namesOf(changing)}, whose group is replacing an instance`;
  const out = others.filter(({ name }) => remembered.get(name)?.outSince !== undefined);
  if ((out.length + 1) * 2 > nodes.length) {
    return `waits for ${namesOf(out)}: most nodes are out, and for that a new machine is no cure`;
  }
  // Its new instance may have got no further than its group: that has the same time to get well as any.
  const renewed = out.filter(({ name }) => {
    const { instance, lastAction } = remembered.get(name) ?? {};
    return now - Math.max(instance?.since ?? 0, lastAction?.at ?? 0) < rules.patienceSeconds * 1000;
  });
  if (renewed.length > 0) return `waits for ${namesOf(renewed)}, whose instance is new: one at a time`;
  const lacking = lackingWithout(node, others, scene);
  return out.length > 0 && lacking !== undefined ? `waits for ${namesOf(out)}: ${lacking}` : lacking;
}

const otherOnes = (count: number, one: string) => (count === 1 ? `1 other ${one} is` : `${count} other ${one}s are`);

/** What the others that are well lack, if they can't do without this node and those that are out. */
function lackingWithout(
  node: NodeObservation,
  others: readonly NodeObservation[],
  { observation, remembered, rules }: Scene,
): string | undefined {
  const serving = others.filter(({ name }) => remembered.get(name)?.outSince === undefined);
  const allServe = serving.length === others.length;
  const brokers = serving.filter(({ role }) => role === "kafka");
  if (!(allServe && node.role === "zookeeper") && brokers.length < rules.minimumRunning) {
    const some = otherOnes(brokers.length, "broker");
    return `only ${some} in service, and brokerMinimumRunning is ${rules.minimumRunning}`;
  }
  if (allServe) return undefined;
  const servers = serving.length - brokers.length;
  if (servers * 2 <= observation.nodes.filter(({ role }) => role === "zookeeper").length) {
    return `only ${otherOnes(servers, "ZooKeeper node")} in the quorum`;
  }
  if (node.role === "zookeeper") return undefined;
  const { partitions = "nobody has asked" } = observation;
  if (typeof partitions === "string") {
    return `whether the others have enough copies in sync is not known: ${partitions}`;
  }
  const ids = new Set(brokers.map(({ id }) => id));
  const thin = partitions.filter(({ replicas, isr, minInsyncReplicas }) => {
    const elsewhere = replicas.filter((id) => id !== node.id).length;
    const insync = isr.filter((id) => ids.has(id)).length;
    // Where the others have no copies they can have none in sync: it is on this node's volume, which stays.
    return elsewhere < replicas.length && insync < Math.min(minInsyncReplicas, elsewhere);
  });
  if (thin.length === 0) return undefined;
  const labels = thin.map(({ topic, partition }) => partitionName(topic, partition));
  return `the others have fewer than min.insync.replicas copies in sync of ${examples(labels)}`;
}

/**
 * The fault that a node has together with another one, if it has such: its whole zone is out, or self-fence holds
 * another one for the same kind of fault. A new machine has it most likely too, while the old one comes back as soon as
 * it is over.
 */
export function sharedFault(node: NodeObservation, { observation }: Scene): string | undefined {
  const zone = observation.nodes.filter((one) => one.zone === node.zone);
  if (zone.length > 1 && zone.every(({ problem }) => problem !== undefined)) return `all of ${node.zone} is out`;
  const kind = fenceOf(node);
  const alike = observation.nodes.filter((one) => one.name !== node.name && fenceOf(one) === kind);
  return kind === undefined || alike.length === 0 ? undefined : `fenced for ${kind}, as ${namesOf(alike)} is`;
}

function fenceOf({ problem, report }: NodeObservation): string | undefined {
  return problem === undefined ? undefined : report?.fenced?.split(":")[0];
}

const namesOf = (nodes: readonly NodeObservation[]): string => nodes.map(({ name }) => name).join(", ");
