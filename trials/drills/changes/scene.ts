import type { ChangeOutcome } from "../report";
import { Interrupted } from "../interruptible";
import type { ClusterState, Machines } from "../machines";
import type { Deployer, Update } from "./deployer";
import { rollOf } from "./lines";
import type { Overrides } from "./stackSettings";

/**
 * The scene in which a change is made: the machines, how the cluster stood just before, and the way to update the
 * stack.
 */
export interface ChangeScene {
  readonly machines: Machines;
  readonly state: ClusterState;
  readonly deployer: Pick<Deployer, "settings" | "update" | "killedUpdate">;
  readonly report: (line: string) => void;
  readonly signal: AbortSignal;
}

/** A change that is about to be made. */
export interface Change {
  /** The change in words: `brokerConfig queued.max.requests=501`. */
  readonly what: string;
  /** Names of the nodes that it concerns. */
  readonly nodes: readonly string[];
  /** When it began, ms since 1970; absent: it begins with `carryOut`. */
  readonly at?: number;
  /** Makes the change. Rejects with Interrupted when the signal came. */
  readonly carryOut: () => Promise<ChangeOutcome>;
}

/** Prepares a change in a scene. */
export type MakeChange = (scene: ChangeScene) => Promise<Change>;

/**
 * Makes one update to its end. Rejects with Interrupted when the signal came meanwhile; a failed update is a result,
 * and shown.
 */
export async function update(scene: ChangeScene, changes: Overrides): Promise<Update> {
  const { deployer, machines, report, signal } = scene;
  const result = await deployer.update(changes);
  // An update takes away what the settings don't give; the load has yet to delete its topics.
  await machines.admitAgain();
  if (signal.aborted) throw new Interrupted();
  if (!result.succeeded) report(`the update failed:\n${result.error ?? ""}`);
  return result;
}

/** Several outcomes as one. */
export function together(...outcomes: readonly ChangeOutcome[]): ChangeOutcome {
  return {
    facts: Object.assign({}, ...outcomes.map(({ facts }) => facts)) as ChangeOutcome["facts"],
    unmet: outcomes.flatMap(({ unmet }) => unmet),
  };
}

/**
 * The outcome of an update.
 * @param phase in front of the names of figures, where a change has several updates: `back: `
 */
export function updateOutcome({ succeeded, seconds, error = "" }: Update, phase = ""): ChangeOutcome {
  return {
    facts: { [`${phase}update, seconds`]: seconds },
    unmet: succeeded ? [] : [`${phase}the update failed: ${error.slice(0, 300)}`],
  };
}

/**
 * The outcome of a roll.
 * @param wanted the nodes that are to be replaced in it
 */
export function rollOutcome(
  pool: "kafka" | "zookeeper",
  made: Update,
  wanted: readonly string[],
  phase = "",
): ChangeOutcome {
  const { nodes, seconds } = rollOf(pool, made.lines);
  const order = nodes.map((node) => `${node.name} ${node.seconds} s`).join(", ");
  const left = wanted.filter((name) => !nodes.some((node) => node.name === name));
  return together(updateOutcome(made, phase), {
    facts: {
      ...(seconds === undefined ? {} : { [`${phase}roll, seconds`]: seconds }),
      [`${phase}replaced, in this order`]: order === "" ? "none" : order,
    },
    unmet: left.length === 0 ? [] : [`${phase}not replaced: ${left.join(", ")}`],
  });
}
