import { UserError } from "./userError";

/** How many events the smoke test writes unless told otherwise. */
export const defaultEvents = 100_000;

/** Reads `--events`. */
export function parseEvents(text: string | undefined): number {
  if (text === undefined) return defaultEvents;
  const events = Number(text.replaceAll(/[_,]/g, ""));
  if (!Number.isInteger(events) || events < 1 || events > 10_000_000) {
    throw new UserError(`--events ${text}: a whole number from 1 to 10,000,000 is wanted`);
  }
  return events;
}
