import type { FaultName } from "../catalog";
import type { Injected } from "./scene";

/**
 * Makes faults one right after the other, each on nodes that none before it hits. Where one can't be made, those before
 * it are undone.
 *
 * @param make one fault; `hit` has the nodes of the others, and gets those of the ones after it
 */
export async function atOnce(
  faults: readonly FaultName[],
  make: (fault: FaultName, hit: readonly string[]) => Promise<Injected>,
): Promise<Injected> {
  const hit: string[] = [];
  const made: Injected[] = [];
  const undo = async () => {
    const undone = await Promise.allSettled(made.map((one) => one.undo()));
    for (const one of undone) if (one.status === "rejected") throw one.reason;
  };
  try {
    for (const fault of faults) {
      const one = await make(fault, hit);
      made.push(one);
      hit.push(...one.nodes);
    }
  } catch (error) {
    await undo();
    throw error;
  }
  const [only, ...others] = made;
  if (only !== undefined && others.length === 0) return only;
  return {
    what: made.map(({ what }) => what).join("; "),
    nodes: [...hit],
    at: Math.min(...made.map(({ at }) => at)),
    undo,
  };
}
