/** Reads `kafka-1=0123456789ab,kafka-2=…`. Throws when it does not name each of the nodes once, and no other. */
export function parseRevisionList(text: string, nodes: readonly string[]): Map<string, string> {
  const entries = text.split(",").map((entry) => {
    const [node = "", revision = ""] = entry.split("=");
    return [node, revision] as const;
  });
  const revisions = new Map(entries);
  const faults = [
    ...nodes.filter((node) => !revisions.get(node)).map((node) => `${node} is missing`),
    ...entries.filter(([node]) => !nodes.includes(node)).map(([node]) => `there is no node "${node}"`),
  ];
  if (faults.length > 0 || revisions.size !== entries.length)
    throw new Error(
      `--revisions ${text}: each of ${nodes.join(", ")} once, as NODE=REVISION, is ` +
        `wanted${faults.length > 0 ? `: ${faults.join(", ")}` : ""}`,
    );
  return revisions;
}
