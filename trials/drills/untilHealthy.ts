import { setTimeout as pause } from "node:timers/promises";
import type { Machines } from "./machines";

/** Waits until two observations in a row find the whole cluster healthy. Rejects after so many seconds. */
export async function untilHealthy(machines: Machines, seconds: number, report: (line: string) => void): Promise<void> {
  const deadline = Date.now() + seconds * 1000;
  let missing = "";
  let said = Date.now();
  for (let good = 0; ;) {
    const observation = await machines
      .nextState()
      .catch((error: Error) => ({ healthy: false, missing: error.message }));
    good = observation.healthy ? good + 1 : 0;
    if (good === 2) return;
    if (!observation.healthy) missing = observation.missing;
    if (Date.now() > deadline) throw new Error(`the cluster is not healthy within ${seconds} s: ${missing}`);
    if (!observation.healthy && Date.now() - said > 5000) {
      said = Date.now();
      report(`waiting until the cluster is healthy: ${missing}`);
    }
    await pause(500);
  }
}
