import { zonesHit, type ClientFaultName, type FaultName } from "./catalog";
import { diskFull, diskGone, diskHang, disksFull, logCorrupt, volumeLost, rootHang, zoneDiskHang } from "./faults/disk";
import { opsLost, silent, terminate, zoneLost } from "./faults/machine";
import { clock, cutOff, cutOffOneWay, cutOffPeers, dnsLost, packetLoss, zonesApart } from "./faults/network";
import {
  freeze,
  killController,
  killFollower,
  killLeader,
  killTwo,
  secondFailure,
  twoOut,
  unregistered,
} from "./faults/process";
import type { Injected, MakeFault } from "./faults/scene";
import { watcherKilled } from "./faults/watcher";
import { zkCorrupt, zkEmptyDisk, zkKillFollower, zkKillLeader, zkQuorumLoss, zkSilentLeader } from "./faults/zookeeper";
import type { Machines } from "./machines";

export type { Injected } from "./faults/scene";
export { cleanUp, prepare } from "./faults/aroundFault";

const zone =
  (fault: FaultName): MakeFault =>
  (scene) => {
    const [name = ""] = zonesHit(fault, scene.machines.cluster);
    return zoneLost(scene, name);
  };

const faults: Readonly<Record<Exclude<FaultName, ClientFaultName>, MakeFault>> = {
  "kill-follower": killFollower,
  "kill-leader": killLeader,
  "kill-controller": killController,
  "kill-two": killTwo,
  freeze,
  terminate,
  silent,
  "cut-off": cutOff,
  "cut-off-peers": cutOffPeers,
  "cut-off-one-way": cutOffOneWay,
  "zone-1": zone("zone-1"),
  "zone-2": zone("zone-2"),
  "zone-3": zone("zone-3"),
  "disk-hang": diskHang,
  "disk-full": diskFull,
  "disk-gone": diskGone,
  "disks-full": disksFull,
  "zone-disk-hang": zoneDiskHang,
  "zones-apart": zonesApart,
  "root-hang": rootHang,
  unregistered,
  "dns-lost": dnsLost,
  "log-corrupt": logCorrupt,
  "volume-lost": volumeLost,
  "zk-kill-follower": zkKillFollower,
  "zk-kill-leader": zkKillLeader,
  "zk-silent-leader": zkSilentLeader,
  "zk-quorum-loss": zkQuorumLoss,
  "zk-empty-disk": zkEmptyDisk,
  "zk-corrupt": zkCorrupt,
  "packet-loss": packetLoss,
  clock,
  "second-failure": secondFailure,
  "two-out": twoOut,
  "ops-lost": opsLost,
  "watcher-killed": watcherKilled,
};

/**
 * Makes the fault, and returns when it is there.
 * @param topic whose leaders decide which broker is hit
 * @param hit names of the nodes that another fault hits already, and this one does not
 */
export async function inject(
  fault: Exclude<FaultName, ClientFaultName>,
  machines: Machines,
  topic: string,
  hit: readonly string[] = [],
): Promise<Injected> {
  const state = await machines.state(topic);
  if (state.partitions.length === 0) throw new Error(`there is no topic ${topic}`);
  const brokers = state.brokers.filter(({ name }) => !hit.includes(name));
  return faults[fault]({ machines, state: { ...state, brokers } });
}
