/** Percentiles of values, and the largest. */
export interface Percentiles {
  readonly p50: number;
  readonly p95: number;
  readonly p99: number;
  readonly max: number;
}

/** Percentiles by nearest rank: the smallest value that at least that share of all values doesn't exceed. */
export function percentiles(values: readonly number[]): Percentiles {
  const sorted = [...values].sort((a, b) => a - b);
  const rank = (share: number) => sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? 0;
  return { p50: rank(0.5), p95: rank(0.95), p99: rank(0.99), max: rank(1) };
}

/** Counts numbered events as they are read back. */
export class Tally {
  private readonly seen: Uint8Array;
  private readonly lastOfKey = new Map<string, number>();
  private distinctCount = 0;
  private duplicateCount = 0;
  private outOfOrderCount = 0;

  constructor(readonly expected: number) {
    this.seen = new Uint8Array(expected);
  }

  /**
   * Counts an event.
   * @param number of the event, 0 to `expected` - 1; others are ignored
   */
  add(number: number, key: string): void {
    if (!Number.isInteger(number) || number < 0 || number >= this.expected) return;
    if (this.seen[number] === 1) {
      this.duplicateCount++;
      return;
    }
    this.seen[number] = 1;
    this.distinctCount++;
    if (number < (this.lastOfKey.get(key) ?? -1)) this.outOfOrderCount++;
    this.lastOfKey.set(key, number);
  }

  get distinct(): number {
    return this.distinctCount;
  }
  get duplicates(): number {
    return this.duplicateCount;
  }
  /** The number of events that came after a later one of the same key. */
  get outOfOrder(): number {
    return this.outOfOrderCount;
  }
  get complete(): boolean {
    return this.distinctCount === this.expected;
  }
  /** The first few numbers that were not read. */
  missingExamples(limit = 10): number[] {
    const missing: number[] = [];
    for (let number = 0; number < this.expected && missing.length < limit; number++) {
      if (this.seen[number] === 0) missing.push(number);
    }
    return missing;
  }
}
