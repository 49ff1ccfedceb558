import { existsSync, readFileSync, readdirSync } from "node:fs";
import { hostname } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

/** One lock of a stack in a `file://` backend, as Pulumi writes it. */
export interface StackLock {
  readonly pid: number;
  readonly hostname: string;
}

export type LockState =
  | { readonly kind: "free" }
  /** Its holder is gone: a killed run left it behind. */
  | { readonly kind: "abandoned" }
  /** Its holder runs on without the command that started it. */
  | { readonly kind: "orphaned"; readonly pid: number }
  | { readonly kind: "in use"; readonly pid: number }
  /** Another machine's. */
  | { readonly kind: "foreign"; readonly host: string };

export interface ProcessTable {
  readonly host: string;
  readonly isPulumi: (pid: number) => boolean;
  readonly parent: (pid: number) => number | undefined;
}

/** What a stack's locks mean, given the machine's processes. */
export function lockState(locks: readonly StackLock[], processes: ProcessTable): LockState {
  const [first] = locks;
  if (first === undefined) return { kind: "free" };
  const foreign = locks.find((lock) => lock.hostname !== processes.host);
  if (foreign !== undefined) return { kind: "foreign", host: foreign.hostname };
  const alive = locks.find(({ pid }) => processes.isPulumi(pid));
  if (alive === undefined) return { kind: "abandoned" };
  return { kind: processes.parent(alive.pid) === 1 ? "orphaned" : "in use", pid: alive.pid };
}

/** The locks of a stack in a `file://` backend; none for another kind of backend. */
export function readLocks(backendUrl: string | undefined, stack: string): StackLock[] {
  if (backendUrl?.startsWith("file://") !== true) return [];
  const root = join(fileURLToPath(backendUrl), ".pulumi", "locks");
  if (!existsSync(root)) return [];
  return readdirSync(root, { recursive: true, encoding: "utf8" }).flatMap((name) => {
    // …/organization/<project>/<stack>/<lock id>.json
    if (!name.endsWith(".json") || name.split("/").at(-2) !== stack) return [];
    try {
      return [JSON.parse(readFileSync(join(root, name), "utf8")) as StackLock];
    } catch {
      // Released in this moment.
      return [];
    }
  });
}

/** This machine's processes, by /proc. */
export const thisMachine: ProcessTable = {
  host: hostname(),
  isPulumi: (pid) => {
    try {
      return readFileSync(`/proc/${pid}/comm`, "utf8").trim().startsWith("pulumi");
    } catch {
      return false;
    }
  },
  parent: (pid) => {
    try {
      return Number(/^PPid:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1]);
    } catch {
      return undefined;
    }
  },
};

/** Ends an orphaned Pulumi: asks it to stop, and kills it when it does not within `seconds`. */
export async function endOrphan(pid: number, seconds = 20): Promise<void> {
  const deadline = Date.now() + seconds * 1000;
  process.kill(pid, "SIGINT");
  while (thisMachine.isPulumi(pid)) {
    if (Date.now() > deadline) {
      process.kill(pid, "SIGKILL");
      return;
    }
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
}
