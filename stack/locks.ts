import { existsSync, readFileSync, readdirSync } from "node:fs";
import { homedir } from "node:os";
import { join, resolve } from "node:path";
import { repository } from "../artifacts/repository";
import type { RunningProcess } from "./processes";

/** A lock of a stack in a `file://` backend, as Pulumi writes it. */
export interface StackLock {
  readonly pid: number;
  readonly hostname: string;
}

/** The state of a stack's locks. */
export type LockState =
  | { readonly kind: "free" }
  /** Left behind by a killed run: its holder is gone. */
  | { readonly kind: "abandoned" }
  | { readonly kind: "in use"; readonly pid: number }
  /** Held on another machine. */
  | { readonly kind: "foreign"; readonly host: string };

/** The state of a stack's locks, given the machine's processes. */
export function lockState(
  locks: readonly StackLock[],
  machine: { readonly host: string; readonly processes: readonly RunningProcess[] },
): LockState {
  if (locks.length === 0) return { kind: "free" };
  const foreign = locks.find((lock) => lock.hostname !== machine.host);
  if (foreign !== undefined) return { kind: "foreign", host: foreign.hostname };
  const alive = locks.find(({ pid }) =>
    machine.processes.some((one) => one.pid === pid && one.name.startsWith("pulumi")),
  );
  return alive === undefined ? { kind: "abandoned" } : { kind: "in use", pid: alive.pid };
}

/** The locks of a stack in a `file://` backend; none for another kind of backend, which only Pulumi can ask. */
export function readLocks(backendUrl: string, stack: string): StackLock[] {
  if (!backendUrl.startsWith("file://")) return [];
  const folder = decodeURIComponent(backendUrl.slice("file://".length)).replace(/^~/, homedir());
  const root = join(resolve(repository, folder), ".pulumi", "locks");
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
