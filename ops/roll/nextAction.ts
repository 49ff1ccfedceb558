import { partitionName } from "../kafka/partitions";
import type { RollOverride } from "../../planning/cluster/rollOverride";
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
  /** What may be passed over, topic by topic. Default: nothing. */
  readonly override?: readonly RollOverride[];
  /** The day on which the roll began, in UTC: `2026-11-29`. */
  readonly today: string;
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
  const stale = (rules.override ?? []).find(({ day }) => day !== rules.today);
  if (stale !== undefined) {
    const why =
      `rollOverride is for ${stale.day}, and today is ${rules.today} (UTC): take it out of the settings; if it is ` +
      "meant for this roll too, give it this day";
    return { kind: "stop", node: name, why };
  }
  const label = ({ topic, partition }: InsyncPartition) => partitionName(topic, partition);
  const on = view.partitions.filter(({ replicas }) => replicas.includes(id));
  const left = ({ isr }: InsyncPartition) => isr.filter((replica) => replica !== id).length;
  const notes: string[] = [];
  /** Those of the partitions that are not passed over. */
  const remaining = (labels: readonly string[], check: Check, what: string): string[] => {
    const passed = labels.filter((one) => overrideOf(one, check, rules) !== undefined);
    const reasons = [...new Set(passed.map((one) => overrideOf(one, check, rules)?.reason))].join(", ");
    if (passed.length > 0) notes.push(`overridden (${reasons}): ${what}: ${examples(passed)}`);
    return labels.filter((one) => !passed.includes(one));
  };
  const moving = remaining(view.moving, "moving", "being moved");
  if (moving.length > 0) {
    const why = `${name} is not replaced while ${moving.length} partitions are being moved (${examples(moving)})`;
    return { kind: "wait", why, nodes: [] };
  }
  for (const { partitions = [] } of missing) remaining(partitions, "behind", "not all in sync");
  const behind = notPassedOver(missing, rules);
  if (behind.length > 0) return waitFor(name, behind);
  // A node that is out already takes nothing away by being replaced.
  const thin = problem === undefined ? on.filter((one) => left(one) < one.minInsyncReplicas).map(label) : [];
  const stopped = remaining(thin, "writes", "writes stop");
  if (stopped.length > 0) {
    return {
      kind: "stop",
      node: name,
      why:
        `taking it out would stop the writes of ${stopped.length} partitions, which would have fewer than ` +
        `min.insync.replicas copies in sync: ${examples(stopped)}. Give their topics more copies or a ` +
        "smaller min.insync.replicas, or, when this change is itself the cure, name them in rollOverride and " +
        "run pulumi up again",
    };
  }
  const bare = [...new Set(on.filter((one) => left(one) === one.minInsyncReplicas).map(({ topic }) => topic))];
  if (bare.length > 0 && problem === undefined)
    notes.push(`while ${name} is away one more failure would stop the writes of ${examples(bare)}`);
  return { kind: "replace", node: name, notes };
}

type Check = RollOverride["passOver"][number];

/** The override by which a check of this partition is passed over, if there is one. */
function overrideOf(label: string, check: Check, { override }: RollRules): RollOverride | undefined {
  const name = label.replace(/-\d+$/, "");
  return override?.find(({ topic, passOver }) => topic === name && passOver.includes(check));
}

/** The faults that an override does not pass over: those that are not of its topics' partitions alone. */
export function notPassedOver(missing: readonly Missing[], rules: RollRules): Missing[] {
  return missing.filter(({ partitions }) => !partitions?.every((one) => overrideOf(one, "behind", rules)));
}
