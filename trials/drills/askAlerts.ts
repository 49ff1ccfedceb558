/** Asks the ops host's Prometheus which alerts fired, and the lab's topics what else has been told. */
import { alertStepSeconds, firedAlerts, toldByAws, type AlertSeries, type FiredAlert } from "./alerts";
import { pause } from "./interruptible";
import type { Machines } from "./machines";

/** Seconds before the fault from which on it is asked: what fired then already is none of the fault's. */
const beforeSeconds = 60;
/** Seconds for an ops host that has been replaced to have its Prometheus again. */
const patienceSeconds = 180;

interface Answer {
  readonly data: { readonly result: readonly AlertSeries[] };
}

/**
 * The alerts that have fired since a moment; undefined where no Prometheus answers. Rejects when it refuses, or the ops
 * host does not answer.
 * @param since ms since 1970
 */
export async function alertsSince(
  machines: Pick<Machines, "runOnOpsHost" | "published">,
  since: number,
): Promise<FiredAlert[] | undefined> {
  const now = Date.now();
  const seconds = (at: number) => (at / 1000).toFixed(0);
  const range = [seconds(since - beforeSeconds * 1000), seconds(now), String(alertStepSeconds)];
  const text = (await machines.runOnOpsHost("alerts", range)).trim();
  if (text === "") return undefined;
  const fired = firedAlerts((JSON.parse(text) as Answer).data.result, since, now);
  return [...fired, ...toldByAws(await machines.published(), since)];
}

/**
 * The same, of a cluster whose Prometheus is known to run. Waits for it, and rejects when it does not answer within
 * three minutes.
 */
export async function alertsOnceThere(
  ask: () => Promise<FiredAlert[] | undefined>,
  signal: AbortSignal,
): Promise<FiredAlert[]> {
  const deadline = Date.now() + patienceSeconds * 1000;
  for (;;) {
    const found = await ask().catch((error: unknown) => error as Error);
    if (Array.isArray(found)) return found;
    if (Date.now() >= deadline)
      throw new Error(
        `which alerts fired could not be asked for ${patienceSeconds} s: ` +
          (found?.message ?? "no Prometheus listens on the ops host any more"),
      );
    await pause(5000, signal);
  }
}
