import { createHash, randomBytes } from "node:crypto";

import type { Autoname } from "./resourceType";

/**
 * The physical name of a resource that has been given none: its Pulumi name, a dash and random digits that depend
 * only on the engine's seed, so that a preview and the update after it agree.
 */
export function automaticName(rule: Autoname, resourceName: string, seed: Uint8Array): string {
  const digits = rule.randomDigits ?? 7;
  const name = rule.lowerCase ? resourceName.toLowerCase() : resourceName;
  if (digits === 0) return name;
  const random = createHash("sha256")
    .update(seed.length > 0 ? seed : randomBytes(32))
    .digest("hex")
    .slice(0, digits);
  return `${name.slice(0, rule.mostCharacters - digits - 1)}-${random}`;
}
