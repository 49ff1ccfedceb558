import { createInterface } from "node:readline/promises";
import { interruptionSignal } from "./interruption";
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

/**
 * Asks on the terminal. Throws a UserError unless the answer is the word, when nobody can be asked, or when it is
 * interrupted meanwhile.
 */
export async function confirmed(question: string, word: string, before: string): Promise<void> {
  requireTerminal(before);
  const terminal = createInterface({ input: process.stdin, output: process.stdout });
  const { signal, stop } = interruptionSignal();
  // The terminal hands Ctrl-C to who reads from it, and to nobody else.
  terminal.on("SIGINT", () => process.kill(process.pid, "SIGINT"));
  try {
    const answer = await terminal.question(question, { signal });
    if (answer.trim() !== word) throw new UserError("not confirmed: nothing was changed");
  } catch (error) {
    if (signal.aborted) throw new UserError("interrupted: nothing was changed");
    throw error;
  } finally {
    stop();
    terminal.close();
  }
}
