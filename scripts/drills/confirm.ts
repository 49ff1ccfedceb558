import { createInterface } from "node:readline/promises";
import { UserError } from "../userError";

/**
 * Asks for the stack's name before a drill on anything but the lab. Throws a UserError when it is not typed, or when nobody
 * can be asked and `yes` is not given.
 */
export async function confirmDrill(stack: string, faults: readonly string[], yes: boolean): Promise<void> {
  if (yes) return;
  if (!process.stdin.isTTY || !process.stdout.isTTY) {
    throw new UserError(
      `no terminal to ask on before a drill breaks something in stack ${stack}: give --yes to go ahead`,
    );
  }
  const terminal = createInterface({ input: process.stdin, output: process.stdout });
  try {
    const answer = await terminal.question(`${faults.join(", ")} on stack ${stack}, for real? Type its name: `);
    if (answer.trim() !== stack) throw new UserError("not confirmed: nothing was changed");
  } finally {
    terminal.close();
  }
}
