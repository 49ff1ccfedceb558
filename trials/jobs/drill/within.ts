import { setTimeout as pause } from "node:timers/promises";

/** The promise's value; undefined when it takes longer. */
export async function within<T>(ms: number, promise: Promise<T>): Promise<T | undefined> {
  let alarm: NodeJS.Timeout | undefined;
  const late = new Promise<undefined>((resolve) => {
    alarm = setTimeout(() => resolve(undefined), ms);
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(alarm);
  }
}

/** Asks every 250 ms until the answer is empty. Throws what is missing when time is up. */
export async function until(ms: number, missing: () => Promise<string> | string): Promise<void> {
  const deadline = Date.now() + ms;
  for (;;) {
    const what = await missing();
    if (what === "") return;
    if (Date.now() > deadline) throw new Error(`after ${Math.round(ms / 1000)} s still: ${what}`);
    await pause(250);
  }
}
