/**
 * The last line of a command's output, which is its result. Empty while it has not run, as in an update of other
 * targets.
 */
export function lastLine(stdout: string | undefined): string {
  return stdout?.trimEnd().split("\n").at(-1) ?? "";
}

/** The last lines of a text, with a word on how many were left out. */
export function lastLines(text: string, limit: number): string {
  const lines = text.trimEnd().split("\n");
  if (lines.length <= limit) return lines.join("\n");
  return [`(${lines.length - limit} lines left out)`, ...lines.slice(-limit)].join("\n");
}
