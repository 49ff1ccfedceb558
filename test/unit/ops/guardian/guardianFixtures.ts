import type { GroupObservation, ClusterObservation, NodeObservation } from "../../../../ops/guardian/observation";
import { confirmed, nextActions, type Action } from "../../../../ops/guardian/nextActions";
import type { Rules } from "../../../../ops/guardian/others";
import type { InsyncPartition } from "../../../../ops/insync";
import { freshMemory, type Memory } from "../../../../ops/guardian/memory";

export const rules: Rules = { patienceSeconds: 60, dryRun: false, minimumRunning: 3 };
export const names = ["zookeeper-1", "zookeeper-2", "zookeeper-3", ...[1, 2, 3, 4, 5].map((id) => `kafka-${id}`)];
export const start = Date.UTC(2026, 10, 24, 1, 0, 0);
export const stepMs = 5000;

export const idOf = (name: string) => Number(name.split("-")[1]);

export function healthy(id: string): GroupObservation {
  return { instance: { id, lifecycleState: "InService", healthy: true }, suspended: [] };
}

/** A look at a whole cluster, with some nodes seen in another way. */
export function lookAt(
  changes: Readonly<Record<string, Partial<NodeObservation>>> = {},
  rest: Partial<ClusterObservation> = {},
): ClusterObservation {
  return {
    nodes: names.map((name) => ({
      name,
      role: name.startsWith("kafka") ? "kafka" : "zookeeper",
      id: idOf(name),
      zone: `zone-${((idOf(name) - 1) % 3) + 1}`,
      reachable: true,
      seenByOthers: changes[name]?.problem === undefined,
      group: healthy(`i-${name}`),
      ...changes[name],
    })),
    ...rest,
  };
}

/** Partitions of four copies, each on another four of the five brokers, in sync on those that are not out. */
export function partitionsWithout(...out: readonly number[]): InsyncPartition[] {
  return [1, 2, 3, 4, 5].map((absent) => {
    const replicas = [1, 2, 3, 4, 5].filter((id) => id !== absent);
    const isr = replicas.filter((id) => !out.includes(id));
    return { topic: "t", partition: absent, replicas, isr, minInsyncReplicas: 2 };
  });
}

export interface Run {
  readonly memory: Memory;
  readonly actions: readonly (Action & { readonly at: number })[];
  readonly lines: readonly string[];
  readonly now: number;
}

export const begin: Run = { memory: freshMemory("test"), actions: [], lines: [], now: start };

/** Looks every 5 s for so long; AWS takes every order. The first look is at once. */
export function run(
  from: Run,
  seconds: number,
  observation: (now: number) => ClusterObservation,
  with_: Partial<Rules> = {},
): Run {
  let { memory, now } = from;
  const actions = [...from.actions];
  const lines = [...from.lines];
  for (const end = now + seconds * 1000; now < end; now += stepMs) {
    const outcome = nextActions(memory, observation(now), { ...rules, ...with_ }, now);
    memory = outcome.actions.reduce(confirmed, outcome.memory);
    for (const action of outcome.actions) actions.push({ ...action, at: now });
    lines.push(...outcome.lines);
  }
  return { memory, actions, lines, now };
}
