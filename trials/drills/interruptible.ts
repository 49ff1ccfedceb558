import { setTimeout } from "node:timers/promises";

/** The error of a drill that the user interrupted; what it had done was undone. */
export class Interrupted extends Error {
  constructor() {
    super("interrupted");
    this.name = "Interrupted";
  }
}

/** Waits; rejects with Interrupted when the signal comes first. */
export async function pause(ms: number, signal: AbortSignal): Promise<void> {
  await setTimeout(ms, undefined, { signal }).catch(() => {
    throw new Interrupted();
  });
}

/** Waits for a promise; rejects with Interrupted when the signal comes first. */
export async function unlessInterrupted<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  if (signal.aborted) throw new Interrupted();
  let interrupt = () => undefined as void;
  const interrupted = new Promise<never>((_, reject) => {
    interrupt = () => reject(new Interrupted());
    signal.addEventListener("abort", interrupt, { once: true });
  });
  try {
    return await Promise.race([promise, interrupted]);
  } finally {
    signal.removeEventListener("abort", interrupt);
  }
}
