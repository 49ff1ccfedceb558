import type { ClientName } from "../../drills/loadReport";

/** A list of numbers that takes 8 bytes for each. */
export class NumberList {
  private values = new Float64Array(1024);
  private count = 0;

  set(index: number, value: number): void {
    if (index >= this.values.length) {
      const larger = new Float64Array(Math.max(index + 1, 2 * this.values.length));
      larger.set(this.values);
      this.values = larger;
    }
    this.values[index] = value;
    this.count = Math.max(this.count, index + 1);
  }

  push(value: number): void {
    this.set(this.count, value);
  }

  /** The number at an index, 0 where nothing was set. */
  at(index: number): number {
    return index < this.count ? (this.values[index] as number) : 0;
  }

  get length(): number {
    return this.count;
  }

  view(): Float64Array {
    return this.values.subarray(0, this.count);
  }
}

/** The times at which the numbered events of one client were acknowledged, and what went wrong on the way. */
export class Acknowledgements {
  private readonly ofPartition: readonly NumberList[];
  /** The times by the events' numbers; 0: not acknowledged. */
  private readonly ofNumber = new NumberList();
  /** For each partition, since when no two acknowledgements were more than `steadyGapMs` apart. */
  private readonly steadySince: Float64Array;
  private readonly examples = new Set<string>();
  private errorCount = 0;

  constructor(
    readonly client: ClientName,
    partitions: number,
  ) {
    this.ofPartition = Array.from({ length: partitions }, () => new NumberList());
    this.steadySince = new Float64Array(partitions);
  }

  add(number: number, partition: number, at: number): void {
    const times = this.ofPartition[partition];
    if (times === undefined)
      throw new Error(`${this.client} wrote to partition ${partition}, which is not the topic's`);
    if (times.length === 0 || at - times.at(times.length - 1) > steadyGapMs) this.steadySince[partition] = at;
    times.push(at);
    this.ofNumber.set(number, at);
  }

  /** Notes an error that reached the application. */
  failed(message: string): void {
    this.errorCount++;
    if (this.examples.size < 5) this.examples.add(message.slice(0, 300));
  }

  /** The partitions that were not acknowledged steadily for so long. */
  unsteady(now: number, forMs: number): number[] {
    return this.ofPartition.flatMap((times, partition) => {
      const last = times.length === 0 ? 0 : times.at(times.length - 1);
      const since = this.steadySince[partition] as number;
      return now - last > steadyGapMs || now - since < forMs ? [partition] : [];
    });
  }

  get times(): readonly Float64Array[] {
    return this.ofPartition.map((list) => list.view());
  }
  get acknowledged(): number {
    return this.ofPartition.reduce((sum, { length }) => sum + length, 0);
  }
  /** The time at which the event of that number was acknowledged; 0: it wasn't. */
  at(number: number): number {
    return this.ofNumber.at(number);
  }
  /** The end of the numbers, which go from 0 to this, exclusive. */
  get numbers(): number {
    return this.ofNumber.length;
  }
  get errors(): number {
    return this.errorCount;
  }
  get errorExamples(): readonly string[] {
    return [...this.examples];
  }
}

const steadyGapMs = 1000;
