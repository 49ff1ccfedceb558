/** Two faults at once: which may meet, and the plan of their run. Pure. */
import { alertsTogether } from "./alerts";
import { catalog, drills, electionMs, faultInfo, faultsOf } from "./catalog";
import type { DrillInfo, DrillName, FaultName, PairInfo, PairName } from "./catalog";

/** The nodes that a fault takes out of service at once, at most. */
interface Taken {
  readonly brokers: number;
  readonly zookeeper: number;
  readonly opsHost: number;
  /** The reason for which it meets no other. */
  readonly alone?: string;
}

const nothing: Taken = { brokers: 0, zookeeper: 0, opsHost: 0 };
const broker: Taken = { ...nothing, brokers: 1 };
const twoBrokers: Taken = { ...nothing, brokers: 2 };
const zookeeper: Taken = { ...nothing, zookeeper: 1 };
const noQuorum: Taken = { ...nothing, zookeeper: 3 };
const zone: Taken = { ...twoBrokers, zookeeper: 1 };

const taken: Readonly<Record<FaultName, Taken>> = {
  "kill-follower": broker,
  "kill-leader": broker,
  "kill-controller": broker,
  "kill-two": twoBrokers,
  freeze: broker,
  terminate: broker,
  silent: broker,
  "cut-off": broker,
  "cut-off-peers": broker,
  "cut-off-one-way": broker,
  // The ops host stands in it.
  "zone-1": { ...zone, opsHost: 1 },
  "zone-2": zone,
  "zone-3": zone,
  "disk-hang": broker,
  "disk-full": broker,
  "disk-gone": broker,
  "disks-full": { ...nothing, alone: "it stops all writing" },
  "zone-disk-hang": twoBrokers,
  "zones-apart": zone,
  "root-hang": broker,
  unregistered: broker,
  "dns-lost": zookeeper,
  "log-corrupt": broker,
  "volume-lost": { ...broker, alone: "the command that ends it wants all other nodes" },
  "zk-kill-follower": zookeeper,
  "zk-kill-leader": zookeeper,
  "zk-silent-leader": zookeeper,
  "zk-quorum-loss": noQuorum,
  "zk-empty-disk": noQuorum,
  "zk-corrupt": zookeeper,
  "packet-loss": { ...nothing, alone: "it is judged by the ISRs, which another one shrinks" },
  clock: { ...broker, alone: "its broker is restarted before it and after it" },
  "second-failure": twoBrokers,
  "two-out": twoBrokers,
  "ops-lost": { ...nothing, opsHost: 1 },
  "watcher-killed": { ...nothing, opsHost: 1, alone: "it wants a gate to pass" },
  "bad-client": nothing,
  "vast-event": nothing,
  "old-events": { ...nothing, alone: "it is judged by what is deleted in time" },
  "slow-consumer": { ...nothing, alone: "it is judged by how soon its consumers have caught up" },
};

/** What may be out at once: two of four copies where two have to be in sync, and one of three ZooKeeper nodes. */
const mayBeOut: Taken = { brokers: 2, zookeeper: 1, opsHost: 1 };

/** The most brokers that the drill's faults take out of service at once. */
export function brokersTaken(name: DrillName): number {
  return faultsOf(name).reduce((sum, fault) => sum + taken[fault].brokers, 0);
}

/** Why two faults may not meet; undefined when they may. */
export function whyNotTogether(one: FaultName, other: FaultName): string | undefined {
  if (one === other) return `${one} is one fault`;
  for (const name of [one, other]) {
    const { alone } = taken[name];
    if (alone !== undefined) return `${name} meets no other: ${alone}`;
  }
  const out = (kind: "brokers" | "zookeeper" | "opsHost", what: string) => {
    const sum = taken[one][kind] + taken[other][kind];
    return sum > mayBeOut[kind] ? `together they take ${sum} ${what}, and ${mayBeOut[kind]} may be out` : undefined;
  };
  return out("brokers", "brokers") ?? out("zookeeper", "ZooKeeper nodes") ?? out("opsHost", "ops hosts");
}

/** The names of all pairs that may meet, in the catalog's order. */
export const pairNames: readonly PairName[] = catalog.flatMap(({ name: one }, index) =>
  catalog
    .slice(index + 1)
    .filter(({ name: other }) => whyNotTogether(one, other) === undefined)
    .map(({ name: other }): PairName => `${one}+${other}`),
);

/** The plan of a fault, of a pair, or of a change. */
export function drillInfo(name: DrillName): DrillInfo {
  const found = drills.find((info) => info.name === name);
  if (found !== undefined) return found;
  const [one, other] = faultsOf(name).map(faultInfo);
  if (one === undefined || other === undefined) throw new Error(`the catalog lacks ${name}`);
  // As for a zone: an election of ZooKeeper, before which nobody can be expelled.
  const meet = (first: FaultName, second: FaultName) => taken[first].brokers > 0 && taken[second].zookeeper > 0;
  const election = meet(one.name, other.name) || meet(other.name, one.name) ? electionMs : 0;
  return {
    name: name as PairInfo["name"],
    title: `${one.title}; at once: ${other.title}`,
    budgetMs: one.budgetMs + other.budgetMs + election,
    onAws: one.onAws && other.onAws,
    lastsSeconds: Math.max(one.lastsSeconds, other.lastsSeconds),
    recoverSeconds: one.recoverSeconds + other.recoverSeconds,
    ...alertsTogether(one, other),
  };
}
