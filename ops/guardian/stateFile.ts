import * as fs from "node:fs";
import { freshMemory, parseMemory, type Memory } from "./memory";

/** The file in which the guardian keeps its memory. */
export const defaultStateFile = "/var/lib/kafka-guardian/state.json";

/** The memory as it is in the file; undefined when there is none. Throws when the file can't be read or is not one. */
export function readState(path: string): Memory | undefined {
  let text: string;
  try {
    text = fs.readFileSync(path, "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
  try {
    return parseMemory(text);
  } catch (error) {
    throw new Error(`${path} is not the guardian's: ${firstLine(error)}`);
  }
}

/** The memory that the guardian starts with. A file that is of no use is set aside, so that it can be looked at. */
export function recall(path: string, clusterName: string, log: (line: string) => void): Memory {
  try {
    const found = readState(path);
    if (found?.clusterName === clusterName) return found;
    if (found !== undefined) log(`${path} is of the cluster ${found.clusterName}: starting without it`);
  } catch (error) {
    const aside = `${path}.corrupt`;
    fs.renameSync(path, aside);
    log(`${firstLine(error)}; it is now ${aside}, and every clock starts anew`);
  }
  return freshMemory(clusterName);
}

/** Writes the memory, whole or not at all; it is on the disk when this returns. */
export function writeState(path: string, memory: Memory): void {
  const draft = `${path}.new`;
  const file = fs.openSync(draft, "w", 0o644);
  try {
    fs.writeFileSync(file, `${JSON.stringify(memory)}\n`);
    fs.fsyncSync(file);
  } finally {
    fs.closeSync(file);
  }
  fs.renameSync(draft, path);
}

function firstLine(error: unknown): string {
  return (error as Error).message.split("\n")[0] ?? "";
}
