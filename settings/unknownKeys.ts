import type { Fault } from "./faults";
import { didYouMean } from "./nearest";

/** Adds "did you mean" for keys that are not settings. */
export function unknownKeyFault(key: string, known: readonly string[], where: string): Fault {
  const prefix = known.filter((candidate) => candidate.startsWith(`${key}.`));
  const hint = prefix.length > 0 ? `; write one dotted key each, e.g. ${prefix[0]}` : didYouMean(key, known);
  return { path: where, message: `unknown key${hint || "; see Pulumi.yaml for the keys"}` };
}
