/** Finding and removing what carries a cluster's tag or name. No AWS calls: those are in leftoverKinds.ts. */
import { setTimeout as pause } from "node:timers/promises";
import { UserError } from "../../cli/userError";
import { counted } from "../../ops/gateVerdict";

/** A kind of thing that a cluster is made of. */
export interface Kind {
  /** The kind's name: `volume`. */
  readonly name: string;
  /** The stage at which it is removed. Lower stages go first: what holds others before what is held. */
  readonly stage: number;
  /** Ids of those that are still there, those that are on their way out too. */
  readonly find: () => Promise<readonly string[]>;
  /** Begins to remove it. Rejects with AWS's words, as while something else still holds it. */
  readonly remove: (id: string) => Promise<unknown>;
}

/** A thing that is left. */
export interface Leftover {
  readonly kind: string;
  readonly id: string;
}

type Found = Leftover & { readonly of: Kind };

async function findAll(kinds: readonly Kind[]): Promise<Found[]> {
  const found = await Promise.all(kinds.map(async (of) => (await of.find()).map((id) => ({ kind: of.name, id, of }))));
  return found.flat();
}

/** Every thing that is left. */
export async function findLeftovers(kinds: readonly Kind[]): Promise<Leftover[]> {
  return (await findAll(kinds)).map(({ kind, id }) => ({ kind, id }));
}

/** The leftovers in words: `3 volumes, 1 VPC`. */
export function leftoversText(leftovers: readonly Leftover[]): string {
  const counts = new Map<string, number>();
  for (const { kind } of leftovers) counts.set(kind, (counts.get(kind) ?? 0) + 1);
  return [...counts].map(([kind, count]) => counted(count, kind)).join(", ");
}

/** The options of a removal. */
export interface Sweep {
  readonly deadlineSeconds: number;
  /** The time in ms between two rounds. Default 3000. */
  readonly pauseMs?: number;
  readonly report: (line: string) => void;
}

/** The longest silence in ms. */
const heartbeatMs = 5000;

/**
 * Removes all of it, stage by stage, until nothing is found any more. Throws a UserError at the deadline, with what is
 * left and why.
 *
 * @returns what was there
 */
export async function removeLeftovers(
  kinds: readonly Kind[],
  { deadlineSeconds, pauseMs = 3000, report }: Sweep,
): Promise<Leftover[]> {
  const deadline = Date.now() + deadlineSeconds * 1000;
  const removed = new Map<string, Leftover>();
  const words = new Map<string, string>();
  let said = 0;
  for (;;) {
    const found = await findAll(kinds);
    for (const { kind, id } of found) {
      const thing = `${kind} ${id}`;
      if (!removed.has(thing)) report(`${thing} is left`);
      removed.set(thing, { kind, id });
    }
    if (found.length === 0) return [...removed.values()];
    if (Date.now() > deadline) {
      const lines = found.map(({ kind, id }) => `  ${kind} ${id}: ${words.get(`${kind} ${id}`) ?? "on its way out"}`);
      throw new UserError(`not removed within ${deadlineSeconds} s:\n${lines.join("\n")}`);
    }
    const stage = Math.min(...found.map(({ of }) => of.stage));
    const now = found.filter(({ of }) => of.stage === stage);
    if (Date.now() - said > heartbeatMs) {
      said = Date.now();
      report(`removing ${leftoversText(now)}; ${found.length} things are there`);
    }
    for (const { kind, id, of } of now) {
      const thing = `${kind} ${id}`;
      try {
        await of.remove(id);
        words.delete(thing);
      } catch (error) {
        words.set(thing, `${(error as Error).name}: ${(error as Error).message}`);
      }
    }
    await pause(pauseMs);
  }
}
