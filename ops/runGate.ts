import type { ClusterDescription } from "../planning/cluster/clusterDescription";
import { collectEvidence, failedBoots } from "./evidence";
import { badNodes, missingByNode } from "./gateVerdict";
import { waitUntil, type Wait } from "./waitUntil";

type Gate<T> = Omit<Wait<T>, "report"> & { readonly cluster: ClusterDescription };

/**
 * Waits for a gate; when it stays shut, prints per node what is missing and what the node says of itself. Gives whether
 * it opened.
 */
export async function runGate<T>(gate: Gate<T>): Promise<boolean> {
  const report = (line: string) => console.log(line);
  const { verdict, seconds, gaveUp } = await waitUntil({
    ...gate,
    report,
    hopeless: async (state) => {
      const failed = await failedBoots(gate.cluster, badNodes(state));
      return failed.length === 0
        ? undefined
        : `the first boot of ${failed.join(", ")} has failed, and is not tried again`;
    },
  });
  for (const note of verdict.notes ?? []) report(`${gate.what}: note: ${note}`);
  if (verdict.satisfied) {
    report(`${gate.what}: passed after ${seconds} s: ${verdict.summary}`);
    return true;
  }
  const nodes = badNodes(verdict);
  // Everything goes to stderr at once: Pulumi shows a failed command's stderr in its error, whatever was streamed
  // before.
  const when =
    gaveUp === undefined ? `not passed within ${gate.deadlineSeconds} s` : `given up after ${seconds} s: ${gaveUp}`;
  console.error(`${gate.what}: ${when}: ${verdict.summary}`);
  for (const line of missingByNode(verdict.missing)) console.error(`  ${line}`);
  if (nodes.length > 0) report(`${gate.what}: asking ${nodes.join(", ")} what is wrong`);
  for (const { node, text } of await collectEvidence(gate.cluster, nodes)) {
    console.error(`\n----- ${node} -----\n${text}`);
  }
  return false;
}
