/** The time in ms for which a line is not said again: a fault makes clients say the same many times a second. */
const repeatedMs = 60_000;

/** Says each line, unless it was said within the last minute. */
export function withoutRepeats(say: (line: string) => void, clock: () => number = Date.now): (line: string) => void {
  const saidAt = new Map<string, number>();
  return (line) => {
    const now = clock();
    for (const [old, at] of saidAt) if (now - at >= repeatedMs) saidAt.delete(old);
    if (saidAt.has(line)) return;
    saidAt.set(line, now);
    say(line);
  };
}
