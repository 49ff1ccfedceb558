import { createHash } from "node:crypto";

/**
 * 12 hex characters that change if, and only if, `parts` (plain JSON data) change; the order of object keys does not
 * matter.
 */
export function revisionOf(parts: unknown): string {
  return createHash("sha256").update(canonical(parts)).digest("hex").slice(0, 12);
}

function canonical(value: unknown): string {
  return JSON.stringify(value, (_key, item: unknown) =>
    item !== null && typeof item === "object" && !Array.isArray(item)
      ? Object.fromEntries(Object.entries(item).sort(([a], [b]) => (a < b ? -1 : 1)))
      : item,
  );
}
