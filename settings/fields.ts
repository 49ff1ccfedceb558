import { z } from "zod";
import type { Fault } from "./faults";
import { visible } from "./visible";

/*
 * The kinds of settings. Pulumi keeps every value as text (an array as JSON text), a test or the Automation API may
 * give the value itself: each kind takes both. An error's text starts with the value received and ends with the remedy.
 */

/** A value as it is shown in an error: short, and on one line. */
export function shown(value: unknown): string {
  const text = typeof value === "string" ? `"${value}"` : (JSON.stringify(value) ?? String(value));
  // Typed into the wrong setting it is as secret as in its own.
  if (text.includes("PRIVATE KEY-----")) return "(hidden: a private key)";
  const line = visible(text.replace(/[ \t\r\n]+/g, " "));
  return line.length > 80 ? `${line.slice(0, 77)}...` : line;
}

interface NumberRule {
  readonly min: number;
  readonly max: number;
  /** The remedy for a value below `min`. */
  readonly below: string;
  /** The remedy for a value above `max`. Default: it names the limit. */
  readonly above?: string;
  /** A right value, for the answer when none is given. Default: the smallest, but for 0. */
  readonly example?: number;
}

/** A whole number, as number or as digits. */
export function wholeNumber({ min, max, below, above, example = Math.max(min, 1) }: NumberRule) {
  return z.preprocess(
    (value) => (typeof value === "string" && /^\s*[+-]?\d{1,15}\s*$/.test(value) ? Number(value) : value),
    z
      .int({
        error: ({ input }) =>
          input === undefined
            ? `missing; give a whole number, e.g. ${example}`
            : `${shown(input)} is not a whole number; give digits, e.g. ${example}`,
      })
      .min(min, { error: ({ input }) => `${shown(input)} is below ${min}; ${below}` })
      .max(max, { error: ({ input }) => `${shown(input)} is above ${max}; ${above ?? `give ${max} or less`}` }),
  );
}

/** A number with or without a fraction, as number or as digits. */
export function amount({ min, max, below, above, example = Math.max(min, 1) }: NumberRule) {
  return z.preprocess(
    (value) => (typeof value === "string" && /^\s*[+-]?\d{1,15}(\.\d{1,9})?\s*$/.test(value) ? Number(value) : value),
    z
      .number({ error: ({ input }) => `${shown(input)} is not a number; give digits, e.g. ${example}` })
      .min(min, { error: ({ input }) => `${shown(input)} is below ${min}; ${below}` })
      .max(max, { error: ({ input }) => `${shown(input)} is above ${max}; ${above ?? `give ${max} or less`}` }),
  );
}

/** true or false, as boolean or as text. */
export function flag() {
  return z.preprocess(
    (value) => (value === "true" ? true : value === "false" ? false : value),
    z.boolean({ error: ({ input }) => `${shown(input)} is neither true nor false; write one of them` }),
  );
}

/** Any text, trimmed. */
export function text() {
  return z
    .string({
      error: ({ input }) =>
        input === undefined ? "missing; give a text" : `${shown(input)} is not a text; put it in quotes`,
    })
    .trim();
}

/** Text of a pattern; the empty text passes where `emptyMeans` says what it stands for. */
export function pattern(expression: RegExp, what: string, emptyMeans?: string) {
  return text().refine((value) => (emptyMeans !== undefined && value === "") || expression.test(value), {
    error: ({ input }) => `${shown(input)} is not ${what}${emptyMeans ? `; leave it empty for ${emptyMeans}` : ""}`,
  });
}

/** Text that `problem` finds nothing wrong with. */
export function checkedText(problem: (value: string) => string | undefined, kind?: Fault["kind"]) {
  return text().superRefine((value, context) => {
    const message = problem(value);
    if (message) context.addIssue({ code: "custom", message, params: { kind } });
  });
}

/** An array, or JSON text of one. */
export function list<Item extends z.ZodType>(item: Item, example: string) {
  return z.preprocess(
    parseJsonText,
    z.array(item, { error: ({ input }) => `${shown(input)} is not a list; write e.g. ${example} in the stack's file` }),
  );
}

/**
 * A refinement of a list: it has no entry twice.
 * @param what an entry is called
 * @param name of an entry, as it is shown
 * @param field of an entry that holds the name. Default: the entry itself
 */
export function once<Item>(what: string, name: (entry: Item) => string = shown, ...field: string[]) {
  return (entries: readonly Item[], context: z.RefinementCtx<readonly Item[]>): void => {
    const names = entries.map(name);
    for (const [index, shownName] of names.entries()) {
      if (names.indexOf(shownName) === index) continue;
      const message = `${shownName} is there twice; name each ${what} once`;
      context.addIssue({ code: "custom", path: [index, ...field], message });
    }
  };
}

/** The value that JSON text stands for, as Pulumi keeps lists and maps; anything else as it is. */
export function parseJsonText(value: unknown): unknown {
  if (typeof value !== "string") return value;
  try {
    return JSON.parse(value) as unknown;
  } catch {
    return value;
  }
}
