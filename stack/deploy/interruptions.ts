import type { SupervisedPulumi } from "../supervisedPulumi";

/** The time in ms within which several signals are one: the terminal, npm and tsx may each send it. */
const oneInterruptionMs = 1000;

/** Has Pulumi stop where the command is told to. Gives what ends that. */
export function passInterruptionsOn(pulumi: SupervisedPulumi, report: (line: string) => void): () => void {
  let last = 0;
  const onSignal = () => {
    if (Date.now() - last < oneInterruptionMs) return;
    last = Date.now();
    report(
      pulumi.interrupted
        ? "interrupted again: stopping at once"
        : "interrupted: Pulumi finishes what it has begun and stops; once more stops it at once",
    );
    pulumi.interrupt();
  };
  const signals = ["SIGINT", "SIGTERM", "SIGHUP"] as const;
  for (const signal of signals) process.on(signal, onSignal);
  return () => {
    for (const signal of signals) process.off(signal, onSignal);
  };
}
