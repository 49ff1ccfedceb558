import type { ClusterDescription, ClusterNode } from "../../planning/cluster/clusterDescription";
import type { InsyncPartition } from "../insync";
import { inQuorum } from "../mntr";
import type { ZooKeeperObservation } from "../zookeeperGate";
import type { MembersObservation } from "./members";

/** The state of a node's group and its one instance. */
export interface GroupObservation {
  /** The instance; undefined when the group has none at all. */
  readonly instance?: { readonly id: string; readonly lifecycleState: string; readonly healthy: boolean };
  /** The processes of the group that somebody has suspended: `ReplaceUnhealthy`. */
  readonly suspended: readonly string[];
  /** The latest scaling activity's message, asked for only where there is no instance. */
  readonly lastActivity?: string;
}

/** Whether a group has its instance, and nothing to do about it. */
export function inService(instance: GroupObservation["instance"]): boolean {
  return instance !== undefined && instance.lifecycleState === "InService" && instance.healthy;
}

/** The state of a node that is out, as it tells it by SSH. */
export interface SelfReport {
  /** Whether its data volume has no room: a new instance would have the same volume. */
  readonly diskFull: boolean;
  /** What a person has to mend, as the node says it: a new instance would have the same volume. */
  readonly needsAPerson?: string;
  /** The reason for which `self-fence` holds it back, if it does: `disk-hung: …`. */
  readonly fenced?: string;
  /** The work that it visibly gets on with, for a while: `its first boot is under way`. */
  readonly progress?: string;
  /** Whether its broker reads its logs back after an unclean end, and gets on: that may take hours. */
  readonly recovers?: boolean;
  /** Its services in a few words. */
  readonly summary: string;
}

/** The state of one node at an observation. */
export interface NodeObservation {
  readonly name: string;
  readonly role: "kafka" | "zookeeper";
  /** Broker id, or ZooKeeper's `myid`. */
  readonly id: number;
  readonly zone: string;
  /** The reason for which it is not in service; undefined when it is. */
  readonly problem?: string;
  /** Whether something came back from its address, be it a refusal. */
  readonly reachable: boolean;
  /** Whether the other nodes have it in service, whatever this host sees. */
  readonly seenByOthers: boolean;
  readonly report?: SelfReport;
  readonly group?: GroupObservation;
}

/** An observation of the whole cluster. */
export interface ClusterObservation {
  /** Every node of the cluster. */
  readonly nodes: readonly NodeObservation[];
  /** The reason for which the groups could not be asked. */
  readonly groupsProblem?: string;
  /** Every partition, or the reason for which they are not known; undefined while nobody needs to know. */
  readonly partitions?: readonly InsyncPartition[] | string;
}

/** Whether nothing came back: neither an answer nor a refusal. */
function isSilence(problem: string): boolean {
  return /no connection|EHOSTUNREACH|ENETUNREACH|ETIMEDOUT|EHOSTDOWN/.test(problem);
}

type Health = Pick<NodeObservation, "problem" | "reachable" | "seenByOthers">;

/**
 * The health of a broker. It is in service when it answers and more than half of the other brokers that answer know it.
 */
function brokerHealth(broker: ClusterNode, observations: readonly MembersObservation[]): Health {
  const own = observations.find(({ node }) => node === broker.name);
  const others = observations.flatMap((one) => ("members" in one && one.node !== broker.name ? [one.members] : []));
  const knowing = others.filter((members) => members.includes(broker.id)).length;
  // One cut-off broker's stale view must not put another one out.
  const registered = others.length === 0 || knowing * 2 > others.length;
  const silence = own === undefined ? "not asked" : "problem" in own ? own.problem : undefined;
  const problems = [silence, registered ? undefined : "not registered"].filter((each) => each !== undefined);
  return {
    problem: problems.length > 0 ? problems.join(", ") : undefined,
    reachable: silence === undefined || !isSilence(silence),
    seenByOthers: others.length > 0 && registered,
  };
}

function zookeeperHealth(server: ClusterNode, observations: readonly ZooKeeperObservation[]): Health {
  const answers = new Map(observations.map((one) => [one.node, one]));
  const own = answers.get(server.name);
  const mntrs = observations.flatMap((one) => ("mntr" in one ? [one.mntr] : []));
  const leaders = mntrs.filter(({ serverState }) => serverState === "leader");
  const others = observations.flatMap((one) => ("mntr" in one && one.node !== server.name ? [one.mntr] : []));
  const leader = others.find(({ serverState }) => serverState === "leader");
  const allOthersFollow = others.length === observations.length - 1 && others.every(inQuorum);
  const seenByOthers =
    leader === undefined ? allOthersFollow : (leader.syncedFollowers ?? 0) >= observations.length - 1;
  const problem = (() => {
    if (own === undefined) return "not asked";
    if ("problem" in own) return own.problem;
    if (!inQuorum(own.mntr)) return `not in the quorum: ${own.mntr.peerState ?? own.mntr.serverState}`;
    return own.mntr.serverState === "leader" && leaders.length > 1 ? `one of ${leaders.length} leaders` : undefined;
  })();
  const reachable = own !== undefined && !("problem" in own && isSilence(own.problem));
  return { problem, reachable, seenByOthers };
}

/** The answers of the nodes and of AWS that make an observation. */
export interface Answers {
  readonly brokers: readonly MembersObservation[];
  readonly zookeeper: readonly ZooKeeperObservation[];
  /** The reports by the names of nodes. */
  readonly reports: ReadonlyMap<string, SelfReport>;
  /** The groups by name, or the reason for which they could not be asked. Undefined: there was no need. */
  readonly groups: ReadonlyMap<string, GroupObservation> | string | undefined;
  readonly partitions?: ClusterObservation["partitions"];
}

/** Puts an observation together from the answers. Pure. */
export function observationOf(
  cluster: Pick<ClusterDescription, "brokers" | "zookeeper">,
  answers: Answers,
): ClusterObservation {
  const { groups } = answers;
  const rest = ({ name, id, zone, groupName }: ClusterNode) => ({
    name,
    id,
    zone,
    report: answers.reports.get(name),
    group: typeof groups === "object" ? groups.get(groupName) : undefined,
  });
  return {
    nodes: [
      ...cluster.zookeeper.map((node) => ({
        role: "zookeeper" as const,
        ...zookeeperHealth(node, answers.zookeeper),
        ...rest(node),
      })),
      ...cluster.brokers.map((node) => ({
        role: "kafka" as const,
        ...brokerHealth(node, answers.brokers),
        ...rest(node),
      })),
    ],
    groupsProblem: typeof groups === "string" ? groups : undefined,
    partitions: answers.partitions,
  };
}
