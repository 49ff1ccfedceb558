import type { ClusterDescription } from "../planning/cluster/clusterDescription";
import { onNode } from "./evidence";
import { examples } from "./gateVerdict";

/** Seconds for a login on a node: the status must not wait for one that is gone. */
const seconds = 10;
const script =
  "sudo -n find /var/lib/kafka /var/lib/zookeeper -mindepth 1 -maxdepth 3 -name '*set-aside-*' -prune " +
  "2>/dev/null; true";

/**
 * What nodes have set aside on their volumes, as it would have kept them from starting, a line for each node; nodes
 * that don't answer are not among them. Takes at most about 10 s. Never rejects.
 */
export async function setAsideLines(cluster: ClusterDescription, ask = onNode): Promise<string[]> {
  const asked = [...cluster.zookeeper, ...cluster.brokers].map(async ({ name, privateIp }) => {
    const answer = await ask(cluster, privateIp, script, seconds);
    const kept = [...answer.matchAll(/^\/\S*set-aside-\S+$/gm)].map(([path]) => path).sort();
    if (kept.length === 0) return [];
    const what = "files or folders that would have kept it from starting, torn ones or a stranger's, are set aside";
    return [`${name}: ${what}; delete them when nobody wants to look at them any more: ${examples(kept)}`];
  });
  return (await Promise.all(asked)).flat();
}
