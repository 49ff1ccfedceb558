import { setTimeout as delay } from "node:timers/promises";

export interface WaitOptions {
  readonly timeoutMs: number;
  /** Pause between looks. Default 20 ms. */
  readonly intervalMs?: number;
  /** What is waited for, for the error. */
  readonly what: string;
}

/** Waits until the condition gives something else than undefined or false. @throws Error when time is up. */
export async function waitFor<T>(
  condition: () => T | undefined | false | Promise<T | undefined | false>,
  options: WaitOptions,
): Promise<T> {
  const deadline = Date.now() + options.timeoutMs;
  for (;;) {
    const result = await condition();
    if (result !== undefined && result !== false) return result;
    if (Date.now() >= deadline) {
      throw new Error(`${options.what}: not so after ${(options.timeoutMs / 1000).toFixed(1)} s`);
    }
    await delay(options.intervalMs ?? 20);
  }
}

/** Like `waitFor`, but says with false that time is up. */
export function holdsWithin(condition: () => boolean, timeoutMs: number, intervalMs = 20): Promise<boolean> {
  return holdsWithinAsync(() => Promise.resolve(condition()), timeoutMs, intervalMs);
}

/** As `holdsWithin`, for a condition that takes its time. */
export async function holdsWithinAsync(
  condition: () => Promise<boolean>,
  timeoutMs: number,
  intervalMs = 100,
): Promise<boolean> {
  const deadline = Date.now() + timeoutMs;
  while (!(await condition())) {
    if (Date.now() >= deadline) return false;
    await delay(intervalMs);
  }
  return true;
}

/** Work that is done one after the other, per key (an instance, a volume), in the order in which it was given. */
export class KeyedQueue {
  private readonly tails = new Map<string, Promise<unknown>>();

  /** Runs the work after all earlier work of the same key, whether that succeeded or not. */
  run<T>(key: string, work: () => Promise<T>): Promise<T> {
    const before = this.tails.get(key) ?? Promise.resolve();
    const result = before.then(work, work);
    const tail = result
      .catch(() => undefined)
      .finally(() => {
        if (this.tails.get(key) === tail) this.tails.delete(key);
      });
    this.tails.set(key, tail);
    return result;
  }

  /** Whether work of this key is running or waiting. */
  isBusy(key: string): boolean {
    return this.tails.has(key);
  }

  /** Resolves when nothing is running or waiting. */
  async idle(): Promise<void> {
    while (this.tails.size > 0) await Promise.all(this.tails.values());
  }
}
