import { spawn } from "node:child_process";
import { closeSync, existsSync, mkdirSync, openSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { request } from "node:http";
import { join } from "node:path";
import { withFileLock } from "../setup/fileLock";
import { requireFreeSpace } from "../setup/freeSpace";
import { hasControlGroups } from "./cgroups";
import type { DaemonSettings, MachineMarker } from "./daemon";
import { raiseLimits } from "./machineLimits";
import { messageOf } from "./log";
import { apiAddress, apiEndpoint, apiPort, machineMarker, publicCidr, regionNamespace } from "./names";
import { createRegion } from "./network";
import { cloneFolder, stateFolder, statePaths } from "./paths";
import type { StatePaths } from "./paths";
import { run } from "./processes";
import { daemonRuns, leftovers, readMarker, sweep } from "./sweep";
import { waitFor } from "./waiting";

/** A fault of the user's machine or of how the lab is used: shown without a stack trace. */
export class LabError extends Error {
  override readonly name = "LabError";
}

export type Progress = (line: string) => void;

/** What instances may fill before the lab refuses to start: they write sparse files and overlays. */
const neededGiB = 3;

/** What the set-up found or made, kept for `labEnvironment()`. */
export interface LabTools {
  readonly binFolders: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
}

export interface LabParts {
  readonly rootfs: string;
  readonly python: string;
  readonly tools: LabTools;
}

/** Linux and root, or one sentence that says what is missing. */
export function requireMachine(): void {
  if (process.platform !== "linux") {
    throw new LabError(
      `the lab needs Linux (network namespaces, systemd-nspawn); this is ${process.platform}: use a Linux ` +
        "machine or virtual machine",
    );
  }
  if (process.getuid?.() !== 0) {
    throw new LabError("the lab needs root (it makes network namespaces, mounts and loop devices): run it with sudo");
  }
}

async function requireKernel(paths: StatePaths): Promise<void> {
  if (!hasControlGroups()) {
    throw new LabError(
      "the lab needs control groups below /sys/fs/cgroup; this machine (or container) has none: use a virtual machine",
    );
  }
  await run("unshare", ["--net", "--mount", "--pid", "--fork", "true"]).catch(() => {
    throw new LabError(
      "the lab needs Linux namespaces, and this machine does not let root make them (a container without " +
        "privileges?): use a virtual machine",
    );
  });
  if (!existsSync("/dev/loop-control")) {
    throw new LabError("the lab needs loop devices (/dev/loop-control is missing): load the kernel module `loop`");
  }
  requireFreeSpace(paths.folder, neededGiB, "the lab", "set XDG_STATE_HOME to a folder on another disk");
}

/** Whose lab is up, if any. */
export function runningLab(): MachineMarker | undefined {
  const marker = readMarker();
  return marker !== undefined && daemonRuns(marker) ? marker : undefined;
}

/** Whether this lab is another's: another clone's, or with its state elsewhere. A clone that is gone has no lab. */
const isForeign = (marker: MachineMarker): boolean =>
  (marker.clone !== cloneFolder || marker.stateFolder !== stateFolder()) && existsSync(marker.clone);

function requireOwn(marker: MachineMarker): void {
  if (!isForeign(marker)) return;
  throw new LabError(
    `a lab of another clone is running on this machine: process ${marker.pid}, started from ${marker.clone} ` +
      `(state in ${marker.stateFolder}); a machine can hold one: stop it there with \`npm stop\`, or from here with ` +
      `\`npm stop -- --other\``,
  );
}

/** Whether the daemon answers on the API's address. */
export function answers(timeoutMs = 2_000): Promise<boolean> {
  return new Promise((done) => {
    const call = request({ host: apiAddress, port: apiPort, path: "/_lab/status", timeout: timeoutMs }, (response) => {
      response.resume();
      response.on("end", () => done(response.statusCode === 200));
    });
    call.on("timeout", () => call.destroy());
    call.on("error", () => done(false));
    call.end();
  });
}

/** Somebody else's use of the addresses or names that the lab needs. */
async function requireFreeNetwork(): Promise<void> {
  // Wider routes (the default route, a VPN's) do no harm: the lab's own is more specific.
  const routes = await run("ip", ["-4", "route", "show", "to", "root", publicCidr]);
  const other = routes.split("\n").find((line) => line !== "");
  if (other !== undefined) {
    throw new LabError(
      `the lab needs the address range ${publicCidr}, which this machine has a route for already ` +
        `(${other.trim()}): remove that route`,
    );
  }
}

/** Two starts (or a start and a stop) at the same time would tear at the same things: one at a time. */
function withLabLock<T>(progress: Progress, work: () => Promise<T>): Promise<T> {
  const onWait = (holder: number): void => progress(`waiting for process ${holder}, which starts or stops the lab`);
  return withFileLock(`${machineMarker}.lock`, { timeoutSeconds: 900, onWait }, work);
}

export interface StartResult {
  /** False when the lab was up already. */
  readonly started: boolean;
  readonly marker: MachineMarker;
}

export interface StartOptions {
  /** Seconds until an Auto Scaling group replaces a lost instance. Default 3. */
  readonly replaceDelaySeconds?: number;
  /** Fetches and builds what the lab needs. */
  readonly prepare: (progress: Progress) => Promise<LabParts>;
}

/** Starts the lab unless it is up; first cleans what a lab that was killed has left. */
export async function startLab(options: StartOptions, progress: Progress): Promise<StartResult> {
  requireMachine();
  const before = await healthyLab();
  if (before !== undefined) return { started: false, marker: before };
  return withLabLock(progress, async () => {
    const meanwhile = await healthyLab();
    if (meanwhile !== undefined) return { started: false, marker: meanwhile };
    const paths = statePaths();
    mkdirSync(paths.folder, { recursive: true, mode: 0o700 });
    // First of all: what an earlier lab left may be what fills the disk.
    await cleanUp(progress);
    await requireKernel(paths);
    const parts = await options.prepare(progress);
    await requireFreeNetwork();
    mkdirSync(paths.pulumi, { recursive: true, mode: 0o700 });
    writeFileSync(paths.environment, JSON.stringify(parts.tools, null, 2));
    try {
      progress("starting the region: router, DNS, metadata service, AWS API");
      const marker = await startDaemon(paths, {
        clone: cloneFolder,
        stateFolder: paths.folder,
        rootfs: parts.rootfs,
        python: parts.python,
        replaceDelaySeconds: options.replaceDelaySeconds ?? 3,
        account: process.env["LAB_ACCOUNT"] ?? "",
      });
      return { started: true, marker };
    } catch (error) {
      const tail = lastLines(paths.daemonLog, 15);
      await sweep(paths.folder).catch(() => undefined);
      throw new LabError(`the lab did not start: ${messageOf(error)}\n${tail}`);
    }
  });
}

/**
 * Takes the lab down, with all state of it. @returns false when there was none
 *
 * @param other also a lab of another clone; one whose clone is gone needs no permission
 */
export async function stopLab(progress: Progress, other = false): Promise<boolean> {
  requireMachine();
  const running = runningLab();
  if (running !== undefined && !other) requireOwn(running);
  return withLabLock(progress, async () => {
    const folder = stateFolder();
    const marker = readMarker();
    const there = marker !== undefined || leftovers(folder).length > 0 || existsSync(statePaths(folder).daemonSettings);
    if (marker !== undefined && marker.stateFolder !== folder) await sweep(marker.stateFolder, progress);
    await sweep(folder, progress);
    return there;
  });
}

/** The lab of this clone when it is up and answers. @throws LabError when it is another's */
async function healthyLab(): Promise<MachineMarker | undefined> {
  const marker = runningLab();
  if (marker === undefined) return undefined;
  requireOwn(marker);
  // What a clone that is gone has left is cleaned up like any lab that was not stopped.
  return marker.clone === cloneFolder && marker.ready && (await answers()) ? marker : undefined;
}

/** Removes what a killed or broken lab left on the machine. */
async function cleanUp(progress: Progress): Promise<void> {
  const marker = readMarker();
  const folders = new Set([stateFolder(), ...(marker ? [marker.stateFolder] : [])]);
  for (const folder of folders) {
    const left = leftovers(folder);
    if (left.length > 0 || marker !== undefined) {
      progress(`cleaning up after a lab that was not stopped${left.length > 0 ? `: ${left.join("; ")}` : ""}`);
    }
    await sweep(folder);
    mkdirSync(folder, { recursive: true, mode: 0o700 });
  }
}

async function startDaemon(paths: StatePaths, settings: DaemonSettings): Promise<MachineMarker> {
  raiseLimits();
  await createRegion();
  writeFileSync(paths.daemonSettings, JSON.stringify(settings, null, 2));
  if (existsSync(paths.daemonLog)) renameSync(paths.daemonLog, `${paths.daemonLog}.before`);
  const output = openSync(paths.daemonLog, "w", 0o600);
  const daemon = join(settings.clone, "lab", "runtime", "daemon.ts");
  const child = spawn(
    "nsenter",
    [`--net=/run/netns/${regionNamespace}`, process.execPath, "--import", "tsx", daemon, paths.daemonSettings],
    { detached: true, stdio: ["ignore", output, output], cwd: settings.clone },
  );
  closeSync(output);
  child.unref();
  let ended: string | undefined;
  child.once("error", (error) => (ended = error.message));
  child.once("exit", (code, signal) => (ended = `exit ${code ?? signal}`));
  return waitFor(
    () => {
      if (ended !== undefined) throw new Error(`its daemon ended (${ended}), log in ${paths.daemonLog}`);
      const marker = runningLab();
      return marker?.ready ? marker : undefined;
    },
    { timeoutMs: 90_000, what: `the lab's daemon serves ${apiEndpoint} (log: ${paths.daemonLog})` },
  );
}

function lastLines(file: string, count: number): string {
  return existsSync(file) ? readFileSync(file, "utf8").trimEnd().split("\n").slice(-count).join("\n") : "";
}
