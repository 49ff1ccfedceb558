import { execFile } from "node:child_process";
import type { ClusterDescription } from "../../planning/cluster";

/** Nodes shown at most; a gate that fails everywhere fails for one reason. */
const maximumNodes = 5;
const maximumLines = 120;
const connectSeconds = 5;
const commandSeconds = 25;

/** What a node says about itself. Before the node archive is unpacked there is no `diagnose`; then cloud-init's output says why. */
const remoteScript = `
if [ -x /opt/kafka-node/bin/diagnose ]; then sudo /opt/kafka-node/bin/diagnose
else
  echo "the node archive is not installed yet; cloud-init says:"
  cloud-init status --long 2>&1
  sudo tail -n 40 /var/log/cloud-init-output.log
fi`;

/** A node that is replaced keeps its address and gets another host key, so none is remembered. */
const sshOptions = [
  "-o",
  "StrictHostKeyChecking=accept-new",
  "-o",
  "UserKnownHostsFile=/dev/null",
  "-o",
  "LogLevel=ERROR",
  "-o",
  "BatchMode=yes",
  "-o",
  `ConnectTimeout=${connectSeconds}`,
  "-o",
  "ServerAliveInterval=5",
  "-o",
  "ServerAliveCountMax=2",
];

export interface Evidence {
  readonly node: string;
  readonly text: string;
}

/** The last lines of a text, with a word on how many were left out. */
export function lastLines(text: string, limit: number): string {
  const lines = text.trimEnd().split("\n");
  if (lines.length <= limit) return lines.join("\n");
  return [`(${lines.length - limit} lines left out)`, ...lines.slice(-limit)].join("\n");
}

function diagnose(cluster: ClusterDescription, host: string): Promise<string> {
  const args = ["-i", cluster.nodeAccessKeyPath, ...sshOptions, `${cluster.nodeUser}@${host}`, remoteScript];
  const options = { timeout: commandSeconds * 1000, killSignal: "SIGKILL", maxBuffer: 4 << 20 } as const;
  return new Promise((resolve) => {
    const child = execFile("ssh", args, options, (error, stdout, stderr) => {
      const output = lastLines([stdout, stderr].filter((text) => text.trim() !== "").join("\n"), maximumLines);
      if (error === null) resolve(output);
      else if (error.killed) resolve(`${output}\n(cut off after ${commandSeconds} s)`);
      else resolve(`${output}\n(ssh to ${host} ended with ${error.code ?? "an error"})`.trimStart());
    });
    child.stdin?.end();
  });
}

/** Asks the named nodes by SSH, all at once, what is wrong with them. Never rejects; takes at most about 25 s. */
export function collectEvidence(cluster: ClusterDescription, nodes: readonly string[]): Promise<Evidence[]> {
  const addresses = new Map([...cluster.zookeeper, ...cluster.brokers].map(({ name, privateIp }) => [name, privateIp]));
  const asked = nodes.slice(0, maximumNodes).flatMap((node) => {
    const host = addresses.get(node);
    return host === undefined ? [] : [{ node, host }];
  });
  return Promise.all(asked.map(async ({ node, host }) => ({ node, text: await diagnose(cluster, host) })));
}
