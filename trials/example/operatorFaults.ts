/** What is broken and changed around the client host, as `npm run drill` makes it. */
import type { Injected } from "../drills/faults";
import { HealthWatch } from "../drills/healthWatch";
import { pause, unlessInterrupted } from "../drills/interruptible";
import { drillInfo } from "../drills/pairs";
import type { DrillTools } from "../drills/runDrill";
import { within } from "../jobs/drill/within";
import type { Deed } from "../jobs/example/parameters";

/** What has been done, and what was not as it should be. */
export interface FaultsMade {
  readonly deeds: readonly Deed[];
  /** One sentence each; empty when all went well. */
  readonly unmet: readonly string[];
}

/** When it is done, ms since 1970, and to whose leaders. */
export interface FaultPlan {
  readonly killAt: number;
  readonly rollAt: number;
  readonly topic: string;
}

/**
 * Kills the broker that leads most, and later rolls all brokers; resolves when the roll has come to its end and the
 * cluster is healthy. Rejects with Interrupted when the signal comes, once no roll is under way any more.
 */
export async function makeFaults(
  tools: Pick<DrillTools, "inject" | "health" | "observeEveryMs" | "report">,
  { killAt, rollAt, topic }: FaultPlan,
  signal: AbortSignal,
): Promise<FaultsMade> {
  const watch = new HealthWatch(() => tools.health(), tools.observeEveryMs);
  const deeds: Deed[] = [];
  let roll: Injected | undefined;
  const make = async (name: "kill-leader" | "roll-brokers", at: number) => {
    await pause(Math.max(0, at - Date.now()), signal);
    const made = await tools.inject(drillInfo(name), topic);
    deeds.push({ at: made.at, what: made.what });
    tools.report(made.what);
    return made;
  };
  try {
    await make("kill-leader", killAt);
    roll = await make("roll-brokers", rollAt);
    const { lastsSeconds, recoverSeconds } = drillInfo("roll-brokers");
    const outcome = await unlessInterrupted(within(lastsSeconds * 1000, Promise.resolve(roll.lasted)), signal);
    if (outcome === undefined) throw new Error(`the roll did not come to its end within ${lastsSeconds} s`);
    deeds.push({ at: Date.now(), what: "the roll has ended" });
    const healthySince = await watch.repaired(Date.now() + recoverSeconds * 1000, signal);
    const unhealthy = healthySince === undefined ? [`the cluster is not healthy: ${watch.lastMissing}`] : [];
    return { deeds, unmet: [...outcome.unmet, ...unhealthy] };
  } finally {
    // Cut off, it is followed to its end all the same: the settings are put back after it.
    await roll?.undo();
    await watch.stop();
  }
}
