import { confirmed } from "../../cli/confirm";

/**
 * Asks for the stack's name before a drill on anything but the lab. Throws a UserError when it is not typed, or when
 * nobody can be asked and `yes` is not given.
 */
export async function confirmDrill(stack: string, faults: readonly string[], yes: boolean): Promise<void> {
  if (yes) return;
  const question = `${faults.join(", ")} on stack ${stack}, for real? Type its name: `;
  await confirmed(question, stack, `a drill breaks something in stack ${stack}`);
}
