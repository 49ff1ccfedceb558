import type { ClusterState, Machines } from "../machines";
import type { ChangeOutcome } from "../report";

/** What a fault is made from: the machines, and how the cluster stood just before. */
export interface Scene {
  readonly machines: Machines;
  readonly state: ClusterState;
}

/** A fault that has been made. */
export interface Injected {
  /** `kill -9 of kafka-3 (controller, leads 3 of 15 partitions)`. */
  readonly what: string;
  /** Names of the nodes hit. */
  readonly nodes: readonly string[];
  /** ms since 1970. */
  readonly at: number;
  /** Ends it; does nothing for a fault that has no duration. Safe to call again. Of a change: waits until nothing of it runs. */
  readonly undo: () => Promise<void>;
  /** Of a change: when it has come to its end, well or not. A fault lasts as long as the catalog says. */
  readonly lasted?: Promise<ChangeOutcome>;
}

export type MakeFault = (scene: Scene) => Promise<Injected>;

/** For what is over as soon as it has happened: a process or a machine that dies. */
export const nothingToUndo = (): Promise<void> => Promise.resolve();

/** The instant in the first line that a script printed. */
export function instant(output: string): number {
  const at = Number(output.split("\n")[0]);
  if (!(at > 1e12)) throw new Error(`a drill's script printed no instant but: ${output.slice(0, 200)}`);
  return at;
}

/** So long do two machines have to get ready for something that they do in the same moment; an SSH command takes 0.2 s. */
const readyMs = 2000;

/** An instant that is far enough away for every machine to be waiting for it; all clocks, and this one, are kept by NTP. */
export function agreedInstant(): number {
  return Date.now() + readyMs;
}
