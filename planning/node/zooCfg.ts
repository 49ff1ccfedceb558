import type { Settings } from "../../settings/settings";
import { ports } from "../cluster/names";
import type { NodePlan, PlannedNode } from "./nodes";

/** A ZooKeeper node's whole zoo.cfg. */
export function zookeeperConfig(_settings: Settings, node: PlannedNode, nodes: NodePlan): string {
  const entries: [string, string | number][] = [
    // The unit of the times below, and the step in which sessions expire: 6 s asked for are 6 to 6.5 s. Sessions may
    // ask for 2 to 20 of it. The leader pings its followers every half tick.
    ["tickTime", 500],
    // 60 s for a follower to fetch a snapshot and catch up; a follower that is not ready in time starts over.
    ["initLimit", 120],
    // A follower leaves a silent leader after 2 s: a zone that is lost with ZooKeeper's leader in it costs this and the
    // election before anybody can expel the zone's brokers. A write that a disk takes for as long ends a follower, too.
    ["syncLimit", 4],
    ["dataDir", "/var/lib/zookeeper/data"],
    ["clientPort", ports.zookeeperClient],
    ["clientPortAddress", node.privateIp],
    // A broker holds one connection, the gates and the expel command a few more for moments. 0 would be no limit.
    ["maxClientCnxns", 60],
    // What the gates ask; nothing that changes or lists data.
    ["4lw.commands.whitelist", "srvr,ruok,mntr"],
    // Would listen on 8080 for all interfaces.
    ["admin.enableServer", "false"],
    // Off by default, and then snapshots and logs fill the disk.
    ["autopurge.purgeInterval", 1],
    ["autopurge.snapRetainCount", 3],
    // Finds a peer that is gone without a word also on an idle election connection.
    ["tcpKeepAlive", "true"],
    // The ensemble is decided here and nowhere else.
    ["reconfigEnabled", "false"],
    ["standaloneEnabled", "false"],
    ...nodes.zookeeper.map(({ id, privateIp }): [string, string] => [
      `server.${id}`,
      `${privateIp}:${ports.zookeeperPeer}:${ports.zookeeperElection}`,
    ]),
  ];
  return entries.map(([key, value]) => `${key}=${value}\n`).join("");
}
