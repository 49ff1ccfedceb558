import type { ClusterDescription } from "../../planning/cluster/clusterDescription";
import type { Memory, NodeMemory } from "./memory";
import { roomConcerns } from "./room";

/** The time in ms without an observation after which the loop is dead or hangs. */
const aliveMs = 60_000;

/** Whether the guardian watches, by when it looked last. Pure. */
export const watches = (lookedAt: number, now: number): boolean => Math.abs(now - lookedAt) <= aliveMs;

/** What a person has to know beside the nodes: disks that are nearly full, what keeps copies out of sync. Pure. */
export const concernsOf = ({ room, concerns }: Pick<Memory, "room" | "concerns">): string[] => [
  ...roomConcerns(room),
  ...concerns,
];

const shownDecisions = 10;

/** The guardian's status, as `kafka-ops guardian status` tells it. */
export interface GuardianStatus {
  readonly clusterName: string;
  readonly enabled: boolean;
  readonly dryRun: boolean;
  readonly patienceSeconds: number;
  /** Whether the loop has observed the cluster within the last 60 s. */
  readonly alive: boolean;
  /** The time of the latest observation, ISO 8601; absent when there was none. */
  readonly lookedAt?: string;
  readonly nodes: readonly {
    readonly name: string;
    readonly state: "well" | "out" | "unknown";
    /** When it began, ISO 8601. */
    readonly since?: string;
    readonly problem?: string;
    readonly instanceId?: string;
    readonly replacementsInARow: number;
    /** The decision about it; empty while it is well. */
    readonly next: string;
  }[];
  /** What a person has to know beside the nodes: disks that are nearly full, what keeps copies out of sync. */
  readonly concerns: readonly string[];
  /** The last ten decisions, oldest first. */
  readonly decisions: readonly { readonly at: string; readonly node: string; readonly text: string }[];
}

const iso = (time: number) => new Date(time).toISOString();

/** The guardian's status, from what it remembers. Pure. */
export function guardianStatus(cluster: ClusterDescription, memory: Memory | undefined, now: number): GuardianStatus {
  const lookedAt = memory?.lookedAt ?? 0;
  return {
    clusterName: cluster.clusterName,
    ...cluster.guardian,
    alive: watches(lookedAt, now),
    lookedAt: lookedAt > 0 ? iso(lookedAt) : undefined,
    nodes: [...cluster.zookeeper, ...cluster.brokers].map(({ name }) => ({ name, ...nodeStatus(memory?.nodes[name]) })),
    concerns: memory === undefined ? [] : concernsOf(memory),
    decisions: (memory?.decisions ?? []).slice(-shownDecisions).map((one) => ({ ...one, at: iso(one.at) })),
  };
}

function nodeStatus(node: NodeMemory | undefined) {
  if (node === undefined) return { state: "unknown" as const, replacementsInARow: 0, next: "" };
  const since = node.outSince ?? node.wellSince;
  return {
    state: node.outSince === undefined ? ("well" as const) : ("out" as const),
    since: since === undefined ? undefined : iso(since),
    problem: node.problem,
    instanceId: node.instance?.id,
    replacementsInARow: node.attempts,
    next: node.next,
  };
}

const second = (time: string) => `${time.slice(0, 19)}Z`;

/** Whether it watches. */
export function guardianHeadline(status: GuardianStatus, now: number): string {
  const looked =
    status.lookedAt === undefined
      ? "it has never looked"
      : `last look ${Math.round((now - Date.parse(status.lookedAt)) / 1000)} s ago`;
  const state = !status.enabled
    ? "switched off (guardianEnabled is false)"
    : status.alive
      ? `watching, ${looked}`
      : `NOT WATCHING, ${looked}: systemctl status kafka-guardian`;
  return `guardian: ${state}; patience ${status.patienceSeconds} s${status.dryRun ? ", dry run" : ""}`;
}

/** The nodes that are out and what is done about them, then what a person has to know beside them. */
export function troubleLines({ nodes, concerns }: GuardianStatus): string[] {
  const out = nodes.filter(({ state }) => state === "out");
  return [
    ...out.map(({ name, since, problem, next }) => {
      const reason = problem === undefined ? "" : ` (${problem})`;
      return `  ${name} is out${since === undefined ? "" : ` since ${second(since)}`}${reason}: ${next}`;
    }),
    ...concerns.map((concern) => `ATTENTION: ${concern}`),
  ];
}

/** The last decisions, oldest first. */
export const decisionLines = ({ decisions }: GuardianStatus): string[] =>
  decisions.map(({ at, node, text }) => `  ${second(at)}  ${node}: ${text}`);

/** The status as a person reads it. */
export function guardianText(status: GuardianStatus, now: number): string {
  const rows = status.nodes.map((node) => [
    node.name,
    node.state,
    node.since === undefined ? "-" : second(node.since),
    node.instanceId ?? "-",
    [node.problem, node.next].filter((part) => part !== undefined && part !== "").join(": "),
  ]);
  const widths = [0, 1, 2, 3].map((column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  return [
    `${status.clusterName} ${guardianHeadline(status, now)}`,
    "",
    ...rows.map((row) =>
      row
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join("  ")
        .trimEnd(),
    ),
    "",
    ...status.concerns.map((concern) => `ATTENTION: ${concern}`),
    status.decisions.length === 0 ? "no decisions yet" : "last decisions:",
    ...decisionLines(status),
  ].join("\n");
}
