import { existsSync, readFileSync, readdirSync, rmSync, statSync } from "node:fs";
import { rm } from "node:fs/promises";
import { join } from "node:path";
import { killGroup, processesIn, removeGroup } from "./cgroups";
import type { MachineMarker } from "./daemon";
import { messageOf } from "./log";
import { restoreLimits } from "./machineLimits";
import { isInstanceNamespace, machineMarker, operatorInterface, regionNamespace } from "./names";
import { interfaceExists, listNamespaces } from "./network";
import { statePaths } from "./paths";
import { allProcesses, identify, run, signalProcess } from "./processes";
import { closeLoop, loopDevicesBelow, unblockDisk } from "./volumes";
import { holdsWithin, holdsWithinAsync, waitFor } from "./waiting";

/**
 * Takes a lab off the machine, whatever state it is in: the one way down, after `lab stop` as after a crash. It looks
 * at the machine itself (control groups, namespaces, mounts, loop devices), not at anybody's notes.
 */

/** The lab that this machine's marker names, dead or alive. */
export function readMarker(): MachineMarker | undefined {
  try {
    return JSON.parse(readFileSync(machineMarker, "utf8")) as MachineMarker;
  } catch {
    return undefined;
  }
}

/** Whether the marker's daemon still runs. */
export function daemonRuns(marker: MachineMarker): boolean {
  return identify(marker.pid)?.startTime === marker.startTime;
}

/** Mount points at or below a folder, deepest first. */
export function mountsBelow(folder: string, mountInfo: string): readonly string[] {
  return mountInfo
    .split("\n")
    .flatMap((line) => {
      const point = line.split(" ")[4];
      // Blanks and the like are written as octal numbers.
      return point === undefined
        ? []
        : [point.replace(/\\([0-7]{3})/g, (_, octal: string) => String.fromCharCode(parseInt(octal, 8)))];
    })
    .filter((point) => point === folder || point.startsWith(`${folder}/`))
    .reverse();
}

const mountsNow = (folder: string): readonly string[] =>
  mountsBelow(folder, readFileSync("/proc/self/mountinfo", "utf8"));

const labNamespaces = (): readonly string[] =>
  listNamespaces().filter((name) => name === regionNamespace || isInstanceNamespace(name));

/** Processes in any of the lab's network namespaces: also those that somebody started there by hand. */
function processesInNamespaces(): readonly number[] {
  const inodes = new Set<number>();
  for (const name of labNamespaces()) {
    const file = `/run/netns/${name}`;
    if (existsSync(file)) inodes.add(statSync(file).ino);
  }
  const own = statSync("/proc/self/ns/net").ino;
  inodes.delete(own);
  return allProcesses().filter((pid) => {
    try {
      return inodes.has(statSync(`/proc/${pid}/ns/net`).ino);
    } catch {
      return false;
    }
  });
}

/** What is on the machine of a lab with this state folder; empty when nothing is. */
export function leftovers(stateFolder: string): readonly string[] {
  const found: string[] = [];
  const pids = processesIn().filter((pid) => pid !== process.pid);
  if (pids.length > 0)
    found.push(`${pids.length} processes (${pids.slice(0, 5).join(", ")}${pids.length > 5 ? ", …" : ""})`);
  const namespaces = labNamespaces();
  if (namespaces.length > 0) found.push(`network namespaces ${namespaces.join(", ")}`);
  if (interfaceExists(operatorInterface)) found.push(`network interface ${operatorInterface}`);
  const mounts = mountsNow(stateFolder);
  if (mounts.length > 0) found.push(`mounts ${mounts.join(", ")}`);
  const loops = loopDevicesBelow(stateFolder);
  if (loops.length > 0) found.push(`loop devices ${loops.map((loop) => loop.path).join(", ")}`);
  return found;
}

/**
 * Removes everything of a lab with this state folder: processes, mounts, loop devices, namespaces, and its state,
 * Pulumi's included (it describes resources that are gone now). What cannot be removed is named in one error at the
 * end.
 */
export async function sweep(stateFolder: string, progress: (line: string) => void = () => undefined): Promise<void> {
  const faults: string[] = [];
  const attempt = async (what: string, work: () => Promise<unknown>): Promise<void> => {
    try {
      await work();
    } catch (error) {
      faults.push(`${what}: ${messageOf(error)}`);
    }
  };

  const marker = readMarker();
  if (marker !== undefined && daemonRuns(marker)) {
    progress(`ending the lab's daemon (process ${marker.pid})`);
    signalProcess(marker, "SIGKILL");
  }
  const running = processesIn().length;
  if (running > 0) progress(`ending ${running} processes of the lab`);
  await attempt("processes", async () => {
    await killGroup(1_000);
    // A frozen filesystem and a limited disk hold those that write to them.
    const devices = loopDevicesBelow(stateFolder).map((loop) => loop.path);
    await Promise.all(devices.map((device) => unblockDisk(device).catch(() => undefined)));
    if (!(await killGroup(10_000)))
      throw new Error(`these do not die: ${processesIn().join(", ")} (see \`ps\`, state D)`);
    await holdsWithin(() => {
      const pids = processesInNamespaces();
      for (const pid of pids) {
        const identity = identify(pid);
        if (identity !== undefined) signalProcess(identity, "SIGKILL");
      }
      return pids.length === 0;
    }, 5_000);
  });
  // One after the other, deepest first.
  for (const point of mountsNow(stateFolder)) await attempt(`mount ${point}`, () => unmount(point));
  await Promise.all(
    loopDevicesBelow(stateFolder).map((loop) => attempt(`loop device ${loop.path}`, () => closeLoop(loop.path, 5_000))),
  );
  await Promise.all(
    labNamespaces().map((name) => attempt(`namespace ${name}`, () => run("ip", ["netns", "delete", name]))),
  );
  await attempt(`interface ${operatorInterface}`, async () => {
    // It goes with the other end's namespace, which the kernel takes down a little later.
    if (interfaceExists(operatorInterface)) {
      await run("ip", ["link", "delete", operatorInterface]).catch(() => undefined);
      await waitFor(() => !interfaceExists(operatorInterface), { timeoutMs: 5_000, what: "removed" });
    }
  });
  await attempt("control groups", () =>
    waitFor(() => removeGroup().length === 0, { timeoutMs: 5_000, intervalMs: 50, what: "control groups are removed" }),
  );
  // Never a folder that something is still mounted in.
  if (mountsNow(stateFolder).length === 0) {
    await attempt(`state ${stateFolder}`, () => removeState(stateFolder));
  }
  if (faults.length > 0) {
    throw new Error(`the lab could not be removed completely:\n  ${faults.join("\n  ")}`);
  }
  restoreLimits();
  rmSync(machineMarker, { force: true });
}

/**
 * Unmounts; a mount that stays busy (somebody's shell stands in it) is taken out of the tree and vanishes when it is
 * left.
 */
async function unmount(point: string): Promise<void> {
  const plain = await holdsWithinAsync(async () => {
    await run("umount", [point]).catch(() => undefined);
    return !mountsNow(point).includes(point);
  }, 3_000);
  if (!plain) await run("umount", ["--lazy", point]);
}

/** Removes the state but the logs of the daemon and the emulator: they tell why a lab ended. */
async function removeState(stateFolder: string): Promise<void> {
  if (!existsSync(stateFolder)) return;
  const paths = statePaths(stateFolder);
  const kept = new Set([paths.daemonLog, paths.emulatorLog]);
  await Promise.all(
    readdirSync(stateFolder)
      .map((name) => join(stateFolder, name))
      .filter((path) => !kept.has(path))
      .map((path) => rm(path, { recursive: true, force: true })),
  );
}
