/** `kafka-ops status --watch`: the cluster's state on a terminal, drawn anew every few seconds. */
import { setTimeout as pause } from "node:timers/promises";
import type { ClusterDescription } from "../planning/cluster/clusterDescription";
import { readState } from "./guardian/stateFile";
import { guardianStatus, guardianText, type GuardianStatus } from "./guardian/status";
import { statusText, statusWatcher, type ClusterStatus } from "./status";

const defaultEveryMs = 3000;

/** A terminal, or what stands in for one. */
export interface Screen {
  readonly isTTY?: boolean;
  readonly columns?: number;
  readonly rows?: number;
  write(text: string): unknown;
}

/** The state as a person reads it: the cluster, then what the guardian does about it. */
function watchText(status: ClusterStatus, guardian: GuardianStatus | string, now: number): string {
  const time = `${new Date(now).toISOString().slice(0, 19)}Z`;
  const guardianLines = typeof guardian === "string" ? `guardian: ${guardian}` : guardianText(guardian, now);
  return [`${time}  (Ctrl-C ends it)`, "", statusText(status), "", guardianLines].join("\n");
}

/** The text as it fits a terminal: lines that are too long are cut, and so are those for which there is no room. */
export function fitted(text: string, columns: number, rows: number): string[] {
  const lines = text.split("\n").map((line) => (line.length > columns ? `${line.slice(0, columns - 1)}…` : line));
  if (lines.length <= rows) return lines;
  return [...lines.slice(0, rows - 1), `… ${lines.length - rows + 1} more lines: make the window higher`];
}

/** What draws a frame over the one before: nothing is cleared first, so that nothing flickers. */
export function frame(text: string, { columns = 80, rows = 24 }: Pick<Screen, "columns" | "rows">): string {
  const lines = fitted(text, columns, rows);
  return `\u001b[H${lines.map((line) => `${line}\u001b[K`).join("\r\n")}\u001b[J`;
}

/** The other screen of a terminal, without a cursor; and back, with all that was there before. */
const enter = "\u001b[?1049h\u001b[?25l";
const leave = "\u001b[?25h\u001b[?1049l";

/**
 * Draws the state until the process is interrupted. On a terminal each look takes the place of the one before;
 * elsewhere they follow each other.
 */
export async function watchStatus(
  cluster: ClusterDescription,
  stateFile: string,
  screen: Screen = process.stdout,
  look: () => Promise<ClusterStatus> = statusWatcher(cluster),
  everyMs = defaultEveryMs,
): Promise<true> {
  const end = new AbortController();
  const interrupt = () => end.abort();
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, interrupt);
  const redraws = screen.isTTY === true;
  if (redraws) screen.write(enter);
  let last = "";
  try {
    while (!end.signal.aborted) {
      const status = await Promise.race([look(), aborted(end.signal)]);
      if (status === undefined) break;
      last = watchText(status, guardianOf(cluster, stateFile), Date.now());
      screen.write(redraws ? frame(last, screen) : `${last}\n\n`);
      await pause(everyMs, undefined, { signal: end.signal }).catch(() => undefined);
    }
  } finally {
    // What was seen last stays in the terminal's own text.
    if (redraws) screen.write(`${leave}${last}\n`);
    for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.off(signal, interrupt);
  }
  return true;
}

function guardianOf(cluster: ClusterDescription, stateFile: string): GuardianStatus | string {
  try {
    return guardianStatus(cluster, readState(stateFile), Date.now());
  } catch (error) {
    return (error as Error).message;
  }
}

function aborted(signal: AbortSignal): Promise<undefined> {
  return new Promise((resolve) => signal.addEventListener("abort", () => resolve(undefined), { once: true }));
}
