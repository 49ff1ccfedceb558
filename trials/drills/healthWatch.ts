import { pause } from "./interruptible";

/** The health of the cluster, as `kafka-ops status` tells it. */
export interface Health {
  readonly healthy: boolean;
  /** The faults in one line; empty when there are none. */
  readonly missing: string;
}

/** The number of observations in a row for which the cluster must be healthy before it counts as healthy for good. */
const settledObservations = 3;

/**
 * Observes the cluster again and again, and knows since when it has been healthy without a break. An observation that
 * fails says nothing about the cluster: the ops host may be what the drill took away.
 */
export class HealthWatch {
  /** The time of the first healthy observation after the last unhealthy one, ms since 1970. */
  private healthySince?: number;
  private missing = "the ops host does not answer";
  private readonly ended = new AbortController();
  private readonly observing: Promise<void>;

  constructor(
    private readonly observe: () => Promise<Health>,
    private readonly everyMs: number,
  ) {
    this.observing = this.watch();
  }

  /**
   * Waits until the cluster is healthy for good, `deadline` (ms since 1970) at most.
   * @returns since when
   */
  async repaired(deadline: number, signal: AbortSignal): Promise<number | undefined> {
    for (;;) {
      const since = this.healthySince;
      if (since !== undefined && Date.now() - since >= settledObservations * this.everyMs) return since;
      if (Date.now() > deadline) return undefined;
      await pause(this.everyMs / 4, signal);
    }
  }

  /** The faults at the last observation that told anything. */
  get lastMissing(): string {
    return this.missing;
  }

  async stop(): Promise<void> {
    this.ended.abort();
    await this.observing;
  }

  private async watch(): Promise<void> {
    while (!this.ended.signal.aborted) {
      const at = Date.now();
      try {
        const { healthy, missing } = await this.observe();
        this.missing = missing;
        this.healthySince = healthy ? (this.healthySince ?? Date.now()) : undefined;
      } catch {
        // It doesn't answer: looked at again.
      }
      await pause(Math.max(0, at + this.everyMs - Date.now()), this.ended.signal).catch(() => undefined);
    }
  }
}
