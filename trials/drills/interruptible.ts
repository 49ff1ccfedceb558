/** The user interrupted the drill; what it had done was undone. */
export class Interrupted extends Error {
  constructor() {
    super("interrupted");
    this.name = "Interrupted";
  }
}

/** Waits; rejects with Interrupted when the signal comes first. */
export function pause(ms: number, signal: AbortSignal): Promise<void> {
  return orInterrupted(
    (cleanup) =>
      new Promise((resolve) => {
        const timer = setTimeout(resolve, ms);
        cleanup(() => clearTimeout(timer));
      }),
    signal,
  );
}

/** Waits for a promise; rejects with Interrupted when the signal comes first. */
export function unlessInterrupted<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  return orInterrupted(() => promise, signal);
}

async function orInterrupted<T>(
  begin: (cleanup: (undo: () => void) => void) => Promise<T>,
  signal: AbortSignal,
): Promise<T> {
  if (signal.aborted) throw new Interrupted();
  const undo: (() => void)[] = [];
  try {
    return await Promise.race([
      begin((one) => undo.push(one)),
      new Promise<never>((_, reject) => {
        const interrupt = () => reject(new Interrupted());
        signal.addEventListener("abort", interrupt, { once: true });
        undo.push(() => signal.removeEventListener("abort", interrupt));
      }),
    ]);
  } finally {
    for (const one of undo) one();
  }
}
