import { distance } from "fastest-levenshtein";

/**
 * The candidate that was probably meant: the same but for capitals and what parts its words (`replication_factor`), or
 * the fewest edits away, and not more than a third of the word.
 */
export function nearest(word: string, candidates: readonly string[]): string | undefined {
  const letters = (text: string) => text.toLowerCase().replace(/[^a-z0-9]/g, "");
  const same = candidates.find((candidate) => letters(candidate) === letters(word) && letters(word) !== "");
  if (same !== undefined) return same;
  const best = candidates
    .map((candidate) => ({
      candidate,
      edits: distance(word.toLowerCase(), candidate.toLowerCase()),
      // Capitals decide between candidates that are otherwise as near.
      exactEdits: distance(word, candidate),
    }))
    .sort((a, b) => a.edits - b.edits || a.exactEdits - b.exactEdits)[0];
  return best && best.edits <= Math.max(2, Math.ceil(word.length / 3)) ? best.candidate : undefined;
}

/** ` Did you mean …?` for the end of a message, or nothing. */
export function didYouMean(word: string, candidates: readonly string[]): string {
  const candidate = nearest(word, candidates);
  return candidate ? `; did you mean ${candidate}?` : "";
}
