/** The answer, or why there is none in one line: the data sources tell "not found" by failing. */
export async function orReason<T extends object>(asked: Promise<T>): Promise<T | string> {
  try {
    return await asked;
  } catch (error) {
    return reasonOf(error);
  }
}

/** Without the layers that Pulumi and the provider wrap around AWS's own words. */
function reasonOf(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error);
  const reason = text
    .replace(/\s+/g, " ")
    .replace(/^.*?returned an error: (invoking \S+: )?/, "")
    .replace(/^\d+ errors? occurred: \* /, "");
  return reason.trim().replace(/\.$/, "") || "no reason given";
}
