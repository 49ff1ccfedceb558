/** The report as a person reads it on a terminal. */
import { alertsText } from "./alerts";
import { duration, factsText, judge, kindOf, type DrillRun } from "./report";
import type { DrillName } from "./catalog";
import { summarize, type Side, type Spread, type SummaryRow } from "./summary";

/** A whole number with commas: `12,345`. */
export const grouped = (value: number): string => Math.round(value).toLocaleString("en-US");

/** A spread in words: `2.31 s`, and with several runs `2.31 s (2.10 s to 2.60 s)`: median, least, most. */
export function spreadText(spread: Spread | undefined, text: (value: number) => string, runs = 1): string {
  if (spread === undefined) return "-";
  const median = text(spread.median);
  return runs < 2 ? median : `${median} (${text(spread.min)} to ${text(spread.max)})`;
}

/** Seconds as a duration in words. */
export const secondsText = (seconds: number): string => duration(seconds * 1000);

/** A spread of times that some runs never reached, in words. */
export function reachedText(spread: Spread | undefined, never: number, runs: number): string {
  if (never === 0) return spreadText(spread, secondsText, runs);
  return never === runs ? "never" : `${spreadText(spread, secondsText, runs)}, ${never} never`;
}

/** The budget of a row in words. */
export const budgetText = ({ byShrinks, budgetMs }: SummaryRow): string =>
  byShrinks ? "no storm" : duration(budgetMs);

/** The verdict in words: `passed`, `FAILED`, or of several runs how many failed. */
export function verdictText(side: Side | undefined): string {
  if (side === undefined) return "-";
  const failed = side.runs - side.passedRuns;
  if (failed === 0) return "passed";
  return side.runs === 1 ? "FAILED" : `${failed} of ${side.runs} FAILED`;
}

/** A ratio in words: `6.2×`. */
export const ratioText = (ratio: number | undefined): string =>
  ratio === undefined ? "-" : `${ratio.toFixed(ratio < 10 ? 1 : 0)}×`;

/** The table, and below it the facts of changes and why runs failed. */
export function drillTable(runs: readonly DrillRun[]): string {
  const rows = summarize(runs);
  const withStock = rows.some(({ stock }) => stock !== undefined);
  const head = [kindOf(runs), "client", "budget", "longest gap", ...(withStock ? ["stock", "ratio"] : [])];
  const withAlerts = runs.some(({ alerts }) => alerts !== undefined);
  head.push("verdict", "acknowledged", "lost", "duplicates", "full ISR", "repaired", "controller changes");
  if (withAlerts) head.push("alerts");
  const cells = rows.map((row) => {
    const { ours, stock } = row;
    const shown = ours ?? stock;
    const gap = (side: Side | undefined) => spreadText(side?.gapMs, duration, side?.runs);
    return [
      row.fault,
      row.client,
      budgetText(row),
      gap(ours) + (row.byShrinks ? `, ${spreadText(ours?.isrShrinks, String, ours?.runs)} ISR shrinks` : ""),
      ...(withStock ? [gap(stock) + stockLosses(stock), ratioText(row.ratio)] : []),
      verdictText(ours),
      grouped(shown?.acknowledged ?? 0),
      grouped(shown?.lost ?? 0),
      grouped(shown?.duplicates ?? 0),
      reachedText(shown?.fullIsrSeconds, shown?.neverFull ?? 0, shown?.runs ?? 0),
      reachedText(shown?.repairedSeconds, shown?.neverRepaired ?? 0, shown?.runs ?? 0),
      spreadText(shown?.controllerChanges, String, shown?.runs),
      ...(withAlerts ? [alertsOf(runs, row.fault)] : []),
    ];
  });
  const failures = runs.flatMap((run) =>
    judge(run).map((why) => `${run.against === "stock" ? "stock " : "FAULT"} ${runName(run)}: ${why}`),
  );
  const facts = runs.flatMap((run) => (run.facts === undefined ? [] : [`${runName(run)}: ${factsText(run.facts)}`]));
  const blocks = [facts, failures].flatMap((lines) => (lines.length > 0 ? ["", ...lines] : []));
  return [aligned([head, ...cells]), ...blocks].join("\n");
}

/** The alerts of all runs of a fault with our settings. */
function alertsOf(runs: readonly DrillRun[], fault: DrillName): string {
  const texts = runs.flatMap((run) =>
    run.fault === fault && run.alerts !== undefined ? [alertsText(run.alerts)] : [],
  );
  return [...new Set(texts)].join("; ") || "-";
}

/** A run's name: `kill-leader`, or `kill-leader run 2`. */
const runName = ({ fault, run }: DrillRun): string => (run === 1 ? fault : `${fault} run ${run}`);

/** The losses with stock settings in words: what went missing, and what the application had to hear of. */
function stockLosses(side: Side | undefined): string {
  const parts =
    side === undefined ? [] : [side.lost > 0 && `${side.lost} lost`, side.errors > 0 && `${side.errors} errors`];
  return parts.flatMap((part) => (part === false ? [] : [`, ${part}`])).join("");
}

/** Columns side by side. */
export function aligned(rows: readonly (readonly string[])[]): string {
  const widths = rows[0]?.map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0))) ?? [];
  return rows
    .map((row) =>
      row
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join("  ")
        .trimEnd(),
    )
    .join("\n");
}
