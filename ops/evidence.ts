import { execFile } from "node:child_process";
import type { ClusterDescription } from "../planning/cluster/clusterDescription";
import { lastLines } from "../planning/cluster/outputText";
import { sshOptions } from "../planning/cluster/sshOptions";

/** The most nodes that are shown; a gate that fails everywhere fails for one reason. */
const maximumNodes = 5;
const maximumLines = 120;
const connectSeconds = 5;
const commandSeconds = 25;

/**
 * The script by which a node tells about itself. Before the node archive is unpacked there is no `diagnose`; then
 * cloud-init's output says why.
 */
const remoteScript = `
if [ -x /opt/kafka-node/bin/diagnose ]; then sudo /opt/kafka-node/bin/diagnose
else
  echo "the node archive is not installed yet; cloud-init says:"
  cloud-init status --long 2>&1
  sudo tail -n 40 /var/log/cloud-init-output.log
fi`;

/**
 * The options of ssh to a node. One that is replaced keeps its address and gets another host key, so none is
 * remembered.
 */
export const nodeOptions = sshOptions({
  StrictHostKeyChecking: "accept-new",
  UserKnownHostsFile: "/dev/null",
  LogLevel: "ERROR",
  BatchMode: "yes",
  ConnectTimeout: connectSeconds,
  ServerAliveInterval: 5,
  ServerAliveCountMax: 2,
});

/** The text in which a node tells what is wrong with it. */
export interface Evidence {
  readonly node: string;
  readonly text: string;
}

/** The words of an ssh that runs the script on a node. */
export function sshArguments(cluster: ClusterDescription, host: string, script: string): string[] {
  return ["-i", cluster.nodeAccessKeyPath, ...nodeOptions, `${cluster.nodeUser}@${host}`, script];
}

/** The output of a command on a node, and how it ended if not well. Never rejects. */
export function onNode(cluster: ClusterDescription, host: string, script: string, seconds: number): Promise<string> {
  const options = { timeout: seconds * 1000, killSignal: "SIGKILL", maxBuffer: 4 << 20 } as const;
  return new Promise((resolve) => {
    const child = execFile("ssh", sshArguments(cluster, host, script), options, (error, stdout, stderr) => {
      const output = lastLines([stdout, stderr].filter((text) => text.trim() !== "").join("\n"), maximumLines);
      if (error === null) resolve(output);
      else if (error.killed) resolve(`${output}\n(cut off after ${seconds} s)`);
      else resolve(`${output}\n(ssh to ${host} ended with ${error.code ?? "an error"})`.trimStart());
    });
    child.stdin?.end();
  });
}

function hostsOf(
  cluster: ClusterDescription,
  nodes: readonly string[],
): { readonly node: string; readonly host: string }[] {
  const addresses = new Map([...cluster.zookeeper, ...cluster.brokers].map(({ name, privateIp }) => [name, privateIp]));
  return nodes.flatMap((node) => {
    const host = addresses.get(node);
    return host === undefined ? [] : [{ node, host }];
  });
}

/** Whether `cloud-init status` says that the first boot ended in a failure: it is never tried again. */
export function bootFailed(status: string): boolean {
  return /^status: error\b/m.test(status);
}

/** The named nodes whose first boot has failed for good. Takes at most about 10 s. */
export async function failedBoots(cluster: ClusterDescription, nodes: readonly string[]): Promise<string[]> {
  const asked = hostsOf(cluster, nodes).map(async ({ node, host }) => {
    return bootFailed(await onNode(cluster, host, "cloud-init status", 10)) ? [node] : [];
  });
  return (await Promise.all(asked)).flat();
}

/** Asks the named nodes by SSH, all at once, what is wrong with them. Never rejects; takes at most about 25 s. */
export function collectEvidence(cluster: ClusterDescription, nodes: readonly string[]): Promise<Evidence[]> {
  return Promise.all(
    hostsOf(cluster, nodes.slice(0, maximumNodes)).map(async ({ node, host }) => ({
      node,
      text: await onNode(cluster, host, remoteScript, commandSeconds),
    })),
  );
}
