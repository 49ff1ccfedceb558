import type { ClusterNode } from "../planning/cluster/clusterDescription";
import { ports } from "../planning/cluster/names";
import type { Missing, Verdict } from "./gateVerdict";
import { fourLetterWord, inQuorum, parseMntr, type Mntr } from "./mntr";

/** The state of one ZooKeeper server, or the reason for which it says nothing. */
export type ZooKeeperObservation =
  { readonly node: string; readonly mntr: Mntr } | { readonly node: string; readonly problem: string };

/**
 * The gate for ZooKeeper. It is satisfied by one leader that has every other server as a follower in sync, and by
 * nothing less: `ruok` says nothing of quorum.
 */
export function zooKeeperVerdict(observations: readonly ZooKeeperObservation[]): Verdict {
  const missing: Missing[] = [];
  const answered = observations.flatMap((one) => ("mntr" in one ? [one] : []));
  for (const one of observations) if ("problem" in one) missing.push({ node: one.node, what: one.problem });

  const leaders = answered.filter(({ mntr }) => mntr.serverState === "leader");
  const followers = answered.filter(({ mntr }) => mntr.serverState === "follower");
  for (const { node, mntr } of answered) {
    if (mntr.serverState !== "leader" && mntr.serverState !== "follower") {
      missing.push({ node, what: `is ${mntr.serverState}, neither leader nor follower` });
    } else if (mntr.peerState !== undefined && !mntr.peerState.endsWith("broadcast")) {
      missing.push({ node, what: `not caught up: ${mntr.peerState}` });
    }
  }

  const [leader] = leaders;
  const wanted = observations.length - 1;
  if (leader === undefined) {
    if (answered.length > 0) missing.push({ what: "no leader" });
  } else if (leaders.length > 1) {
    for (const { node } of leaders) missing.push({ node, what: `one of ${leaders.length} leaders` });
  } else if (leader.mntr.syncedFollowers !== wanted) {
    // A server that does not answer explains it; only when all answer is the leader worth a look.
    const node = answered.length === observations.length ? leader.node : undefined;
    missing.push({ node, what: `${leader.mntr.syncedFollowers ?? 0} of ${wanted} followers in sync` });
  }

  const leading = leader === undefined ? "no leader" : `leader ${leaders.map(({ node }) => node).join(", ")}`;
  const summary = `${answered.length} of ${observations.length} answer, ${leading}, ${followers.length} followers`;
  return { satisfied: missing.length === 0, summary, missing };
}

/** The reason for which there is no quorum, by each server's words; undefined when one says that it is in one. */
export function quorumProblem(observations: readonly ZooKeeperObservation[]): string | undefined {
  if (observations.some((one) => "mntr" in one && inQuorum(one.mntr))) return undefined;
  return observations
    .map((one) => `${one.node}: ${"mntr" in one ? (one.mntr.peerState ?? one.mntr.serverState) : one.problem}`)
    .join("; ");
}

/** Asks every server at once. */
export function observeZooKeeper(nodes: readonly ClusterNode[]): Promise<ZooKeeperObservation[]> {
  return Promise.all(
    nodes.map(async ({ name, privateIp }): Promise<ZooKeeperObservation> => {
      try {
        return { node: name, mntr: parseMntr(await fourLetterWord(privateIp, ports.zookeeperClient, "mntr")) };
      } catch (error) {
        return { node: name, problem: (error as Error).message };
      }
    }),
  );
}
