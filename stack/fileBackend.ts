/** Pulumi's back end of files, `file://FOLDER`: what a killed update leaves behind there. */
import { existsSync, readFileSync, readdirSync, rmSync, statSync } from "node:fs";
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

/**
 * The address of a back end in a folder. Without attributes beside each file, which Pulumi never reads, and of which a
 * killed update can leave an empty one.
 */
export function fileBackend(folder: string): string {
  return `file://${folder}?metadata=skip`;
}

/** All files in a folder of a back end's `.pulumi`; none for another kind of back end, which only Pulumi can ask. */
function filesOf(backendUrl: string, folder: string): string[] {
  if (!backendUrl.startsWith("file://")) return [];
  const [path = ""] = backendUrl.slice("file://".length).split("?");
  const root = join(resolve(repository, decodeURIComponent(path).replace(/^~/, homedir())), ".pulumi", folder);
  if (!existsSync(root)) return [];
  return readdirSync(root, { recursive: true, encoding: "utf8" }).map((name) => join(root, name));
}

/**
 * Removes the empty files of attributes: an update that is killed between the making and the writing of one leaves it,
 * and every command after that ends with "failed to load checkpoint: EOF". Without the file Pulumi reads on.
 * @returns whether there were any
 */
export function removeEmptyAttributes(backendUrl: string): boolean {
  const isEmpty = (file: string) => statSync(file, { throwIfNoEntry: false })?.size === 0;
  const empty = filesOf(backendUrl, "").filter((file) => file.endsWith(".attrs") && isEmpty(file));
  for (const file of empty) rmSync(file, { force: true });
  return empty.length > 0;
}

/** The locks of a stack in a `file://` backend. */
export function readLocks(backendUrl: string, stack: string): StackLock[] {
  return filesOf(backendUrl, "locks").flatMap((file) => {
    // …/organization/<project>/<stack>/<lock id>.json
    if (!file.endsWith(".json") || file.split("/").at(-2) !== stack) return [];
    try {
      return [JSON.parse(readFileSync(file, "utf8")) as StackLock];
    } catch {
      // Released in this moment.
      return [];
    }
  });
}
