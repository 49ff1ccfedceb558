/** The time in ms within which several signals are one: the terminal, npm and tsx may each send it. */
const oneInterruptionMs = 1000;

/** The exit code by which a shell shows that a program ended by Ctrl-C. */
export const interruptedExitCode = 130;

/** The words for the first Ctrl-C, and for the second. */
export interface InterruptionWords {
  readonly first: string;
  readonly second: string;
}

const wordsOfDrill: InterruptionWords = {
  first: "interrupted: undoing the fault and stopping the load; once more ends at once",
  second: "interrupted again: ending at once; the next drill or benchmark clears away what is left of this one",
};

/**
 * Listens for Ctrl-C. The first one aborts the signal, and what was done is undone; the second ends the process at
 * once.
 */
export function listenForInterruption(report: (line: string) => void, words = wordsOfDrill): AbortSignal {
  const interruption = new AbortController();
  let last = 0;
  const onSignal = () => {
    if (Date.now() - last < oneInterruptionMs) return;
    last = Date.now();
    if (interruption.signal.aborted) {
      report(words.second);
      process.exit(interruptedExitCode);
    }
    report(words.first);
    interruption.abort();
  };
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, onSignal);
  return interruption.signal;
}
