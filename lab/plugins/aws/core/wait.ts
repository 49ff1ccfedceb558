import { setTimeout as sleep } from "node:timers/promises";

import type { Context } from "./context";
import { Refusal } from "./errors";

export interface Wait<T> {
  /** What is waited for, e.g. "instance i-1 to be running". */
  readonly what: string;
  /** Used when the program sets no custom timeout. */
  readonly timeoutSeconds: number;
  /** Gives the result once it is there, else undefined. */
  readonly poll: () => Promise<T | undefined>;
  /** What the last look showed; part of the progress line and of the error. */
  readonly seen?: () => string;
}

const firstPauseMs = 50;
const longestPauseMs = 1000;
const progressEveryMs = 5000;

/** Polls until there is a result; says what it waits for every few seconds; throws a Refusal at the deadline. */
export async function waitFor<T>(context: Context, wait: Wait<T>): Promise<T> {
  const limitSeconds = context.timeoutSeconds ?? wait.timeoutSeconds;
  const start = Date.now();
  let lastProgress = start;
  for (let pause = firstPauseMs; ; pause = Math.min(pause * 1.5, longestPauseMs)) {
    const result = await wait.poll();
    if (result !== undefined) return result;
    const seen = wait.seen === undefined ? "" : `; last seen: ${wait.seen()}`;
    const now = Date.now();
    if (now - start >= limitSeconds * 1000) {
      throw new Refusal(`waited ${limitSeconds} s in vain for ${wait.what}${seen}`);
    }
    if (context.signal.aborted) throw new Refusal(`cancelled while waiting for ${wait.what}${seen}`);
    if (now - lastProgress >= progressEveryMs) {
      lastProgress = now;
      context.log(`waiting for ${wait.what} (${Math.round((now - start) / 1000)} s)${seen}`);
    }
    await sleep(pause, undefined, { signal: context.signal }).catch(() => undefined);
  }
}
