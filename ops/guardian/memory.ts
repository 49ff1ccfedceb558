import { z } from "zod";

/** What the guardian remembers from one observation to the next, and over its own restarts. Times are ms since 1970. */
const nodeMemory = z.object({
  /** Since when it counts as out. Cleared only when it has been well for a while. */
  outSince: z.number().optional(),
  /** Since when it has been well without a break. */
  wellSince: z.number().optional(),
  /** Why it is out, as of the latest look. */
  problem: z.string().optional(),
  /** The one instance of its group, and when the guardian first saw it: never before its launch. */
  instance: z.object({ id: z.string(), since: z.number() }).readonly().optional(),
  /** Since when its group has had no instance at all. */
  emptySince: z.number().optional(),
  /** Replacements since it was last well for long. */
  attempts: z.number().int().nonnegative(),
  lastAction: z
    .object({
      at: z.number(),
      instanceId: z.string(),
      dryRun: z.boolean(),
      /** Whether AWS is known to have taken the order; one that is not is given again, for the same instance. */
      confirmed: z.boolean(),
    })
    .readonly()
    .optional(),
  /** What was last decided about it. */
  next: z.string(),
});

const decision = z.object({ at: z.number(), node: z.string(), text: z.string() });

const memory = z.object({
  clusterName: z.string(),
  /** The latest look. */
  lookedAt: z.number(),
  /** The latest summary in the log. */
  summaryAt: z.number(),
  nodes: z.record(z.string(), nodeMemory.readonly()).readonly(),
  /** The latest ones, oldest first. */
  decisions: z.array(decision.readonly()).readonly(),
  /** What could not be asked, as last said: the groups. Empty: nothing. */
  trouble: z.string(),
});

export type NodeMemory = Readonly<z.infer<typeof nodeMemory>>;
export type Decision = Readonly<z.infer<typeof decision>>;
export type Memory = Readonly<z.infer<typeof memory>>;

/** A guardian that has never looked. */
export function freshMemory(clusterName: string): Memory {
  return { clusterName, lookedAt: 0, summaryAt: 0, nodes: {}, decisions: [], trouble: "" };
}

/** Throws an error that says what is wrong with the text. */
export function parseMemory(text: string): Memory {
  const result = memory.safeParse(JSON.parse(text));
  if (!result.success) throw new Error(z.prettifyError(result.error));
  return result.data;
}
