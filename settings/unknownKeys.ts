import type { Fault } from "./faults";
import { didYouMean } from "./nearest";

/** Adds "did you mean" for keys that are not settings. */
export function unknownKeyFault(key: string, known: readonly string[], where: string): Fault {
  const stem = key.replace(/s$/, "");
  const prefix = known.filter((candidate) => candidate.startsWith(stem) && /^[A-Z]/.test(candidate.slice(stem.length)));
  const hint = prefix.length > 0 ? `; write one key each, e.g. ${prefix[0]}` : didYouMean(key, known);
  return { path: where, message: `unknown key${hint || "; see Pulumi.yaml for the keys"}` };
}
