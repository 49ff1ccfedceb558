import { distance } from "fastest-levenshtein";

/** A name with something in front or behind is as near as a slip of the pen. */
function cost(name: string, candidate: string): number {
  const shorter = Math.min(name.length, candidate.length);
  if (shorter >= 3 && (name.includes(candidate) || candidate.includes(name))) return 2;
  return distance(name, candidate);
}

/** `; did you mean "…"?` for the most similar known name, or nothing if none is similar. */
export function nearest(name: string, known: readonly string[]): string {
  const ranked = known
    .map((candidate) => ({ candidate, cost: cost(name.toLowerCase(), candidate.toLowerCase()) }))
    .sort((a, b) => a.cost - b.cost);
  const best = ranked[0];
  return best !== undefined && best.cost <= Math.max(2, name.length / 3) ? `; did you mean "${best.candidate}"?` : "";
}
