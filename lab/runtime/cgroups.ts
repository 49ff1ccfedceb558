import { existsSync, mkdirSync, readdirSync, readFileSync, rmdirSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { identify, signalProcess } from "./processes";
import { cgroupName } from "./names";
import { holdsWithin } from "./waiting";

/**
 * Control groups, of version 1, 2 or both at once ("hybrid"): each instance has one in every hierarchy that is in use
 * here, so that the systemd inside has a tree of its own, and so that all processes of an instance can be found.
 */

export const cgroupRoot = "/sys/fs/cgroup";

/** Version 1 hierarchies that the lab puts instances into, when the machine has them. */
const wantedV1 = ["systemd", "memory", "freezer"] as const;

export interface Hierarchy {
  readonly kind: "v2" | (typeof wantedV1)[number];
  readonly path: string;
}

/** The hierarchies of this machine that the lab uses. */
export function hierarchies(base: string = cgroupRoot): readonly Hierarchy[] {
  if (existsSync(join(base, "cgroup.controllers"))) return [{ kind: "v2", path: base }];
  const found: Hierarchy[] = [];
  if (existsSync(join(base, "unified", "cgroup.controllers"))) found.push({ kind: "v2", path: join(base, "unified") });
  for (const kind of wantedV1) {
    if (existsSync(join(base, kind, "cgroup.procs"))) found.push({ kind, path: join(base, kind) });
  }
  return found;
}

const groupFolder = (hierarchy: Hierarchy, ...names: readonly string[]): string =>
  join(hierarchy.path, cgroupName, ...names);

/**
 * Makes a group of the lab in every hierarchy and gives the files that a process must write its id to in order to join.
 */
export function createGroup(name: string): readonly string[] {
  return hierarchies().map((hierarchy) => {
    const folder = groupFolder(hierarchy, name);
    mkdirSync(folder, { recursive: true });
    return join(folder, "cgroup.procs");
  });
}

/** Moves this process into a group of the lab. */
export function joinGroup(name: string): void {
  for (const file of createGroup(name)) writeFileSync(file, String(process.pid));
}

/**
 * Limits the memory of a group, page cache included.
 * @returns false when the machine has no memory controller to use
 */
export function limitMemory(name: string, bytes: number): boolean {
  for (const hierarchy of hierarchies()) {
    const file =
      hierarchy.kind === "memory" ? "memory.limit_in_bytes" : hierarchy.kind === "v2" ? "memory.max" : undefined;
    const path = file && groupFolder(hierarchy, name, file);
    if (path !== undefined && existsSync(path)) {
      writeFileSync(path, String(bytes));
      return true;
    }
  }
  return false;
}

/** Stops every process of a group where it is, or lets it go on: a machine that falls silent. */
export function freeze(name: string, frozen: boolean): void {
  for (const hierarchy of hierarchies()) {
    const v1 = groupFolder(hierarchy, name, "freezer.state");
    if (hierarchy.kind === "freezer" && existsSync(v1)) return writeFileSync(v1, frozen ? "FROZEN" : "THAWED");
  }
  for (const hierarchy of hierarchies()) {
    const v2 = groupFolder(hierarchy, name, "cgroup.freeze");
    if (hierarchy.kind === "v2" && existsSync(v2)) return writeFileSync(v2, frozen ? "1" : "0");
  }
  throw new Error("this machine has no control group that can freeze processes");
}

/** Folders below and including this one, deepest first. */
function foldersBelow(folder: string): readonly string[] {
  let entries: readonly string[];
  try {
    entries = readdirSync(folder, { withFileTypes: true }).flatMap((entry) => (entry.isDirectory() ? entry.name : []));
  } catch {
    return [];
  }
  return [...entries.flatMap((name) => foldersBelow(join(folder, name))), folder];
}

/** Processes of a group (of all of the lab's, without a name), in any hierarchy. */
export function processesIn(...name: readonly string[]): readonly number[] {
  const found = new Set<number>();
  for (const hierarchy of hierarchies()) {
    for (const folder of foldersBelow(groupFolder(hierarchy, ...name))) {
      try {
        for (const line of readFileSync(join(folder, "cgroup.procs"), "utf8").split("\n")) {
          // 0 stands for a process of another pid namespace: not ours to see.
          if (line !== "" && line !== "0") found.add(Number(line));
        }
      } catch {
        // The group was removed, or (v2) has become a threaded one.
      }
    }
  }
  return [...found];
}

/** Lets every frozen process below a group go on: a frozen process (version 1) does not even take SIGKILL. */
function thaw(...name: readonly string[]): void {
  for (const hierarchy of hierarchies()) {
    if (hierarchy.kind !== "freezer") continue;
    for (const folder of foldersBelow(groupFolder(hierarchy, ...name))) {
      try {
        writeFileSync(join(folder, "freezer.state"), "THAWED");
      } catch {
        // Removed meanwhile.
      }
    }
  }
}

/** Kills every process of a group in this moment, frozen ones too. @returns how many there were */
export function killAtOnce(...name: readonly string[]): number {
  const pids = processesIn(...name).filter((pid) => pid !== process.pid);
  for (const pid of pids) {
    const identity = identify(pid);
    if (identity !== undefined) signalProcess(identity, "SIGKILL");
  }
  // After the signals: whoever was frozen dies before it can do anything.
  thaw(...name);
  return pids.length;
}

/** Kills every process of a group until none is left. @returns false when some are left when time is up */
export async function killGroup(timeoutMs: number, ...name: readonly string[]): Promise<boolean> {
  return holdsWithin(() => killAtOnce(...name) === 0, timeoutMs);
}

/** Removes the (empty) group from every hierarchy. @returns what could not be removed */
export function removeGroup(...name: readonly string[]): readonly string[] {
  const left: string[] = [];
  for (const hierarchy of hierarchies()) {
    for (const folder of foldersBelow(groupFolder(hierarchy, ...name))) {
      try {
        rmdirSync(folder);
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== "ENOENT") left.push(folder);
      }
    }
  }
  return left;
}

/** Bytes that the group's processes use, or undefined when the machine does not count them. */
export function memoryOf(name: string): number | undefined {
  for (const hierarchy of hierarchies()) {
    for (const file of ["memory.usage_in_bytes", "memory.current"]) {
      const path = groupFolder(hierarchy, name, file);
      if (existsSync(path)) return Number(readFileSync(path, "utf8"));
    }
  }
  return undefined;
}

/** Whether the machine has control groups at all (a container without them has not). */
export function hasControlGroups(): boolean {
  return (
    hierarchies().some((hierarchy) => hierarchy.kind === "v2" || hierarchy.kind === "systemd") &&
    statSync(cgroupRoot).isDirectory()
  );
}
