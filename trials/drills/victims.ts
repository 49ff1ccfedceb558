/** Chooses the node that a fault hits. Pure. */
import type { ClusterNode } from "../../planning/cluster/clusterDescription";
import type { ClusterState } from "./machines";

type Roles = Pick<ClusterState, "brokers" | "partitions" | "controller">;

function leads({ partitions }: Pick<Roles, "partitions">, name: string): number {
  return partitions.filter(({ leader }) => leader === name).length;
}

/** The brokers by the number of partitions that they lead, most first; the controller and `except` left out. */
function byLeaders(state: Roles, except: readonly string[] = []): readonly string[] {
  const names = state.brokers.map(({ name }) => name);
  const candidates = names.filter((name) => name !== state.controller && !except.includes(name));
  return candidates.sort((a, b) => leads(state, b) - leads(state, a));
}

function required<T>(value: T | undefined, what: string): T {
  if (value === undefined) throw new Error(`the cluster has no ${what}`);
  return value;
}

/** The controller's name. Throws when there is none. */
export function theController({ controller }: Pick<Roles, "controller">): string {
  return required(controller, "controller");
}

/** The broker that leads most partitions of the drill's topic, and is not the controller. */
export function leaderOfMost(state: Roles, except: readonly string[] = []): string {
  return required(byLeaders(state, except)[0], "broker besides the controller");
}

/** The broker that leads fewest partitions, so is a follower in most, and is not the controller. */
export function followerInMost(state: Roles): string {
  return required(byLeaders(state).at(-1), "broker besides the controller");
}

/** A broker in words: `kafka-3 (controller, leads 3 and follows in 9 of 15 partitions)`. */
export function described(state: Roles, name: string): string {
  const copies = state.partitions.filter(({ replicas }) => replicas.includes(name)).length;
  const led = leads(state, name);
  const role = name === state.controller ? "controller, " : "";
  return `${name} (${role}leads ${led} and follows in ${copies - led} of ${state.partitions.length} partitions)`;
}

/** Addresses of the brokers other than this one. */
export function peersOf({ brokers }: Pick<Roles, "brokers">, name: string): readonly string[] {
  return brokers.filter((broker) => broker.name !== name).map(({ privateIp }) => privateIp);
}

type Ensemble = Pick<ClusterState, "zookeeper" | "zookeeperLeader">;

/** The name of ZooKeeper's leader. Throws when there is none. */
export function ensembleLeader({ zookeeperLeader }: Ensemble): string {
  return required(zookeeperLeader, "ZooKeeper leader");
}

/** The name of a ZooKeeper follower. Throws when there is none. */
export function ensembleFollower({ zookeeper, zookeeperLeader }: Ensemble): string {
  return required(zookeeper.find(({ name }) => name !== zookeeperLeader)?.name, "ZooKeeper follower");
}

/** Names of all nodes in the zone: brokers, then ZooKeeper. */
export function nodesIn(
  zone: string,
  { brokers, zookeeper }: { readonly brokers: readonly ClusterNode[]; readonly zookeeper: readonly ClusterNode[] },
): readonly string[] {
  return [...brokers, ...zookeeper].filter((node) => node.zone === zone).map(({ name }) => name);
}
