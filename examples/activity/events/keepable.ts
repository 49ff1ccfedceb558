/** NUL, and half of a surrogate pair: PostgreSQL's `jsonb` and `text` refuse both. */
const unkeepableText = /[\0\p{Surrogate}]/u;
/** PostgreSQL keeps it, but JavaScript's objects lose it. */
const lostName = "__proto__";
const longestPath = 100;

/**
 * Why a value that came from JSON can't be kept as it is by JSON again or by PostgreSQL; undefined when it can.
 * @param depth how many objects and lists may be within one another
 */
export function unkeepable(value: unknown, depth: number, path: readonly string[] = []): string | undefined {
  const fault = (rule: string) => `${path.join(".").slice(0, longestPath) || "event"}: ${rule}`;
  if (typeof value === "string") {
    return unkeepableText.test(value) ? fault("has a NUL or half a surrogate pair; send it without") : undefined;
  }
  if (typeof value === "number") return Number.isFinite(value) ? undefined : fault("is too large a number");
  if (typeof value !== "object" || value === null) return undefined;
  if (depth === 0) return fault("has too many objects and lists within one another");
  for (const [name, child] of Object.entries(value)) {
    if (name === lostName || unkeepableText.test(name)) return fault("has a field whose name can't be kept");
    const found = unkeepable(child, depth - 1, [...path, name]);
    if (found !== undefined) return found;
  }
  return undefined;
}
