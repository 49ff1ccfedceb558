import { constants } from "node:os";

/** The signals that interrupt a command. */
const names = ["SIGHUP", "SIGINT", "SIGTERM"] as const;

/** Whether somebody has interrupted this process: Ctrl-C, an end from outside, a terminal that was closed. */
export interface Interruption {
  /** Aborts when that happens. */
  readonly signal: AbortSignal;
  /** The exit code of a command that was interrupted, as a shell has it: 130 after Ctrl-C. Undefined if it was not. */
  readonly exitCode: () => number | undefined;
  /** Leaves the signals to Node again. */
  readonly stop: () => void;
}

/** Listens for interruptions, which then no longer end this process by themselves. */
export function interruptionSignal(): Interruption {
  const interruption = new AbortController();
  let exitCode: number | undefined;
  const interrupt = (name: NodeJS.Signals) => {
    exitCode ??= 128 + constants.signals[name];
    interruption.abort();
  };
  for (const name of names) process.on(name, interrupt);
  return {
    signal: interruption.signal,
    exitCode: () => exitCode,
    stop: () => names.forEach((name) => process.off(name, interrupt)),
  };
}
