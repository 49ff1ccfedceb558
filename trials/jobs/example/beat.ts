import type { Stretch } from "./parameters";

/** Notes that something happens again and again, and each long stretch in which it did not. */
export class Beat {
  private last: number | undefined;
  readonly stretches: Stretch[] = [];

  /** Begins without a last time: the first stretch begins with the first `tick`. */
  constructor(private readonly longerThanMs: number) {}

  tick(at = Date.now()): void {
    this.end(at);
    this.last = at;
  }

  /** Ends the stretch since the last time, though nothing has happened. */
  end(at = Date.now()): void {
    if (this.last !== undefined && at - this.last > this.longerThanMs) this.stretches.push({ from: this.last, to: at });
    this.last = undefined;
  }
}
