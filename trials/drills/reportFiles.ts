import { mkdirSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { drillPage, type ReportContext } from "./page/html";
import { jsonRows, type DrillRun } from "./report";

/** The files that take a report. */
export interface ReportFiles {
  readonly json?: string;
  readonly html: string;
}

/** Writes the report of what there is so far; a series that is cut off leaves what it has measured. */
export function writeReports({ json, html }: ReportFiles, runs: readonly DrillRun[], context: ReportContext): void {
  if (json !== undefined) writeFileSync(json, `${JSON.stringify(jsonRows(runs), null, 2)}\n`);
  if (runs.length === 0) return;
  mkdirSync(dirname(html), { recursive: true });
  writeFileSync(html, drillPage(runs, context));
}
