/** A signal that Ctrl-C, or whoever ends this process, aborts. `stop` gives these back to Node. */
export function interruptionSignal(): { readonly signal: AbortSignal; readonly stop: () => void } {
  const interruption = new AbortController();
  const interrupt = () => interruption.abort();
  process.on("SIGINT", interrupt).on("SIGTERM", interrupt);
  return {
    signal: interruption.signal,
    stop: () => void process.off("SIGINT", interrupt).off("SIGTERM", interrupt),
  };
}
