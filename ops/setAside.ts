import type { ClusterDescription } from "../planning/cluster/clusterDescription";
import { onNode } from "./evidence";

/** Seconds for a login on a node: the status must not wait for one that is gone. */
const seconds = 10;
const script =
  "sudo -n find /var/lib/kafka/data /var/lib/zookeeper/data -mindepth 1 -maxdepth 1 -name 'set-aside-*' 2>/dev/null; " +
  "true";

/**
 * What nodes could not read and have set aside on their volumes, a line for each; nodes that don't answer are not
 * among them. Takes at most about 10 s. Never rejects.
 */
export async function setAsideLines(cluster: ClusterDescription, ask = onNode): Promise<string[]> {
  const asked = [...cluster.zookeeper, ...cluster.brokers].map(async ({ name, privateIp }) => {
    const answer = await ask(cluster, privateIp, script, seconds);
    return [...answer.matchAll(/^\S+\/set-aside-\S+$/gm)].map(
      ([folder]) =>
        `${name}: could not read what is in ${folder} now, and copied it anew from the others; delete it when nobody ` +
        "wants to look at it any more",
    );
  });
  return (await Promise.all(asked)).flat().sort();
}
