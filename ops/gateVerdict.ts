/** A fault that a gate still waits for to go. */
export interface Missing {
  /** The node that has it (`kafka-3`); undefined when it concerns the whole cluster. */
  readonly node?: string;
  readonly what: string;
  /** The partitions that it consists of: `user-activity-3`. Undefined when it concerns no partitions. */
  readonly partitions?: readonly string[];
}

/** The judgement of a gate on one observation of the cluster. */
export interface Verdict {
  readonly satisfied: boolean;
  /** The state in a few words: `1 leader, 2 followers in sync`. */
  readonly summary: string;
  readonly missing: readonly Missing[];
  /** Remarks that are worth a line, though they hold nothing up. */
  readonly notes?: readonly string[];
}

/** The names of the nodes with something missing, each once, in the order of `missing`. */
export function badNodes(verdict: Verdict): string[] {
  return [...new Set(verdict.missing.flatMap(({ node }) => (node === undefined ? [] : [node])))];
}

/** The faults by node: `kafka-3: no connection, not registered`; what concerns no single node is under `cluster`. */
export function missingByNode(missing: readonly Missing[]): string[] {
  const byNode = new Map<string, string[]>();
  for (const { node = "cluster", what } of missing) byNode.set(node, [...(byNode.get(node) ?? []), what]);
  return [...byNode].map(([node, whats]) => `${node}: ${whats.join(", ")}`);
}

/** All faults in one line, shortened to `limit` nodes. */
export function describeMissing(missing: readonly Missing[], limit = Infinity): string {
  const entries = missingByNode(missing);
  const shown = entries.slice(0, limit);
  if (entries.length > shown.length) shown.push(`and ${entries.length - shown.length} more nodes`);
  return shown.join("; ");
}

/** Things with their number: `1 partition`, `12 partitions`. */
export const counted = (number: number, one: string): string => `${number} ${one}${number === 1 ? "" : "s"}`;

/** The first few names: `user-activity-3, user-activity-7 and 10 more`. */
export function examples(names: readonly string[], limit = 3): string {
  const shown = names.slice(0, limit).join(", ");
  return names.length > limit ? `${shown} and ${names.length - limit} more` : shown;
}
