import { z } from "zod";

/** The kinds of what only a person can mend: a full data volume, what the node says, a group that starts nothing. */
const personNeeds = ["disk-full", "damaged", "no-instance", "suspended"] as const;

/** What the guardian remembers from one observation to the next, and over its own restarts. Times are ms since 1970. */
const nodeMemory = z.object({
  /** When it began to count as out. Cleared only when it has been well for a while. */
  outSince: z.number().optional(),
  /** When it began to be well without a break. */
  wellSince: z.number().optional(),
  /** The reason for which it is out, as of the latest observation. */
  problem: z.string().optional(),
  /** The one instance of its group, and when the guardian first saw it: never before its launch. */
  instance: z.object({ id: z.string(), since: z.number() }).readonly().optional(),
  /** When its group began to have no instance at all. */
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
  /** When it was last seen to read its logs back, or to wait for room on its disk. */
  busyAt: z.number().optional(),
  /** When its service was last restarted for its copies. */
  restartedAt: z.number().optional(),
  /** The last decision about it. */
  next: z.string(),
  /** The kind of what a person is needed for, if one is. */
  person: z.enum(personNeeds).optional(),
});

const decision = z.object({ at: z.number(), node: z.string(), text: z.string() });

const memory = z.object({
  clusterName: z.string(),
  /** The time of the latest observation. */
  lookedAt: z.number(),
  /** The time of the latest summary in the log. */
  summaryAt: z.number(),
  nodes: z.record(z.string(), nodeMemory.readonly()).readonly(),
  /** The latest decisions, oldest first. */
  decisions: z.array(decision.readonly()).readonly(),
  /** What could not be asked, as last said: the groups. Empty: nothing. */
  trouble: z.string(),
  /** What keeps copies out of sync, as last seen. */
  concerns: z.array(z.string()).readonly().default([]),
  /** How many settings that are not of the stack's brokers and topics have, as last seen, and are left as they are. */
  foreignSettings: z.number().int().nonnegative().default(0),
  /** The brokers whose data volumes are nearly full, and since when writing is stopped because of them. */
  room: z
    .object({ full: z.array(z.string()).readonly(), stoppedSince: z.number().optional() })
    .readonly()
    .default({ full: [] }),
});

/** The guardian's memory of one node. */
export type NodeMemory = Readonly<z.infer<typeof nodeMemory>>;
/** The kind of what only a person can mend. */
export type PersonNeed = (typeof personNeeds)[number];
/** A decision that the status shows. */
export type Decision = Readonly<z.infer<typeof decision>>;
/** The guardian's memory. */
export type Memory = Readonly<z.infer<typeof memory>>;

/** The memory of a guardian that has never observed the cluster. */
export function freshMemory(clusterName: string): Memory {
  const nothing = { nodes: {}, decisions: [], trouble: "", concerns: [], foreignSettings: 0, room: { full: [] } };
  return { clusterName, lookedAt: 0, summaryAt: 0, ...nothing };
}

/** The memory in a text. Throws an error that says what is wrong with it. */
export function parseMemory(text: string): Memory {
  const result = memory.safeParse(JSON.parse(text));
  if (!result.success) throw new Error(z.prettifyError(result.error));
  return result.data;
}
