import { writeFileSync } from "node:fs";

/** Writes a command's result as JSON, where a file was asked for. */
export function writeReport(file: string | undefined, result: unknown): void {
  writeText(file, `${JSON.stringify(result, null, 2)}\n`);
}

/** Writes a text, where a file was asked for. */
export function writeText(file: string | undefined, text: string): void {
  if (file !== undefined) writeFileSync(file, text);
}
