import { writeFileSync } from "node:fs";

/** Writes a command's result as JSON, where a file was asked for. */
export function writeReport(file: string | undefined, result: unknown): void {
  writeText(file, `${JSON.stringify(result, null, 2)}\n`);
}

/** A text as it is, for Markdown: in a fence that nothing in it ends. */
export function fenced(text: string): string {
  const longest = Math.max(2, ...[...text.matchAll(/`+/g)].map(([ticks]) => ticks.length));
  const fence = "`".repeat(longest + 1);
  return `${fence}text\n${text}\n${fence}`;
}

/** Writes a text, where a file was asked for. */
export function writeText(file: string | undefined, text: string): void {
  if (file !== undefined) writeFileSync(file, text);
}
