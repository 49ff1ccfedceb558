/** A signal that aborts on Ctrl-C, and when somebody ends this process. `stop` leaves both to Node again. */
export function interruptionSignal(): { readonly signal: AbortSignal; readonly stop: () => void } {
  const interruption = new AbortController();
  const interrupt = () => interruption.abort();
  process.on("SIGINT", interrupt).on("SIGTERM", interrupt);
  return {
    signal: interruption.signal,
    stop: () => void process.off("SIGINT", interrupt).off("SIGTERM", interrupt),
  };
}
