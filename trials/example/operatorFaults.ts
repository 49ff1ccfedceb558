/** What is broken and changed around the client host, as `npm run drill` makes it. */
import type { StackOutputs } from "../../planning/cluster/outputs";
import { nodeSubnets } from "../drills/clientSubnet";
import type { Deployer } from "../drills/changes/deployer";
import { HealthWatch } from "../drills/healthWatch";
import { pause, unlessInterrupted } from "../drills/interruptible";
import type { Injected } from "../drills/faults";
import type { Machines } from "../drills/machines";
import { drillInfo } from "../drills/pairs";
import { drillTools } from "../drills/tools";
import { within } from "../jobs/drill/within";
import type { Deed } from "../jobs/example/parameters";

/** What a run of the faults works with. */
export interface FaultScene {
  readonly outputs: StackOutputs;
  readonly machines: Machines;
  readonly deployer: Deployer;
  /** The topic whose leader is killed. */
  readonly topic: string;
  readonly report: (line: string) => void;
  readonly signal: AbortSignal;
}

/** What has been done, and what was not as it should be. */
export interface FaultsMade {
  readonly deeds: readonly Deed[];
  /** One sentence each; empty when all went well. */
  readonly unmet: readonly string[];
}

/**
 * Kills the broker that leads most at one time, and begins a roll of all brokers at another; resolves when that has
 * come to its end and the cluster is healthy. Times in ms since 1970.
 */
export async function makeFaults(scene: FaultScene, killAt: number, rollAt: number): Promise<FaultsMade> {
  const { outputs, topic, report, signal } = scene;
  const tools = drillTools({ ...scene, subnets: await nodeSubnets(outputs) });
  const watch = new HealthWatch(() => tools.health(), tools.observeEveryMs);
  const deeds: Deed[] = [];
  let roll: Injected | undefined;
  const make = async (name: "kill-leader" | "roll-brokers") => {
    const made = await tools.inject(drillInfo(name), topic);
    deeds.push({ at: made.at, what: made.what });
    report(made.what);
    return made;
  };
  const until = (at: number) => pause(Math.max(0, at - Date.now()), signal);
  try {
    await until(killAt);
    await make("kill-leader");
    await until(rollAt);
    const { lastsSeconds, recoverSeconds } = drillInfo("roll-brokers");
    roll = await make("roll-brokers");
    const outcome = await unlessInterrupted(within(lastsSeconds * 1000, Promise.resolve(roll.lasted)), signal);
    if (outcome === undefined) throw new Error(`the roll did not come to its end within ${lastsSeconds} s`);
    deeds.push({ at: Date.now(), what: "the roll has ended" });
    const isRepaired = await watch.repaired(Date.now() + recoverSeconds * 1000, signal);
    const unhealthy = isRepaired === undefined ? [`the cluster is not healthy: ${watch.lastMissing}`] : [];
    return { deeds, unmet: [...outcome.unmet, ...unhealthy] };
  } finally {
    // Cut off, it is followed to its end all the same: the settings are to be put back after it.
    await roll?.undo();
    await watch.stop();
  }
}
