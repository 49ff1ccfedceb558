/** How long a gap in what should go on all the time may be, in seconds, before it counts as an interruption. */
export const toleranceSeconds = 2;
/** The time in seconds for which the longest gap is remembered: several times as long as anybody waits to read it. */
const windowSeconds = 60;

/**
 * The account of gaps in something that should go on all the time. A gap lasts from when that was so last until it is
 * so again, or until now. Pure but for its own sums; all times in seconds, on a clock that never goes back.
 */
export class GapAccount {
  /** The time in all. */
  observed = 0;
  /** The time for which the gap was longer than what is tolerated. */
  interrupted = 0;
  /** The gaps of the last minute that no later one has exceeded, the longest first. */
  private peaks: { readonly at: number; readonly gap: number }[] = [];

  constructor(private until: number) {}

  /**
   * Accounts for the time until now.
   * @param since when the present gap began; undefined where there is none
   */
  advance(now: number, since: number | undefined): void {
    const begun = since ?? now;
    this.observed += now - this.until;
    this.interrupted += Math.max(0, now - Math.max(this.until, begun + toleranceSeconds));
    this.until = now;
    const gap = Math.max(0, now - begun);
    while ((this.peaks.at(-1)?.gap ?? Infinity) <= gap) this.peaks.pop();
    this.peaks.push({ at: now, gap });
    while ((this.peaks[0]?.at ?? now) < now - windowSeconds) this.peaks.shift();
  }

  /** Leaves the time until now out: nobody has looked. */
  skip(now: number): void {
    this.until = now;
  }

  /** The longest gap of the last minute, in seconds, as of the last time accounted for. */
  get longest(): number {
    return this.peaks[0]?.gap ?? 0;
  }
}
