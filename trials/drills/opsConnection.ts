import { spawn, spawnSync, type ChildProcess, type ChildProcessWithoutNullStreams } from "node:child_process";
import { join } from "node:path";
import type { ClusterDescription, ClusterNode } from "../../planning/cluster/clusterDescription";
import { nodeJs, opsTools } from "../../planning/cluster/names";
import { sshOptions } from "../../planning/cluster/sshOptions";
import type { Entry } from "../../ops/logs/entry";
import type { ClusterStatus } from "../../ops/status";
import { sshFiles, type OpsAccess, type SshFiles } from "../../stack/opsAccess";
import { shellQuoted } from "../../planning/cluster/shellQuoting";
import { UserError } from "../../cli/userError";
import { runScriptCommand, scriptText, type NodeScript } from "./nodeScript";
import { StatusFeed } from "./statusFeed";

/** SSH's options by which a silent ops host or node is given up after 6 s. */
const patience = sshOptions({ ServerAliveInterval: 2, ServerAliveCountMax: 3, ConnectTimeout: 5, BatchMode: "yes" });

/** The error of a command on the ops host or on a node that failed. */
class RemoteError extends Error {
  constructor(
    message: string,
    readonly stdout: string,
  ) {
    super(message);
    this.name = "RemoteError";
  }
}

/**
 * A connection for commands on the ops host, and through it on the nodes. One SSH connection is kept, so that a command
 * takes 0.01 s there and 0.2 s on a node; when it breaks, the next command makes another.
 */
export class OpsConnection {
  private readonly files: SshFiles;
  private readonly control: string;
  private readonly end = () => this.close();
  private readonly feed = new StatusFeed(() => this.start(opsCommand("status --json --watch")));

  constructor(private readonly access: OpsAccess) {
    this.files = sshFiles(access);
    this.control = join(this.files.folder, "connection");
    process.once("exit", this.end);
  }

  /** The cluster's description. Rejects with a UserError when the ops host does not answer. */
  async readCluster(): Promise<ClusterDescription> {
    try {
      return JSON.parse(await this.onOpsHost(`cat ${opsTools.cluster}`, "", 20)) as ClusterDescription;
    } catch (error) {
      const why = (error as Error).message;
      throw new UserError(
        `the ops host ${this.access.target} does not answer; a lost one is replaced within minutes: ${why}`,
      );
    }
  }

  /** The status of the cluster. */
  async status(): Promise<ClusterStatus> {
    // Exit code 1 is how it says "not healthy".
    return JSON.parse(await this.opsJson("status --json", 20)) as ClusterStatus;
  }

  /** The next status that the ops host tells, of one every two seconds. */
  nextStatus(): Promise<ClusterStatus> {
    return this.feed.next();
  }

  /** What all machines said between two times, ms since 1970. Of one whose journal can't be had, nothing. */
  async journals(from: number, to: number): Promise<readonly Entry[]> {
    const range = `--since ${new Date(from).toISOString()} --until ${new Date(to).toISOString()}`;
    // Exit code 1 is how it says that something is missing.
    const lines = await this.opsJson(`logs all --json ${range}`, 90);
    return lines.split("\n").flatMap((line) => (line.startsWith("{") ? [JSON.parse(line) as Entry] : []));
  }

  /** The JSON that the operator's tool prints, also when it then ends with an error. */
  private async opsJson(command: string, seconds: number): Promise<string> {
    try {
      return await this.onOpsHost(opsCommand(command), "", seconds);
    } catch (error) {
      if (error instanceof RemoteError && error.stdout.startsWith("{")) return error.stdout;
      throw error;
    }
  }

  /** Gives the rights on the brokers that the settings say, and to clients at these addresses all. */
  async giveRights(also: readonly string[]): Promise<void> {
    const more = also.length === 0 ? "" : ` --also ${also.map(shellQuoted).join(",")}`;
    await this.onOpsHost(opsCommand(`rights --timeout 60${more}`), "", 90);
  }

  runOnOpsHost(script: NodeScript, args: readonly string[], seconds: number): Promise<string> {
    return this.onOpsHost(runScriptCommand(script, args), scriptText(script), seconds);
  }

  runOnNode(
    cluster: ClusterDescription,
    node: ClusterNode,
    script: NodeScript,
    args: readonly string[],
    seconds: number,
  ): Promise<string> {
    // A node that is replaced keeps its address and gets another host key, so none is remembered.
    const anyKey = sshOptions({ StrictHostKeyChecking: "no", UserKnownHostsFile: "/dev/null", LogLevel: "ERROR" });
    const target = `${cluster.nodeUser}@${node.privateIp}`;
    const hop = [
      "ssh",
      "-i",
      cluster.nodeAccessKeyPath,
      ...patience,
      ...anyKey,
      target,
      runScriptCommand(script, args),
    ];
    return this.onOpsHost(hop.map(shellQuoted).join(" "), scriptText(script), seconds);
  }

  close(): void {
    process.off("exit", this.end);
    this.feed.close();
    const options = [...sshOptions({ ControlPath: this.control }), "-O", "exit"];
    spawnSync("ssh", [...options, this.access.target], { stdio: "ignore", timeout: 2000 });
    this.files.remove();
  }

  private onOpsHost(command: string, input: string, seconds: number): Promise<string> {
    const child = this.start(command);
    child.stdin.end(input);
    return outputOf(child, seconds);
  }

  private start(command: string): ChildProcessWithoutNullStreams {
    const connection = sshOptions({ ControlMaster: "auto", ControlPath: this.control, ControlPersist: 60 });
    // SSH takes the first of an option that is given twice.
    const options = [...patience, ...this.files.options, ...connection];
    // Ctrl-C in a terminal goes to every process of the foreground; these are to end what they have begun, and to undo
    // it.
    const child = spawn("ssh", [...options, this.access.target, command], { stdio: "pipe", detached: true });
    child.stdin.on("error", () => undefined);
    return child;
  }
}

/** The command line of the operator's tool on the ops host. */
function opsCommand(command: string): string {
  return `${nodeJs.command} ${opsTools.bundle} ${command} --cluster ${opsTools.cluster}`;
}

/** The standard output of a command that succeeds within so many seconds. Rejects otherwise. */
function outputOf(child: ChildProcess, seconds: number): Promise<string> {
  const text = { stdout: "", stderr: "" };
  child.stdout?.setEncoding("utf8").on("data", (part: string) => (text.stdout += part));
  child.stderr?.setEncoding("utf8").on("data", (part: string) => (text.stderr += part));
  return new Promise((resolve, reject) => {
    let late = false;
    const limit = setTimeout(() => {
      late = true;
      child.kill("SIGKILL");
    }, seconds * 1000);
    child.on("error", reject);
    child.on("close", (code) => {
      clearTimeout(limit);
      if (code === 0) return resolve(text.stdout);
      const said = text.stderr.trim() || text.stdout.trim().slice(-500) || `it ended with ${code ?? "a signal"}`;
      // What was cut off is no answer.
      reject(late ? new RemoteError(`no end within ${seconds} s: ${said}`, "") : new RemoteError(said, text.stdout));
    });
  });
}
