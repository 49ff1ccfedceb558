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
      edits: editDistance(word.toLowerCase(), candidate.toLowerCase()),
      // Capitals decide between candidates that are otherwise as near.
      exactEdits: editDistance(word, candidate),
    }))
    .sort((a, b) => a.edits - b.edits || a.exactEdits - b.exactEdits)[0];
  return best && best.edits <= Math.max(2, Math.ceil(word.length / 3)) ? best.candidate : undefined;
}

/** ` Did you mean …?` for the end of a message, or nothing. */
export function didYouMean(word: string, candidates: readonly string[]): string {
  const candidate = nearest(word, candidates);
  return candidate ? `; did you mean ${candidate}?` : "";
}

/** Levenshtein's distance, by rows. */
function editDistance(a: string, b: string): number {
  let previous = Array.from({ length: b.length + 1 }, (_, column) => column);
  for (let row = 1; row <= a.length; row++) {
    const current = [row];
    for (let column = 1; column <= b.length; column++) {
      const substitution = (previous[column - 1] ?? 0) + (a[row - 1] === b[column - 1] ? 0 : 1);
      current.push(Math.min((previous[column] ?? 0) + 1, (current[column - 1] ?? 0) + 1, substitution));
    }
    previous = current;
  }
  return previous[b.length] ?? 0;
}
