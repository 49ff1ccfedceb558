import { allPartitions, labelOf } from "./placementNow";
import type { CopyObservation } from "./progress";

/** Bytes/s that producers write to each partition (one copy), by its label. */
export type Ingest = ReadonlyMap<string, number>;

/** The time in ms of a measurement: if it were shorter, the bursts of single producers would count. */
const measureMs = 3000;
const windowMs = 60_000;

/** What producers write, from the growth of the copies between two observations: the most of the last minute. */
export class Traffic {
  private last: { readonly at: number; readonly observation: CopyObservation } | undefined;
  private measured: { readonly at: number; readonly ingest: Ingest }[] = [];

  /** Whether enough has been measured to go by. */
  get known(): boolean {
    return this.measured.length >= 2;
  }

  /**
   * Takes an observation into account.
   * @param now milliseconds
   */
  record(observation: CopyObservation, now: number): void {
    if (this.last !== undefined) {
      const ms = now - this.last.at;
      if (ms < measureMs) return;
      this.measured.push({ at: now, ingest: ingestBetween(this.last.observation, observation, ms / 1000) });
    }
    this.last = { at: now, observation };
    this.measured = this.measured.filter(({ at }) => at > now - windowMs);
  }

  ingest(): Ingest {
    const highest = new Map<string, number>();
    for (const { ingest } of this.measured) {
      for (const [label, rate] of ingest) highest.set(label, Math.max(rate, highest.get(label) ?? 0));
    }
    return highest;
  }
}

/** The growth of each partition's copies in sync, whichever grew most: the others may have deleted a segment. */
function ingestBetween(before: CopyObservation, after: CopyObservation, seconds: number): Ingest {
  const inSyncBefore = new Map(allPartitions(before.view).map((one) => [labelOf(one), one.isr]));
  return new Map(
    allPartitions(after.view).map((partition) => {
      const label = labelOf(partition);
      // In sync all the time: one that has just caught up grew by copying.
      const inSync = partition.isr.filter((broker) => inSyncBefore.get(label)?.includes(broker));
      const growth = inSync.map((broker) => {
        const earlier = before.sizes.get(label)?.get(broker);
        return earlier === undefined ? 0 : (after.sizes.get(label)?.get(broker) ?? 0) - earlier;
      });
      return [label, Math.max(0, ...growth) / seconds];
    }),
  );
}
