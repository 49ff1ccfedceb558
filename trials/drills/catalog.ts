/**
 * The faults that `npm run drill` can make, with their budgets; and what they have in common with the changes. Pure.
 */
import { soon } from "./alerts";
import { changeCatalog, type ChangeInfo, type ChangeName } from "./changeCatalog";
import type { DrillPlan } from "./drillPlan";

/** The names of the faults, in the order of the table in docs/operations.md. */
export const faultNames = [
  "kill-follower",
  "kill-leader",
  "kill-controller",
  "kill-two",
  "freeze",
  "terminate",
  "silent",
  "cut-off",
  "cut-off-peers",
  "cut-off-one-way",
  "zone-1",
  "zone-2",
  "zone-3",
  "disk-hang",
  "disk-full",
  "disk-gone",
  "disks-full",
  "zone-disk-hang",
  "zones-apart",
  "root-hang",
  "unregistered",
  "dns-lost",
  "log-corrupt",
  "volume-lost",
  "zk-kill-follower",
  "zk-kill-leader",
  "zk-silent-leader",
  "zk-quorum-loss",
  "zk-empty-disk",
  "zk-corrupt",
  "packet-loss",
  "clock",
  "second-failure",
  "two-out",
  "ops-lost",
  "watcher-killed",
  "bad-client",
  "vast-event",
  "old-events",
  "slow-consumer",
] as const;

/** The name of a fault. */
export type FaultName = (typeof faultNames)[number];

/** The names of the faults that a client makes, on a host of its own. */
export type ClientFaultName = "bad-client" | "vast-event" | "old-events" | "slow-consumer";

/** The name of two faults at once: `freeze+zk-kill-leader`. */
export type PairName = `${FaultName}+${FaultName}`;

/** The name of a fault, of two at once, or of a change. */
export type DrillName = FaultName | PairName | ChangeName;

/** The plan of a fault, of two at once, or of a change. */
export type DrillInfo = FaultInfo | PairInfo | ChangeInfo;

/** The plan of a fault. */
export interface FaultInfo extends DrillPlan {
  readonly name: FaultName;
}

/** The plan of two faults at once. */
export interface PairInfo extends DrillPlan {
  readonly name: PairName;
}

/**
 * The budget in ms for a broker process that dies, or two; a machine or a network that falls silent; a failure that
 * only self-fence ends.
 */
const crash = 3_000;
const twoCrashes = 5_000;
const silence = 6_000;
/**
 * The budget in ms for a silence where ZooKeeper's leader is in the zone: 2 s until the others leave it, and an
 * election, before the zone's brokers can be expelled. Measured: 3.2 to 5.9 s.
 */
const zoneLost = 10_000;
/** The time in ms that this is more: two faults at once get it as well. */
export const electionMs = zoneLost - silence;
const fenced = 10_000;
/** The budget in ms where writing may stand still for a while, or a person's command is at work. */
const mayStall = 10_000;
/** The budget in ms from when every disk has room: the guardian looks every 5 s, and a broker may still start. */
const roomAgain = 15_000;
/** The budget in ms for "writes go on": what a shared machine's own hiccups take is not counted as an interruption. */
const nothing = 500;
/**
 * The same where the fault itself takes the lab's two processors, by a JVM or a machine that starts or by requests to
 * all brokers at once: measured 0.37 to 0.83 s for the clock (its broker's connections to the others are made anew),
 * 0.35 to 1.3 s for the ops host, which clients never use, 0.86 to 1.4 s for bad clients.
 */
const busy = 1_500;
const stepped = 1_000;

/** Seconds for starting a process, and reading what it missed; for a whole new machine, which takes minutes on EC2. */
const restart = 180;
const newMachine = 900;

const lasting = { onAws: true, lastsSeconds: 0 } as const;
const onLab = { onAws: false, lastsSeconds: 60 } as const;

/** The plans of all faults. */
export const catalog: readonly FaultInfo[] = [
  { name: "kill-follower", title: "broker killed: a follower", budgetMs: crash, ...lasting, recoverSeconds: restart },
  { name: "kill-leader", title: "broker killed: a leader", budgetMs: crash, ...lasting, recoverSeconds: restart },
  { name: "kill-controller", title: "broker killed: controller", budgetMs: crash, ...lasting, recoverSeconds: restart },
  {
    name: "kill-two",
    title: "two brokers killed at once, one the controller",
    budgetMs: twoCrashes,
    ...lasting,
    recoverSeconds: restart,
  },
  {
    name: "freeze",
    title: "broker stopped (SIGSTOP), for 60 s or until it is killed",
    budgetMs: silence,
    onAws: true,
    lastsSeconds: 60,
    recoverSeconds: restart,
  },
  {
    name: "terminate",
    title: "machine lost: instance terminated",
    budgetMs: silence,
    ...lasting,
    recoverSeconds: newMachine,
  },
  {
    name: "silent",
    title: "machine lost: silent, packets dropped",
    budgetMs: silence,
    onAws: false,
    lastsSeconds: 0,
    recoverSeconds: newMachine,
  },
  {
    name: "cut-off",
    title: "broker cut off from everything, 60 s",
    budgetMs: silence,
    ...onLab,
    recoverSeconds: newMachine,
  },
  {
    name: "cut-off-peers",
    title: "broker cut off from its peers only, 60 s",
    budgetMs: silence,
    ...onLab,
    recoverSeconds: newMachine,
  },
  {
    name: "cut-off-one-way",
    title: "broker can't send to its peers, 60 s",
    budgetMs: silence,
    ...onLab,
    recoverSeconds: newMachine,
  },
  {
    name: "zone-1",
    title: "first zone lost, 60 s",
    budgetMs: zoneLost,
    ...onLab,
    recoverSeconds: newMachine,
    // The ops host stands in it, and is back before its clients and what it sends have found the way again.
    alerts: [soon("OpsHostSeesNothing")],
    mayAlert: ["AlertsNotSent", "WritesStopped", "ReadsStopped"],
  },
  { name: "zone-2", title: "second zone lost, 60 s", budgetMs: zoneLost, ...onLab, recoverSeconds: newMachine },
  { name: "zone-3", title: "third zone lost, 60 s", budgetMs: zoneLost, ...onLab, recoverSeconds: newMachine },
  {
    name: "disk-hang",
    title: "broker's disk hangs for 2 minutes",
    budgetMs: fenced,
    onAws: true,
    lastsSeconds: 120,
    recoverSeconds: newMachine,
  },
  {
    name: "disk-full",
    title: "broker's disk is full for 60 s",
    budgetMs: silence,
    onAws: true,
    lastsSeconds: 60,
    recoverSeconds: newMachine,
    alerts: [soon("DiskNearlyFull")],
  },
  { name: "disk-gone", title: "broker's disk is gone", budgetMs: silence, ...lasting, recoverSeconds: newMachine },
  {
    name: "disks-full",
    title: "disks of all brokers full to the brim for 90 s",
    budgetMs: roomAgain,
    onAws: true,
    lastsSeconds: 90,
    recoverSeconds: newMachine,
    alerts: [soon("DiskNearlyFull"), soon("WritingStopped")],
    mayAlert: ["WritesStopped", "ReadsStopped", "PartitionsUnwritable", "BrokersBelowMinimum"],
  },
  {
    name: "zone-disk-hang",
    title: "disks of all brokers of a zone hang for 2 minutes",
    budgetMs: fenced,
    onAws: true,
    lastsSeconds: 120,
    recoverSeconds: newMachine,
  },
  {
    name: "zones-apart",
    title: "two zones can't reach one another, 60 s",
    budgetMs: fenced,
    ...onLab,
    recoverSeconds: newMachine,
  },
  {
    name: "root-hang",
    title: "broker's root disk and data disk hang, 60 s",
    budgetMs: fenced,
    ...onLab,
    recoverSeconds: newMachine,
  },
  {
    name: "unregistered",
    title: "broker's registration deleted while it runs",
    budgetMs: fenced,
    ...lasting,
    recoverSeconds: restart,
  },
  {
    name: "dns-lost",
    title: "name servers silent for 60 s, ZooKeeper's leader killed meanwhile",
    budgetMs: nothing,
    ...onLab,
    recoverSeconds: restart,
  },
  {
    name: "log-corrupt",
    title: "broker killed: a leader, its small files and newest events torn",
    budgetMs: crash,
    ...lasting,
    recoverSeconds: restart,
  },
  {
    name: "volume-lost",
    title: "broker's data volume lost for good, replaced by a command",
    budgetMs: mayStall,
    ...onLab,
    recoverSeconds: newMachine,
    // The node has to start and to say so first.
    alerts: [{ name: "NodeNeedsPerson", withinSeconds: 100 }],
  },
  {
    name: "zk-kill-follower",
    title: "ZooKeeper: a follower killed",
    budgetMs: nothing,
    ...lasting,
    recoverSeconds: restart,
  },
  {
    name: "zk-kill-leader",
    title: "ZooKeeper: the leader killed",
    budgetMs: nothing,
    ...lasting,
    recoverSeconds: restart,
  },
  {
    name: "zk-silent-leader",
    title: "ZooKeeper: the leader silent for 60 s",
    budgetMs: nothing,
    ...onLab,
    recoverSeconds: restart,
  },
  {
    name: "zk-quorum-loss",
    title: "ZooKeeper: quorum lost for 5 minutes",
    budgetMs: nothing,
    onAws: true,
    lastsSeconds: 300,
    recoverSeconds: 300,
    alerts: [soon("ZooKeeperQuorumLost")],
    // When it is back every session begins anew.
    mayAlert: ["NoController", "BrokersBelowMinimum"],
  },
  {
    name: "zk-empty-disk",
    title: "ZooKeeper: a node back with an empty disk while a second one restarts",
    // May stall, as long as nothing is lost.
    budgetMs: mayStall,
    ...lasting,
    recoverSeconds: restart,
    mayAlert: ["ZooKeeperQuorumLost"],
  },
  {
    name: "zk-corrupt",
    title: "ZooKeeper: a follower's log and snapshot torn, then killed",
    budgetMs: nothing,
    ...lasting,
    recoverSeconds: restart,
  },
  {
    name: "packet-loss",
    title: "5 % of a broker's packets lost, 2 minutes",
    // No gap is promised here, only that the ISRs do not come and go.
    budgetMs: mayStall,
    onAws: false,
    lastsSeconds: 120,
    recoverSeconds: restart,
  },
  { name: "clock", title: "broker's clock 5 minutes off, 60 s", budgetMs: stepped, ...onLab, recoverSeconds: restart },
  {
    name: "second-failure",
    title: "second broker killed while the first catches up",
    budgetMs: twoCrashes,
    ...lasting,
    recoverSeconds: restart,
  },
  {
    name: "two-out",
    title: "two brokers of different zones killed, which do not start again",
    budgetMs: twoCrashes,
    ...lasting,
    // The guardian waits its patience for each.
    recoverSeconds: 2 * newMachine,
    mayAlert: ["NoBrokerToSpare"],
  },
  {
    name: "ops-lost",
    title: "ops host lost",
    budgetMs: busy,
    ...lasting,
    recoverSeconds: newMachine,
  },
  {
    name: "watcher-killed",
    title: "guardian and gate killed in the middle of their work",
    budgetMs: nothing,
    ...lasting,
    recoverSeconds: 30,
  },
  {
    name: "bad-client",
    title: "a client sends all that may do harm, 60 s",
    budgetMs: busy,
    onAws: true,
    lastsSeconds: 60,
    recoverSeconds: 60,
  },
  {
    name: "vast-event",
    title: "a client sends each broker events that say they have 2 GB",
    budgetMs: busy,
    onAws: true,
    lastsSeconds: 10,
    recoverSeconds: 60,
  },
  {
    name: "old-events",
    title: "events of nine days ago and of next year",
    budgetMs: nothing,
    onAws: true,
    // Its end waits for what Kafka deletes.
    lastsSeconds: 150,
    recoverSeconds: 60,
  },
  {
    name: "slow-consumer",
    title: "consumers far behind, over links of 5 and of 0.5 MB/s",
    budgetMs: nothing,
    onAws: false,
    // At most: each of four consumers ends when it has caught up, or is given up.
    lastsSeconds: 420,
    recoverSeconds: 60,
  },
];

/** The plan of a fault. */
export function faultInfo(name: FaultName): FaultInfo {
  const info = catalog.find((one) => one.name === name);
  if (info === undefined) throw new Error(`the catalog lacks ${name}`);
  return info;
}

/** The plans of all faults, then of all changes. */
export const drills: readonly (FaultInfo | ChangeInfo)[] = [...catalog, ...changeCatalog];

/** Made last in a pair: one concerns all nodes, the other takes the way by which faults are made. */
const last: readonly FaultName[] = ["dns-lost", "ops-lost"];
/** The faults in the order in which those of a pair are made: a client first, as its host has to start. */
const inOrder = [...new Set<FaultName>(["bad-client", ...faultNames.filter((name) => !last.includes(name)), ...last])];

/** The faults of a drill, in the order in which they are made; none of a change. */
export function faultsOf(name: DrillName): readonly FaultName[] {
  return inOrder.filter((fault) => name.split("+").includes(fault));
}

/** The cluster's zones in the order of its settings: brokers are dealt to them in turn. */
export function zonesOf(cluster: { readonly brokers: readonly { readonly zone: string }[] }): readonly string[] {
  return [...new Set(cluster.brokers.map(({ zone }) => zone))];
}

/** The numbers of the zones, from 1, in which the drill's clients must not run. */
const zonesOfFault: Partial<Record<FaultName, readonly number[]>> = {
  "zone-1": [1],
  "zone-2": [2],
  "zone-3": [3],
  "zones-apart": [1, 2],
};

/**
 * The zones that the fault hits as a whole: where the drill's clients must not run. Throws when there is no such zone.
 */
export function zonesHit(
  fault: DrillName,
  cluster: { readonly brokers: readonly { readonly zone: string }[] },
): readonly string[] {
  const zones = zonesOf(cluster);
  const numbers = faultsOf(fault).flatMap((name) => zonesOfFault[name] ?? []);
  return numbers.map((number) => {
    const zone = zones[number - 1];
    if (zone === undefined) throw new Error(`${fault}: the brokers are in ${zones.length} zones only`);
    return zone;
  });
}
