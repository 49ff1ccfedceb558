import { execFile, spawn } from "node:child_process";
import { createWriteStream } from "node:fs";
import { mkdtemp, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pipeline } from "node:stream/promises";
import { promisify } from "node:util";
import { createGzip } from "node:zlib";
import type { ClusterDescription } from "../planning/cluster/clusterDescription";
import { awsCommandPath, keptLogs } from "../planning/cluster/names";
import { lastLines } from "../planning/cluster/outputText";
import { sshArguments } from "./evidence";

/** The times in ms for asking the machine, and for the bucket: whoever replaces it waits for both. */
const askMs = 20_000;
const putMs = 15_000;

/**
 * Prints a machine's logs, 2 MiB of each at most, what reads the disks least first. Its data is written to the volume
 * meanwhile: nobody waits for that, as a disk may hang.
 */
const script = (role: string) => `
sudo -n bash <<'END'
{ sync --file-system /var/lib/${role} </dev/null >/dev/null 2>&1 &
part() { printf '\\n===== %s =====\\n' "$1"; shift; timeout 10 "$@" 2>&1 </dev/null | tail --bytes=2M; }
journal() { timeout 10 journalctl --no-pager --no-hostname --output=short-iso --lines=20000 "$@"; }
export -f journal
part ${role}.service bash -c "journal --unit=${role}"
part "self-fence, expel-broker" bash -c "journal _SYSTEMD_UNIT=self-fence.service + SYSLOG_IDENTIFIER=expel-broker"
part kernel bash -c "journal --dmesg"
part "steps before the service" bash -c "journal -u fetch-artifacts -u attach-data-volume -u mount-data-volume"
part cloud-init cat /var/log/cloud-init-output.log
part collections cat /var/log/${role}/gc.log
part diagnose /opt/kafka-node/bin/diagnose; }
END`;

/** Keeps the logs of machines that are to be replaced in the cluster's bucket. */
export class LogKeeper {
  private readonly asked = new Set<string>();

  constructor(
    private readonly cluster: ClusterDescription,
    private readonly command = awsCommandPath,
    private readonly times = { askMs, putMs },
  ) {}

  /**
   * Keeps the logs of the node's instance, and says where they are, or why they are lost. Undefined when it was asked
   * for this instance before. Never rejects; takes at most 35 s.
   */
  async keep(node: string, instanceId: string): Promise<string | undefined> {
    if (this.asked.has(instanceId)) return undefined;
    this.asked.add(instanceId);
    let folder: string | undefined;
    try {
      folder = await mkdtemp(join(tmpdir(), "kept-logs-"));
      const file = join(folder, "logs.gz");
      await this.collect(node, file);
      const time = new Date().toISOString().slice(0, 19).replaceAll(":", "");
      return `its last logs are kept as ${await this.put(file, `${keptLogs.prefix}${node}/${time}Z-${instanceId}.gz`)}`;
    } catch (error) {
      return `its logs are lost: ${(error as Error).message}`;
    } finally {
      if (folder !== undefined) await rm(folder, { recursive: true, force: true });
    }
  }

  /** Writes what the node tells in its time, compressed. Rejects when it tells nothing. */
  private async collect(node: string, file: string): Promise<void> {
    const { brokers, zookeeper } = this.cluster;
    const found = [...brokers, ...zookeeper].find(({ name }) => name === node);
    if (found === undefined) throw new Error(`there is no node ${node}`);
    const role = brokers.includes(found) ? "kafka" : "zookeeper";
    const ssh = spawn("ssh", sshArguments(this.cluster, found.privateIp, script(role)), {
      stdio: ["ignore", "pipe", "pipe"],
      timeout: this.times.askMs,
      killSignal: "SIGKILL",
    });
    let bytes = 0;
    let words = "";
    ssh.stdout.on("data", (chunk: Buffer) => (bytes += chunk.length));
    ssh.stderr.on("data", (chunk: Buffer) => (words = lastLines(words + chunk.toString(), 3)));
    const failed = new Promise<never>((_, reject) => ssh.once("error", reject));
    await Promise.race([pipeline(ssh.stdout, createGzip(), createWriteStream(file)), failed]);
    if (bytes === 0) {
      throw new Error(`${node} does not answer by SSH${words === "" ? "" : ` (${words.replace(/\s+/g, " ").trim()})`}`);
    }
  }

  private async put(file: string, key: string): Promise<string> {
    const { bucket, region } = this.cluster;
    const words = ["s3api", "put-object", "--region", region, "--bucket", bucket, "--key", key, "--body", file];
    const size = `${Math.ceil((await stat(file)).size / 1000)} kB, for ${keptLogs.days} days`;
    await promisify(execFile)(this.command, words, { timeout: this.times.putMs, killSignal: "SIGKILL" }).catch(
      (error: Error & { readonly stderr?: string; readonly killed?: boolean }) => {
        const own = error.killed ? `no answer within ${this.times.putMs / 1000} s` : error.message;
        throw new Error(`the bucket does not take them: ${error.stderr?.trim().split("\n").at(-1) || own}`);
      },
    );
    return `s3://${bucket}/${key} (${size})`;
  }
}
