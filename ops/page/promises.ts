/** What the cluster promises, and whether it holds at this moment: a pure function of what was seen. */
import type { ClusterDescription } from "../../planning/cluster/clusterDescription";
import { counted, examples } from "../gateVerdict";
import { partitionName } from "../kafka/partitions";
import type { ClusterStatus } from "../status";
import type { Canary } from "./canary";

/** The part of a status that promises are judged by. */
export type JudgedStatus = Pick<ClusterStatus, "nodes" | "partitions" | "controllerId">;

/** How far a promise holds: `thin` is kept, and with less to spare than the settings want. */
export type PromiseState = "kept" | "thin" | "broken" | "unknown";

/** A promise, and whether it holds. */
export interface ClusterPromise {
  readonly name: "Writes" | "Reads" | "Copies" | "Next failure" | "Watched";
  readonly state: PromiseState;
  readonly text: string;
}

/** What can be lost next. */
export interface Spare {
  /** Whether ZooKeeper has its quorum: without it no other leader is chosen for what a broker leads. */
  readonly hasQuorum: boolean;
  /** The number of brokers, whichever they are, without which every partition still takes writes. */
  readonly brokers: number;
  /** Whether every partition still takes writes, and ZooKeeper has its quorum, without any one zone. */
  readonly anyZone: boolean;
  /** The number of ZooKeeper servers without which there still is a quorum. */
  readonly zookeeper: number;
}

const isInQuorum = ({ state }: JudgedStatus["nodes"][number]) => state === "leader" || state === "follower";

/** The copies in sync that a partition needs to take writes with `acks=all`. */
function needed(cluster: Promised, { topic, replicas }: JudgedStatus["partitions"][number]): number {
  const own = cluster.topics.find(({ name }) => name === topic)?.config["min.insync.replicas"];
  return Math.min(Number(own ?? cluster.minInsyncReplicas), replicas.length);
}

/** The part of a cluster's description that promises are judged by. */
export type Promised = Pick<
  ClusterDescription,
  "brokers" | "zookeeper" | "topics" | "minInsyncReplicas" | "replicationFactor"
>;

/** What may be lost next, as things are. */
export function spareOf(cluster: Promised, status: JudgedStatus): Spare {
  const quorum = Math.floor(cluster.zookeeper.length / 2) + 1;
  const servers = status.nodes.filter(isInQuorum).map(({ name }) => name);
  const zones = [...new Set([...cluster.brokers, ...cluster.zookeeper].map(({ zone }) => zone))];
  const without = (zone: string) => {
    const gone = new Set(cluster.brokers.filter((one) => one.zone === zone).map(({ id }) => id));
    const left = cluster.zookeeper.filter((one) => one.zone !== zone && servers.includes(one.name)).length;
    return (
      left >= quorum &&
      status.partitions.every((one) => one.isr.filter((id) => !gone.has(id)).length >= needed(cluster, one))
    );
  };
  const spare = Math.min(...status.partitions.map((one) => one.isr.length - needed(cluster, one)));
  const hasQuorum = servers.length >= quorum;
  return {
    hasQuorum,
    brokers: hasQuorum ? Math.max(0, spare) : 0,
    anyZone: zones.every(without),
    zookeeper: Math.max(0, servers.length - quorum),
  };
}

/** The seconds without an acknowledged write that no fault of a broker takes: its budget is 10 s at most. */
const brokenSeconds = 10;
/** The seconds without one that the canary counts as an interruption. */
const gapSeconds = 2;

/** What else is known of clients' writes. */
export interface WritesSeen {
  /** Whether the guardian has stopped all writing. */
  readonly areStopped: boolean;
  readonly canary: Canary | string | undefined;
}

const clientNames = ["Writes", "Reads", "Copies", "Next failure"] as const;

/** The promises to clients. */
export function clientPromises(cluster: Promised, status: JudgedStatus, seen: WritesSeen): ClusterPromise[] {
  const { partitions } = status;
  if (!status.nodes.some(({ state }) => state.startsWith("in service"))) {
    const text = "not known: no broker answers";
    return clientNames.map((name) => ({ name, state: "unknown", text }));
  }
  const refusing = partitions.filter((one) => one.leader < 0 || one.isr.length < needed(cluster, one));
  if (partitions.length === 0) {
    const isNew = cluster.topics.length === 0;
    const text = isNew ? "there are no topics yet" : "no topic of the settings is there yet";
    return clientNames.map((name) => ({ name, state: isNew ? "kept" : "thin", text }));
  }
  return [
    writes(partitions, refusing, seen),
    reads(partitions),
    copies(partitions),
    nextFailure(cluster, status, refusing.length > 0),
  ];
}

type Partitions = JudgedStatus["partitions"];

const namesOf = (some: Partitions) => examples(some.map((one) => partitionName(one.topic, one.partition)));

function writes(all: Partitions, refusing: Partitions, { areStopped, canary }: WritesSeen): ClusterPromise {
  const name = "Writes";
  if (areStopped) {
    return { name, state: "broken", text: "the guardian has stopped all writing, as disks are nearly full" };
  }
  if (refusing.length > 0) {
    const some = `${refusing.length} of ${counted(all.length, "partition")}`;
    const text = `${some} ${refusing.length === 1 ? "takes" : "take"} no acks=all writes: ${namesOf(refusing)}`;
    return { name, state: "broken", text };
  }
  if (typeof canary === "object" && canary.gapSeconds > gapSeconds) {
    const { gapSeconds: gap, node } = canary;
    const where = node === undefined ? "" : ` on a partition that ${node} leads as a rule`;
    const text = `the canary has had no acknowledgement for ${Math.round(gap)} s${where}`;
    return { name, state: gap > brokenSeconds ? "broken" : "thin", text };
  }
  return { name, state: "kept", text: `all ${counted(all.length, "partition")} take acks=all writes` };
}

function reads(all: Partitions): ClusterPromise {
  const leaderless = all.filter(({ leader }) => leader < 0);
  if (leaderless.length === 0) return { name: "Reads", state: "kept", text: "every partition has a leader" };
  const text = `${counted(leaderless.length, "partition")} without a leader: ${namesOf(leaderless)}`;
  return { name: "Reads", state: "broken", text };
}

function copies(all: Partitions): ClusterPromise {
  const behind = all.filter(({ isr, replicas }) => isr.length < replicas.length);
  if (behind.length === 0) {
    return { name: "Copies", state: "kept", text: "every partition has all its copies in sync" };
  }
  const fewest = Math.min(...behind.map(({ isr }) => isr.length));
  const some = `${behind.length} of ${counted(all.length, "partition")}`;
  const lack = behind.length === 1 ? "lacks" : "lack";
  const text = `${some} ${lack} a copy in sync; the fewest that one has is ${fewest}`;
  return { name: "Copies", state: "thin", text };
}

function nextFailure(cluster: Promised, status: JudgedStatus, isBroken: boolean): ClusterPromise {
  const name = "Next failure";
  const { hasQuorum, brokers, anyZone, zookeeper } = spareOf(cluster, status);
  if (isBroken) return { name, state: "broken", text: "some partitions have less than they need already" };
  const wanted = Math.max(0, cluster.replicationFactor - cluster.minInsyncReplicas);
  if (!hasQuorum) {
    const text = "ZooKeeper has no quorum: a broker that fails takes along the partitions that it leads";
    return { name, state: "thin", text };
  }
  const quorum = zookeeper > 0 ? "" : "; ZooKeeper can't do without any further node";
  if (brokers === 0) {
    return { name, state: "thin", text: `one more broker that fails stops writes to some partitions${quorum}` };
  }
  const isWhole = brokers >= Math.min(wanted, cluster.brokers.length - 1);
  const more = isWhole ? "" : " more";
  const who = brokers === 1 ? `any one${more} broker` : `any ${brokers}${more} brokers`;
  const state = isWhole && zookeeper > 0 ? "kept" : "thin";
  return { name, state, text: `${who}${anyZone ? ", or any zone," : ""} may fail${quorum}` };
}
