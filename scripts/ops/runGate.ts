import type { ClusterDescription } from "../../planning/cluster";
import { collectEvidence } from "./evidence";
import { badNodes, missingByNode } from "./gateVerdict";
import { waitUntil, type Wait } from "./waitUntil";

type Gate<T> = Omit<Wait<T>, "report"> & { readonly cluster: ClusterDescription };

/** Waits for a gate; when it stays shut, prints per node what is missing and what the node says of itself. Gives whether it opened. */
export async function runGate<T>(gate: Gate<T>): Promise<boolean> {
  const report = (line: string) => console.log(line);
  const { verdict, seconds } = await waitUntil({ ...gate, report });
  for (const note of verdict.notes ?? []) report(`${gate.what}: note: ${note}`);
  if (verdict.satisfied) {
    report(`${gate.what}: passed after ${seconds} s: ${verdict.summary}`);
    return true;
  }
  const nodes = badNodes(verdict);
  // Everything goes to stderr at once: Pulumi shows a failed command's stderr in its error, whatever was streamed before.
  console.error(`${gate.what}: not passed within ${gate.deadlineSeconds} s: ${verdict.summary}`);
  for (const line of missingByNode(verdict.missing)) console.error(`  ${line}`);
  if (nodes.length > 0) report(`${gate.what}: asking ${nodes.join(", ")} what is wrong`);
  for (const { node, text } of await collectEvidence(gate.cluster, nodes)) {
    console.error(`\n----- ${node} -----\n${text}`);
  }
  return false;
}
