/** `kafka-ops status --watch`: the cluster's state every few seconds, drawn on a terminal or as JSON. */
import { setTimeout as pause } from "node:timers/promises";
import type { ClusterDescription } from "../planning/cluster/clusterDescription";
import { readState } from "./guardian/stateFile";
import { decisionLines, guardianHeadline, guardianStatus, troubleLines, type GuardianStatus } from "./guardian/status";
import { headline, nodeLines, statusWatcher, verdictLines, type ClusterStatus } from "./status";

/** The time in ms from one look to the next. */
const lookEveryMs = 2000;
/** The indentation of what goes on from the line above. */
const indentation = "    ";
/** A window that is narrower cuts what is drawn. */
const leastColumns = 20;

/** A terminal, or what stands in for one. */
export interface Screen {
  readonly isTTY?: boolean;
  readonly columns?: number;
  readonly rows?: number;
  write(text: string): unknown;
}

/** The state as a person reads it: what is missing, what the guardian does about it, then what may not find room. */
function watchText(status: ClusterStatus, guardian: GuardianStatus | string, now: number): string {
  const time = `${new Date(now).toISOString().slice(0, 19)}Z`;
  const isKnown = typeof guardian !== "string";
  const decisions = isKnown ? decisionLines(guardian).reverse() : [];
  return [
    `${time}  ${headline(status)}  (Ctrl-C ends it)`,
    "",
    ...verdictLines(status),
    ...(isKnown ? [guardianHeadline(guardian, now), ...troubleLines(guardian)] : [`guardian: ${guardian}`]),
    "",
    ...nodeLines(status),
    ...(decisions.length === 0 ? [] : ["", "last decisions, the newest first:", ...decisions]),
  ].join("\n");
}

/** The text as it fits a terminal: lines that are too long go on below, those without room are left out. */
export function fitted(text: string, columns: number, rows: number): string[] {
  const lines = text.split("\n").flatMap((line) => folded(line, columns));
  if (lines.length <= rows) return lines;
  return [...lines.slice(0, rows - 1), `… ${lines.length - rows + 1} more lines: make the window higher`];
}

/** A line in pieces, between words where it can be; all but the first are indented. */
function folded(line: string, columns: number): string[] {
  const width = Math.max(columns, leastColumns);
  if (line.length <= width) return [line];
  const space = line.lastIndexOf(" ", width);
  // Not in the indentation, which would give a line without a word.
  const end = line.slice(0, Math.max(0, space)).trim() === "" ? width : space;
  return [line.slice(0, end), ...folded(`${indentation}${line.slice(end).trimStart()}`, width)];
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
  everyMs = lookEveryMs,
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

/** Prints the state again and again, as JSON in a line each, until the process is ended. */
export async function streamStatus(
  cluster: ClusterDescription,
  print: (line: string) => void = console.log,
  look: () => Promise<ClusterStatus> = statusWatcher(cluster),
  everyMs = lookEveryMs,
): Promise<never> {
  for (;;) {
    print(JSON.stringify(await look()));
    await pause(everyMs);
  }
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
