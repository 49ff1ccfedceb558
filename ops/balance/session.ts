import { setTimeout as pause } from "node:timers/promises";
import type { Figures } from "../runMetrics";
import { formatSeconds } from "./format";

/** The error of copies that are not where they belong, with what to do. */
export class BalanceError extends Error {
  constructor(
    message: string,
    /** Ids of the brokers that the evidence is to be collected of. */
    readonly brokers: readonly number[] = [],
  ) {
    super(message);
    this.name = "BalanceError";
  }
}

/** The time as a run sees it; tests have one that passes faster. */
export interface Clock {
  /** The time in ms. */
  now(): number;
  pause(ms: number): Promise<void>;
  /** Calls the action at each interval until the function that it gives is called. */
  every(ms: number, action: () => void): () => void;
}

/** The clock of the system. */
export const systemClock: Clock = {
  now: () => performance.now(),
  pause,
  every: (ms, action) => {
    const timer = setInterval(action, ms);
    return () => clearInterval(timer);
  },
};

/**
 * The time in ms after which a cluster that does not answer is given up. A broker that dies is back after 2 to 6
 * minutes: its process at once, its machine by its group or the guardian.
 */
export const patienceMs = 600_000;
const longestSilenceMs = 5000;
const retryMs = 1000;

/** One run of the command: its time, its lines, and its patience with a cluster that does not answer. */
export class Session {
  /** The work under way in words, for the progress lines. */
  doing: () => string = () => "looking at the cluster";
  /** Takes how far the moves are, for who watches by numbers. */
  tell: (figures: Figures) => void = () => undefined;
  private readonly started: number;
  private lastLineAt: number;

  constructor(
    private readonly clock: Clock,
    /** The signal that is aborted when the command is to end. */
    private readonly signal: AbortSignal,
    private readonly deadlineSeconds: number,
    private readonly report: (line: string) => void,
  ) {
    this.started = this.lastLineAt = clock.now();
  }

  say(line: string): void {
    this.lastLineAt = this.clock.now();
    this.report(`balance: ${line}`);
  }

  /**
   * Repeats the work under way whenever nothing else was said for a while, until the function that it gives is called.
   */
  keepTalking(): () => void {
    return this.clock.every(1000, () => {
      if (this.clock.now() - this.lastLineAt > longestSilenceMs - 1000) this.say(this.doing());
    });
  }

  now(): number {
    return this.clock.now();
  }

  seconds(): number {
    return Math.round((this.clock.now() - this.started) / 1000);
  }

  /** Waits. Throws a BalanceError when the deadline has passed, or when the command is to end. */
  async pause(ms: number): Promise<void> {
    this.demandTime();
    await this.clock.pause(ms);
    this.demandTime();
  }

  /** A pause of the cleaning up, which neither the deadline nor a signal ends. */
  rest(ms: number): Promise<void> {
    return this.clock.pause(ms);
  }

  /**
   * Asks, and asks again for as long as a dead broker may take to be back. A signal ends it between two tries only:
   * what is on its way to Kafka must not get there after the cleaning up.
   */
  async ask<T>(question: () => Promise<T>): Promise<T> {
    const until = this.clock.now() + patienceMs;
    let said = "";
    for (;;) {
      this.demandTime();
      try {
        return await question();
      } catch (error) {
        const { message } = error as Error;
        if (this.clock.now() > until) throw new BalanceError(`the cluster does not do what it is asked: ${message}`);
        if (message !== said) this.say(`trying again: ${message}`);
        said = message;
      }
      await this.pause(retryMs);
    }
  }

  private demandTime(): void {
    if (this.signal.aborted) throw new BalanceError("interrupted; run it again to go on");
    if (this.clock.now() - this.started < this.deadlineSeconds * 1000) return;
    throw new BalanceError(
      `not done within ${formatSeconds(this.deadlineSeconds)}: ${this.doing()}; ` +
        "what has been moved stays: run it again for the rest, or allow more time with --timeout",
    );
  }
}
