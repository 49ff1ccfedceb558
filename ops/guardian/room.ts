import type { ClusterDescription } from "../../planning/cluster/clusterDescription";
import { stopWriting, type RightsWays } from "../access";
import { rightsWays } from "../brokerTunnel";
import { ask } from "../kafka/connection";
import { describeVolume, type Volume } from "../kafka/logDirs";
import { kafkaAddress } from "../kafkaClient";
import { noted } from "./nextActions";
import type { Memory } from "./memory";

/** The time in ms for each answer: it must not hold up the observation of the nodes. */
const deadlineMs = 3000;
/**
 * The share of a volume that is free on one that is nearly full: less than any has that the plan is content with, where
 * topics have 85 %, the reserve 2 % and topics made by hand some; and what fills in a quarter of an hour at the most
 * that a volume of 4 TiB can take.
 */
const leastShare = 0.05;
/** The share that is free on one that has room again. */
const enoughShare = 0.065;

type Sizes = Pick<ClusterDescription, "brokers" | "minimumRunning">;

/**
 * The names of the brokers whose volumes are nearly full. One that does not answer counts as it did before: it may have
 * ended because of that. Pure.
 * @param before those that were
 * @param volumes by the brokers' names, of those that answer
 */
export function nearlyFull(
  brokers: readonly { readonly name: string }[],
  before: readonly string[],
  volumes: ReadonlyMap<string, Volume>,
): string[] {
  return brokers.flatMap(({ name }) => {
    const wasFull = before.includes(name);
    const volume = volumes.get(name);
    const isFull =
      volume === undefined ? wasFull : volume.usableBytes < volume.totalBytes * (wasFull ? enoughShare : leastShare);
    return isFull ? [name] : [];
  });
}

/** What a person has to know of the room that is left; empty while there is enough. */
export function roomConcerns({ full, stoppedSince }: Memory["room"]): string[] {
  if (full.length === 0) return [];
  const which = full.length === 1 ? `the data volume of ${full[0]} is` : `the data volumes of ${full.join(", ")} are`;
  const remedy = "raise brokerVolumeGiB and run pulumi up (or npm run autosize -- --apply --cooldown-hours 0)";
  return stoppedSince === undefined
    ? [`${which} nearly full: ${remedy}`]
    : [
        `WRITING IS STOPPED since ${new Date(stoppedSince).toISOString().slice(0, 19)}Z, as ${which} nearly full: ` +
          `${remedy}; it goes on by itself when there is room`,
      ];
}

/**
 * Stops all writing by clients while fewer brokers than are to run at least have room, so that none ends because of a
 * full disk; lets them write again when there is room (docs/decisions/0023).
 */
export class Room {
  /** Whether this guardian knows that nothing is left of one before it. */
  private sure = false;

  constructor(
    private readonly cluster: Sizes,
    private readonly ways: RightsWays,
    private readonly volumes: () => Promise<ReadonlyMap<string, Volume>>,
  ) {}

  /** The guardian's own, by the brokers of the cluster. */
  static of(cluster: ClusterDescription): Room {
    return new Room(cluster, rightsWays(cluster, deadlineMs), () => volumesOf(cluster));
  }

  /** Looks at every broker's volume, and stops the writing or lets it go on. Gives the memory. Never rejects. */
  async keep(memory: Memory, dryRun: boolean, now: number, say: (line: string) => void): Promise<Memory> {
    const { brokers, minimumRunning } = this.cluster;
    const volumes = await this.volumes();
    const full = nearlyFull(brokers, memory.room.full, volumes);
    const seen: Memory = { ...memory, room: { ...memory.room, full } };
    const stop = brokers.length - full.length < minimumRunning;
    // Who hears of too few brokers leaves things as they are.
    const knows =
      stop || brokers.filter(({ name }) => volumes.has(name) && !full.includes(name)).length >= minimumRunning;
    const stopped = memory.room.stoppedSince !== undefined;
    if (!knows || (!stop && !stopped && this.sure)) return seen;
    try {
      const changed = !dryRun && (await stopWriting(stop, this.ways));
      this.sure = !stop;
      const room = { full, stoppedSince: !stop || dryRun ? undefined : (memory.room.stoppedSince ?? now) };
      const text = stop
        ? `${dryRun ? "would stop" : "stops"} all writing: the data volumes of ${full.join(", ")} are nearly full`
        : "lets clients write again: there is room";
      return changed || (dryRun && stop) ? told({ ...seen, room }, text, now, say) : { ...seen, room };
    } catch (error) {
      const what = stop ? "stop the writing" : "let clients write again";
      return told(seen, `could not ${what}, tried again at the next look: ${(error as Error).message}`, now, say);
    }
  }
}

function told(memory: Memory, text: string, now: number, say: (line: string) => void): Memory {
  if (memory.decisions.findLast(({ node }) => node === "cluster")?.text === text) return memory;
  say(`cluster: ${text}`);
  return noted(memory, "cluster", text, now);
}

/** The volumes of the brokers that answer, by their names. */
async function volumesOf({ brokers }: ClusterDescription): Promise<Map<string, Volume>> {
  const asked = brokers.map(async (broker) => {
    const volume = await ask(kafkaAddress(broker), describeVolume(broker.id), deadlineMs).catch(() => undefined);
    return volume === undefined ? [] : [[broker.name, volume] as const];
  });
  return new Map((await Promise.all(asked)).flat());
}
