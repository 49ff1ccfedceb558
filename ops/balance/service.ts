import { execFile } from "node:child_process";
import { closeSync, fstatSync, openSync, readSync, renameSync, writeSync } from "node:fs";
import { tmpdir, userInfo } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import type { ClusterDescription } from "../../planning/cluster/clusterDescription";
import type { WantedCluster } from "./placementNow";

/** The systemd unit in which copies move: it outlives the SSH session that began it. */
const unit = "kafka-balance.service";

/**
 * The longest time in seconds of one run: 5 TB at the slowest, 10 MB/s, take six days. The next update begins a longer
 * one again.
 */
const longestSeconds = 7 * 24 * 3600;
/** Seconds for a run to end, in which it cancels moves and removes throttles. */
const stopSeconds = 180;

/** A line of a run's log. */
export type Entry =
  /** The first line. */
  | { readonly run: string; readonly wanted: string }
  | { readonly line: string }
  /** The last line. */
  | { readonly passed: boolean; readonly complaint: string };

/** The run in the background, as seen by those who begin, follow and end it. */
export interface BalanceService {
  readonly running: () => Promise<boolean>;
  readonly start: (run: string) => Promise<void>;
  /** Resolves when it has ended. */
  readonly stop: () => Promise<void>;
  /** The log of the run that was begun last, empty when there was none. */
  readonly log: () => readonly Entry[];
}

/** The state that the copies are to be in, as a text: a run for another state is of no use. */
export function wantedOf(cluster: WantedCluster): string {
  const { brokers, replicationFactor, minInsyncReplicas } = cluster;
  return JSON.stringify([brokers.map(({ id, zone }) => [id, zone]), replicationFactor, minInsyncReplicas]);
}

const logOf = ({ clusterName }: Pick<ClusterDescription, "clusterName">) =>
  join(tmpdir(), `kafka-ops-balance-${clusterName}.log`);

/**
 * Begins the log of a run. Gives the function that adds to it. It is another file than the log of the run before: a
 * reader can't tell one that was emptied and has grown again from one that has only grown.
 */
export function beginLog(cluster: ClusterDescription, run: string): (entry: Entry) => void {
  const begun = `${logOf(cluster)}.new`;
  const file = openSync(begun, "w", 0o644);
  const add = (entry: Entry) => void writeSync(file, `${JSON.stringify(entry)}\n`);
  add({ run, wanted: wantedOf(cluster) });
  renameSync(begun, logOf(cluster));
  return add;
}

/** Reads what was added to a file since the last time, and knows all that it was. */
class LogReader {
  private entries: Entry[] = [];
  private offset = 0;
  private rest = "";
  private inode = 0;

  constructor(private readonly path: string) {}

  read(): readonly Entry[] {
    let file: number;
    try {
      file = openSync(this.path, "r");
    } catch {
      return [];
    }
    try {
      const { ino, size } = fstatSync(file);
      // Another run has begun it anew.
      if (size < this.offset || ino !== this.inode) [this.entries, this.offset, this.rest] = [[], 0, ""];
      this.inode = ino;
      const added = Buffer.alloc(size - this.offset);
      this.offset += readSync(file, added, 0, added.length, this.offset);
      const lines = (this.rest + added.toString()).split("\n");
      this.rest = lines.pop() ?? "";
      this.entries.push(...lines.map((line) => JSON.parse(line) as Entry));
      return this.entries;
    } finally {
      closeSync(file);
    }
  }
}

const call = promisify(execFile);
/** Calls systemctl as root, who needs no message bus for it. */
const systemctl = (...words: string[]) => call("sudo", ["-n", "systemctl", ...words]);

/**
 * The service on the ops host.
 * @param command this program, and the file that it works from
 */
export function systemdService(
  cluster: ClusterDescription,
  [program, clusterFile]: readonly [string, string],
): BalanceService {
  const reader = new LogReader(logOf(cluster));
  const stop = async () => {
    // It fails when there is no such unit.
    await systemctl("stop", unit).catch(() => undefined);
  };
  return {
    running: () =>
      systemctl("is-active", "--quiet", unit).then(
        () => true,
        () => false,
      ),
    start: async (run) => {
      await stop();
      const settings = [
        `--unit=${unit}`,
        `--uid=${userInfo().username}`,
        "--property=Description=Moves copies and leaders of partitions to where the settings want them",
        `--property=TimeoutStopSec=${stopSeconds}`,
      ];
      const words = ["balance", "run", "--run", run, "--cluster", clusterFile, "--timeout", String(longestSeconds)];
      await call("sudo", [
        "-n",
        "systemd-run",
        "--quiet",
        "--collect",
        ...settings,
        process.execPath,
        program,
        ...words,
      ]);
    },
    stop,
    log: () => reader.read(),
  };
}
