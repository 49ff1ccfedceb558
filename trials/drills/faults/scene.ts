import type { ClusterState, Machines } from "../machines";
import type { ChangeOutcome } from "../report";

/** The scene in which a fault is made: the machines, and how the cluster stood just before. */
export interface Scene {
  readonly machines: Machines;
  readonly state: ClusterState;
}

/** A fault that has been made. */
export interface Injected {
  /** The fault in words: `kill -9 of kafka-3 (controller, leads 3 of 15 partitions)`. */
  readonly what: string;
  /** Names of the nodes that are hit. */
  readonly nodes: readonly string[];
  /** When it was made, ms since 1970. */
  readonly at: number;
  /**
   * Ends the fault; does nothing for one that has no duration. May be called again. For a change it waits until nothing
   * of it runs.
   */
  readonly undo: () => Promise<void>;
  /**
   * Resolves when a change has come to its end, well or not; absent for a fault, which lasts as long as the catalog
   * says.
   */
  readonly lasted?: Promise<ChangeOutcome>;
}

/** Makes a fault in a scene. */
export type MakeFault = (scene: Scene) => Promise<Injected>;

/** The undoing of what is over as soon as it has happened: a process or a machine that dies. */
export const nothingToUndo = (): Promise<void> => Promise.resolve();

/** The instant in the first line that a script printed. */
export function instant(output: string): number {
  const at = Number(output.split("\n")[0]);
  if (!(at > 1e12)) throw new Error(`a drill's script printed no instant but: ${output.slice(0, 200)}`);
  return at;
}

/**
 * The time in ms that two machines have to get ready for something that they do in the same moment; an SSH command
 * takes 0.2 s.
 */
const readyMs = 2000;

/**
 * An instant that is far enough away for every machine to be waiting for it; all clocks, and this one, are kept by NTP.
 */
export function agreedInstant(): number {
  return Date.now() + readyMs;
}
