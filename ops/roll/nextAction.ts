import { partitionName } from "../kafka/partitions";
import { describeMissing, examples, type Missing } from "../gateVerdict";
import type { InsyncPartition } from "../insync";

/** A node of the pool that is rolled. */
export interface RollNode {
  readonly name: string;
  /** Broker id, or ZooKeeper's `myid`. */
  readonly id: number;
  /** Whether its instance has the revision that the settings ask for; undefined while that is not known. */
  readonly current?: boolean;
  /** The reason for which it is not in service; undefined when it is. */
  readonly problem?: string;
  /** Id of the one instance of its group; undefined while there is none. */
  readonly instanceId?: string;
  /** The state of its group: `has no instance`, `i-1 is Pending`. Undefined when it has one instance in service. */
  readonly groupBusy?: string;
}

/** An observation of the pool, and of what has to hold before a node of it is taken out. */
export interface RollObservation {
  readonly nodes: readonly RollNode[];
  /** The node whose going costs an election: the controller, or ZooKeeper's leader. */
  readonly last?: string;
  /** The faults that keep this pool from being whole. */
  readonly missing: readonly Missing[];
  /** The faults of ZooKeeper, when brokers are rolled. */
  readonly zookeeperMissing: readonly Missing[];
  /** Every partition; empty for ZooKeeper. */
  readonly partitions: readonly InsyncPartition[];
  /** Partitions that are being moved: `user-activity-3`. */
  readonly moving: readonly string[];
}

/** The rules that a roll keeps. */
export interface RollRules {
  readonly pool: "zookeeper" | "kafka";
  /** The number of brokers that must be left in service. */
  readonly minimumRunning: number;
  /** The reason for which the checks of the partitions are to be passed over; undefined: they are not. */
  readonly override?: string;
}

/** The next action of a roll. */
export type RollAction =
  | { readonly kind: "done" }
  /** Wait: something has to happen first, and may. */
  | { readonly kind: "wait"; readonly why: string; readonly nodes: readonly string[] }
  /** Stop the node's service, and have its group replace it. `notes`: what is worth saying before. */
  | { readonly kind: "replace"; readonly node: string; readonly notes: readonly string[] }
  /** Stop: waiting would not help, and a person has to decide. */
  | { readonly kind: "stop"; readonly node: string; readonly why: string };

/**
 * Decides on the next action. Pure. One node at a time: those that are out first, since taking them costs nothing, the
 * controller or leader last, since each of its moves costs an election; never one while anything else is amiss.
 */
export function nextAction(view: RollObservation, rules: RollRules): RollAction {
  const busy = view.nodes.filter(({ groupBusy }) => groupBusy !== undefined);
  if (busy.length > 0) {
    const why = busy.map(({ name, groupBusy = "" }) => `${name}'s group ${groupBusy}`).join(", ");
    return { kind: "wait", why, nodes: busy.map(({ name }) => name) };
  }
  const unknown = view.nodes.filter(({ current }) => current === undefined);
  if (unknown.length > 0) {
    const names = unknown.map(({ name }) => name);
    return { kind: "wait", why: `what ${names.join(", ")} were started from is not known yet`, nodes: names };
  }
  const outdated = view.nodes.filter(({ current }) => current === false);
  const whole = view.missing.length === 0;
  const [candidate] = [...outdated].sort((a, b) => order(a, view) - order(b, view) || a.id - b.id);
  if (candidate === undefined) {
    return whole
      ? { kind: "done" }
      : { kind: "wait", why: describeMissing(view.missing, 4), nodes: named(view.missing) };
  }
  return allowed(candidate, view, rules);
}

function order({ name, problem }: RollNode, { last }: RollObservation): number {
  return problem !== undefined ? 0 : name === last ? 2 : 1;
}

function named(missing: readonly Missing[]): string[] {
  return [...new Set(missing.flatMap(({ node }) => node ?? []))];
}

/** The action by which this node is taken out now, or the reason for which it may not be. */
function allowed(candidate: RollNode, view: RollObservation, rules: RollRules): RollAction {
  const { name } = candidate;
  const others = view.nodes.filter((node) => node.name !== name);
  const out = others.filter(({ problem }) => problem !== undefined);
  if (out.length > 0) {
    const names = out.map((node) => `${node.name} (${node.problem})`).join(", ");
    return { kind: "wait", why: `${name} is not replaced while ${names} is out`, nodes: out.map((node) => node.name) };
  }
  if (rules.pool === "kafka" && others.length < rules.minimumRunning) {
    return {
      kind: "stop",
      node: name,
      why:
        `only ${others.length} other brokers would be left, and brokerMinimumRunning is ${rules.minimumRunning}: ` +
        "add a broker (brokerCount) first",
    };
  }
  const missing = missingBesides(candidate, view);
  if (view.zookeeperMissing.length > 0) {
    const why = `${name} is not replaced while ZooKeeper is not whole: ${describeMissing(view.zookeeperMissing, 3)}`;
    return { kind: "wait", why, nodes: named(view.zookeeperMissing) };
  }
  if (rules.pool === "kafka") return partitionsAllow(candidate, missing, view, rules);
  return missing.length === 0 ? { kind: "replace", node: name, notes: [] } : waitFor(name, missing);
}

/**
 * The faults that would be left if the candidate were well: while it is out, what concerns no single node may be its
 * doing.
 */
function missingBesides({ name, problem }: RollNode, { missing }: RollObservation): Missing[] {
  return missing.filter(({ node }) => node !== name && (node !== undefined || problem === undefined));
}

function waitFor(name: string, missing: readonly Missing[]): RollAction & { kind: "wait" } {
  return {
    kind: "wait",
    why: `${name} is not replaced before the others are whole: ${describeMissing(missing, 3)}`,
    nodes: named(missing),
  };
}

function partitionsAllow(
  candidate: RollNode,
  missing: readonly Missing[],
  view: RollObservation,
  rules: RollRules,
): RollAction {
  const { name, id, problem } = candidate;
  const label = ({ topic, partition }: InsyncPartition) => partitionName(topic, partition);
  const on = view.partitions.filter(({ replicas }) => replicas.includes(id));
  const left = ({ isr }: InsyncPartition) => isr.filter((replica) => replica !== id).length;
  // A node that is out already takes nothing away by being replaced.
  const stopped = problem === undefined ? on.filter((one) => left(one) < one.minInsyncReplicas) : [];
  const found: Exclude<RollAction, { kind: "done" | "replace" }>[] = [];
  if (view.moving.length > 0) {
    const why =
      `${name} is not replaced while ${view.moving.length} partitions are being moved ` + `(${examples(view.moving)})`;
    found.push({ kind: "wait", why, nodes: [] });
  }
  if (missing.length > 0) found.push(waitFor(name, missing));
  else if (stopped.length > 0) {
    found.push({
      kind: "stop",
      node: name,
      why:
        `taking it out would stop the writes of ${stopped.length} partitions, which would have fewer than ` +
        `min.insync.replicas copies in sync: ${examples(stopped.map(label))}. Give their topics more copies or a ` +
        "smaller min.insync.replicas, or, when this change is itself the cure, set rollOverride to the reason and " +
        "run pulumi up again",
    });
  }
  const [first] = found;
  if (first !== undefined && rules.override === undefined) return first;
  const bare = [...new Set(on.filter((one) => left(one) === one.minInsyncReplicas).map(({ topic }) => topic))];
  const notes = found.map(({ why }) => `overridden (${rules.override}): ${why}`);
  if (bare.length > 0 && problem === undefined)
    notes.push(`while ${name} is away one more failure would stop the writes of ${examples(bare)}`);
  return { kind: "replace", node: name, notes };
}
