/** Signals that come so close together are one: the terminal, npm and tsx may each send it. */
const oneInterruptionMs = 1000;

/** How a shell shows that a program ended by Ctrl-C. */
export const interruptedExitCode = 130;

/** The first Ctrl-C aborts the signal, and what was done is undone; the second ends the process at once. */
export function listenForInterruption(report: (line: string) => void): AbortSignal {
  const interruption = new AbortController();
  let last = 0;
  const onSignal = () => {
    if (Date.now() - last < oneInterruptionMs) return;
    last = Date.now();
    if (interruption.signal.aborted) {
      report("interrupted again: ending at once; the next drill or benchmark clears away what is left of this one");
      process.exit(interruptedExitCode);
    }
    report("interrupted: undoing the fault and stopping the load; once more ends at once");
    interruption.abort();
  };
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, onSignal);
  return interruption.signal;
}
