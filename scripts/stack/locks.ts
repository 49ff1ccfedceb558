import { existsSync, readFileSync } from "node:fs";
import { hostname } from "node:os";
import { lockHolders } from "./pulumiFailures";

export type LockState =
  /** Its holder is gone: a killed run left it behind. */
  | { readonly kind: "abandoned" }
  /** Its holder runs without the command that started it. */
  | { readonly kind: "orphaned"; readonly pid: number }
  | { readonly kind: "in use"; readonly pid: number }
  /** Another machine's, or a backend that doesn't say whose. */
  | { readonly kind: "unknown" };

export interface ProcessTable {
  readonly host: string;
  readonly isPulumi: (pid: number) => boolean;
  readonly parent: (pid: number) => number | undefined;
}

/** Who holds a stack's lock, from Pulumi's message and the machine's processes. */
export function lockState(message: string, processes: ProcessTable): LockState {
  const holders = lockHolders(message);
  if (holders.length === 0 || holders.some(({ host }) => host !== processes.host)) return { kind: "unknown" };
  const [alive] = holders.filter(({ pid }) => processes.isPulumi(pid));
  if (alive === undefined) return { kind: "abandoned" };
  return { kind: processes.parent(alive.pid) === 1 ? "orphaned" : "in use", pid: alive.pid };
}

/** This machine's processes, by /proc. */
export const thisMachine: ProcessTable = {
  host: hostname(),
  isPulumi: (pid) => {
    try {
      return readFileSync(`/proc/${pid}/comm`, "utf8").trim().startsWith("pulumi");
    } catch {
      // Without /proc (macOS) a signal 0 tells at least whether there is such a process.
      return !existsSync("/proc") && exists(pid);
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

function exists(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

/** Ends an orphaned Pulumi: asks it to stop, and kills it when it does not within `seconds`. */
export async function endOrphan(pid: number, seconds = 30): Promise<void> {
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
