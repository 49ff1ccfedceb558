import { createInterface } from "node:readline/promises";
import { UserError } from "./userError";

/**
 * Throws a UserError where nobody can be asked.
 * @param before what must not happen unasked: `a drill breaks something in stack prod`
 * @param remedy what to do about it
 */
export function requireTerminal(before: string, remedy = "give --yes to go ahead"): void {
  if (!process.stdin.isTTY || !process.stdout.isTTY)
    throw new UserError(`no terminal to ask on before ${before}: ${remedy}`);
}

/** Asks on the terminal. Throws a UserError unless the answer is the word, or when nobody can be asked. */
export async function confirmed(question: string, word: string, before: string): Promise<void> {
  requireTerminal(before);
  const terminal = createInterface({ input: process.stdin, output: process.stdout });
  try {
    if ((await terminal.question(question)).trim() !== word) throw new UserError("not confirmed: nothing was changed");
  } finally {
    terminal.close();
  }
}
