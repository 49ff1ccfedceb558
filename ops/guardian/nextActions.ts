import { inService, type ClusterObservation, type NodeObservation } from "./observation";
import type { Decision, Memory, NodeMemory, PersonNeed } from "./memory";
import { emptyGroupMs, othersForbid, sharedFault, type Rules, type Scene } from "./others";

/** The order to mark the node's instance unhealthy, so that its group replaces it. */
export interface Action {
  readonly node: string;
  readonly instanceId: string;
}

/** The guardian's decision after an observation. */
export interface Outcome {
  readonly memory: Memory;
  /** The orders to carry out: one at most. */
  readonly actions: readonly Action[];
  readonly lines: readonly string[];
}

/** The time in ms for which a node that comes and goes must stay well; until then it is out. */
export const settledMs = 30_000;
/** The time in ms without a fault after which earlier replacements are forgotten. */
const forgivenMs = 30 * 60_000;
/** The time in ms for which a node may be out that boots, fetches, waits for its volume, or shares its fault. */
const progressMs = 30 * 60_000;
const longestBackOffMs = 60 * 60_000;
/** The longest time in ms between two observations: beyond, nobody knows whether a node was out in between. */
const longestGapMs = 60_000;
const summaryMs = 5 * 60_000;
const keptDecisions = 50;

/** Decides what follows from an observation. Pure: the same memory, observation and time give the same outcome. */
export function nextActions(before: Memory, observation: ClusterObservation, rules: Rules, now: number): Outcome {
  const gap = now - before.lookedAt;
  const continuous = gap >= 0 && gap <= longestGapMs;
  const lines: string[] = [];
  if (!continuous && before.lookedAt > 0) {
    lines.push(`no look for ${Math.round(gap / 1000)} s: the time that a node has been out is counted anew`);
  }
  const remembered = new Map(
    observation.nodes.map((node) => [node.name, remember(before.nodes[node.name], node, rules, continuous, now)]),
  );

  const actions: Action[] = [];
  const nodes: Record<string, NodeMemory> = {};
  const decisions: Decision[] = [];
  for (const { node, memory, step } of oneAtATime(
    observation.nodes.map((node) => {
      const memory = remembered.get(node.name) ?? startMemory;
      return { node, memory, step: nextAction(node, memory, { observation, remembered, rules, now }) };
    }),
  )) {
    const last = before.nodes[node.name];
    if (step.text !== (last?.next ?? wellText)) {
      const text =
        memory.outSince === undefined
          ? `well again, was out since ${clock(last?.outSince ?? now)}`
          : outText(memory.outSince, memory.problem, step.text);
      lines.push(`${node.name}: ${text}`);
      decisions.push({ at: now, node: node.name, text });
    }
    if (step.act === undefined) {
      nodes[node.name] = { ...memory, next: step.text, person: step.person };
      continue;
    }
    actions.push(step.act);
    nodes[node.name] = {
      ...memory,
      next: step.text,
      attempts: memory.attempts + (unconfirmed(memory, step.act.instanceId) ? 0 : 1),
      lastAction: {
        at: now,
        instanceId: step.act.instanceId,
        dryRun: rules.dryRun,
        confirmed: rules.dryRun,
      },
    };
  }

  const trouble = observation.groupsProblem ?? "";
  if (trouble !== before.trouble) {
    lines.push(trouble === "" ? "the groups can be asked again" : `the groups can't be asked: ${trouble}`);
  }
  const summaryIsDue = now - before.summaryAt >= summaryMs || now < before.summaryAt;
  if (summaryIsDue) lines.push(summary(nodes));
  return {
    memory: {
      clusterName: before.clusterName,
      lookedAt: now,
      summaryAt: summaryIsDue ? now : before.summaryAt,
      nodes,
      decisions: [...before.decisions, ...decisions].slice(-keptDecisions),
      trouble,
      concerns: before.concerns,
      foreignSettings: before.foreignSettings,
      room: before.room,
    },
    actions,
    lines,
  };
}

/** The memory after AWS has taken the order: without this it is given again at the next observation. */
export function confirmed(memory: Memory, { node: name, instanceId }: Action): Memory {
  const node = memory.nodes[name];
  if (node?.lastAction?.instanceId !== instanceId) return memory;
  return {
    ...memory,
    nodes: { ...memory.nodes, [name]: { ...node, lastAction: { ...node.lastAction, confirmed: true } } },
  };
}

/** The memory after an order that was not given in the end: it counts as no attempt. */
export function withdrawn(memory: Memory, { node: name, instanceId }: Action): Memory {
  const node = memory.nodes[name];
  if (node === undefined || !unconfirmed(node, instanceId)) return memory;
  return {
    ...memory,
    nodes: { ...memory.nodes, [name]: { ...node, attempts: node.attempts - 1, lastAction: undefined } },
  };
}

/** The memory with what came of an action among the decisions that the status shows. */
export function noted(memory: Memory, node: string, text: string, at: number): Memory {
  return { ...memory, decisions: [...memory.decisions, { at, node, text }].slice(-keptDecisions) };
}

const wellText = "";
const startMemory: NodeMemory = { attempts: 0, next: wellText };

function unconfirmed({ lastAction }: NodeMemory, instanceId: string): boolean {
  return lastAction !== undefined && !lastAction.confirmed && lastAction.instanceId === instanceId;
}

function remember(
  last: NodeMemory = startMemory,
  node: NodeObservation,
  rules: Rules,
  continuous: boolean,
  now: number,
): NodeMemory {
  // The clock may have been set back; then this observation is not continuous with the one before.
  const past = (time: number | undefined) => (time === undefined ? undefined : Math.min(time, now));
  const since = (time: number | undefined) => (continuous ? time : undefined);
  const well = node.problem === undefined;
  const wellSince = well ? (since(last.wellSince) ?? now) : undefined;
  const settled = wellSince !== undefined && now - wellSince >= settledMs;
  const wasOut = last.outSince !== undefined;
  const outSince = well
    ? wasOut && !settled
      ? (since(last.outSince) ?? now)
      : undefined
    : (since(last.outSince) ?? now);

  const { group } = node;
  const id = group?.instance?.id;
  const instance = group === undefined ? last.instance : id === undefined ? undefined : { id, since: now };
  const sameInstance = instance !== undefined && instance.id === last.instance?.id;
  // What a dry run would have done is no reason for the real one to wait, nor the other way round.
  const sameMode = last.lastAction === undefined || last.lastAction.dryRun === rules.dryRun;
  const forgiven = (wellSince !== undefined && now - wellSince >= forgivenMs) || !sameMode;
  const lastAction = forgiven ? undefined : last.lastAction;
  return {
    outSince,
    wellSince,
    problem: node.problem,
    instance: sameInstance ? { id: instance.id, since: past(last.instance?.since) ?? now } : instance,
    emptySince:
      group === undefined ? past(last.emptySince) : id === undefined ? (past(last.emptySince) ?? now) : undefined,
    attempts: forgiven ? 0 : last.attempts,
    restartedAt: past(last.restartedAt),
    busyAt:
      outSince === undefined ? undefined : node.report?.recovers || node.report?.diskFull ? now : past(last.busyAt),
    lastAction: lastAction && {
      ...lastAction,
      at: Math.min(lastAction.at, now),
      // A node that has got well is not replaced for an order that AWS has perhaps not heard.
      confirmed: lastAction.confirmed || outSince === undefined,
    },
    next: last.next,
  };
}

interface NextAction {
  /** The decision in words, which change only when it does: there are no ages in it. */
  readonly text: string;
  readonly act?: Action;
  /** The kind of what a person is needed for, if one is. */
  readonly person?: PersonNeed;
}

interface Step {
  readonly node: NodeObservation;
  readonly memory: NodeMemory;
  readonly step: NextAction;
}

/** The steps with the replacement whose turn it is: of the node with the fewest before it. */
function oneAtATime(steps: readonly Step[]): Step[] {
  const [first] = steps
    .filter(({ step }) => step.act !== undefined)
    .sort((a, b) => a.memory.attempts - b.memory.attempts);
  return steps.map((one) =>
    one === first || one.step.act === undefined
      ? one
      : { ...one, step: { text: `waits for ${first?.node.name}: one node is replaced at a time` } },
  );
}

function nextAction(node: NodeObservation, memory: NodeMemory, scene: Scene): NextAction {
  const { outSince } = memory;
  if (outSince === undefined) return { text: wellText };
  const { group, report } = node;
  if (group !== undefined && group.instance === undefined) {
    return emptyGroup(memory, group.lastActivity, scene.now);
  }
  if (node.problem === undefined) {
    return { text: `in service again, counts as well when it stays so for ${settledMs / 1000} s` };
  }
  if (report?.diskFull === true) {
    return {
      text:
        "its data volume is full, and a new instance would have the same one: grow brokerVolumeGiB (or " +
        "zookeeperVolumeGiB) and run pulumi up; the volume grows while the node runs",
      person: "disk-full",
    };
  }
  if (report?.needsAPerson !== undefined) {
    const text = `A PERSON IS NEEDED, as a new instance would have the same volume: ${report.needsAPerson}`;
    return { text, person: "damaged" };
  }
  if (group?.instance !== undefined && !inService(group.instance)) {
    const { id, lifecycleState, healthy } = group.instance;
    return { text: `its group already acts: ${id} is ${lifecycleState}, ${healthy ? "Healthy" : "Unhealthy"}` };
  }
  const others = othersForbid(node, scene);
  if (others !== undefined) return { text: others };
  if (group?.instance === undefined) {
    const problem = scene.observation.groupsProblem ?? "there is no such group";
    return { text: `can't tell what its group does, so nothing is done: ${problem}` };
  }
  const held = group.suspended.filter((process) => ["ReplaceUnhealthy", "Terminate", "Launch"].includes(process));
  if (held.length > 0) {
    const text = `somebody has suspended ${held.join(", ")} of its group, so it is left to them`;
    return { text, person: "suspended" };
  }
  if (node.seenByOthers && !node.reachable && report === undefined) {
    return { text: "can't tell: the other nodes have it in service, only this host does not reach it" };
  }
  return whenDue(node, memory, outSince, group.instance.id, scene);
}

/** Decides when everything else allows a replacement: now, or at a time that is known. */
function whenDue(
  node: NodeObservation,
  memory: NodeMemory,
  outSince: number,
  instanceId: string,
  scene: Scene,
): NextAction {
  const { rules, now } = scene;
  const { report, problem = "" } = node;
  const { attempts, lastAction, instance, busyAt } = memory;
  // A new machine would begin with it again.
  if (report?.recovers) return { text: "recovers its logs after an unclean end: left to it as long as it gets on" };
  const patience = Math.min(rules.patienceSeconds * 1000 * 2 ** attempts, longestBackOffMs);
  const shared = sharedFault(node, scene);
  const wait = report?.progress === undefined && shared === undefined ? patience : Math.max(patience, progressMs);
  const due = Math.max(outSince, instance?.since ?? now, lastAction?.at ?? 0, busyAt ?? 0) + wait;
  const verb = rules.dryRun ? "would mark" : "marking";
  const repeats = unconfirmed(memory, instanceId);
  const earlier = repeats ? attempts - 1 : attempts;
  const again = earlier === 0 ? "" : `, replacement ${earlier + 1} in a row`;
  if (repeats || now >= due) {
    const state = [problem, report?.summary, report?.fenced && `fenced: ${report.fenced}`];
    const reason = state.filter((each) => each !== undefined && each !== "").join("; ");
    return {
      text: `${verb} ${instanceId} unhealthy (${reason}), so that its group replaces it${again}`,
      act: { node: node.name, instanceId },
    };
  }
  const fenced = report?.fenced === undefined ? "" : ", fenced by itself";
  const busy = [report?.progress, shared].map((each) => (each === undefined ? "" : `${each}; `)).join("");
  const whose = rules.dryRun ? "would mark" : "marks";
  return { text: `${busy}waits until ${clock(due)}, then ${whose} ${instanceId} unhealthy${again}${fenced}` };
}

function emptyGroup({ emptySince, next }: NodeMemory, lastActivity: string | undefined, now: number): NextAction {
  if (emptySince === undefined || now - emptySince < emptyGroupMs) return { text: "its group starts an instance" };
  const cause = lastActivity === undefined ? "" : `; its last activity: ${lastActivity}`;
  const text =
    "ITS GROUP HAS HAD NO INSTANCE FOR 10 MINUTES and can't start one (capacity? quota? volume or interface gone?)";
  // The message may be missing in one observation and there in the next.
  return { text: cause === "" && next.startsWith(text) ? next : `${text}${cause}`, person: "no-instance" };
}

function summary(nodes: Readonly<Record<string, NodeMemory>>): string {
  const entries = Object.entries(nodes);
  const out = entries.flatMap(([name, { outSince, problem, next }]) =>
    outSince === undefined ? [] : [`; ${name}: ${outText(outSince, problem, next)}`],
  );
  return `${entries.length - out.length} of ${entries.length} nodes well${out.join("")}`;
}

function outText(since: number, problem: string | undefined, next: string): string {
  return `out since ${clock(since)}${problem === undefined ? "" : ` (${problem})`}: ${next}`;
}

/** The time of day in UTC: `01:02:03Z`. */
function clock(time: number): string {
  return `${new Date(time).toISOString().slice(11, 19)}Z`;
}
