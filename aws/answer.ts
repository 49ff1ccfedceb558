/**
 * The data source's answer, or, when it fails, the reason in one line. The data sources tell "not found" by failing.
 */
export async function answerOrReason<T extends object>(asked: Promise<T>): Promise<T | string> {
  try {
    return await asked;
  } catch (error) {
    return reasonOf(error);
  }
}

/** AWS's own words out of the layers that Pulumi and the provider wrap around them. */
function reasonOf(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error);
  const reason = text
    .replace(/\s+/g, " ")
    .replace(/^.*?returned an error: (invoking \S+: )?/, "")
    .replace(/^\d+ errors? occurred: \* /, "");
  return reason.trim().replace(/\.$/, "") || "no reason given";
}
