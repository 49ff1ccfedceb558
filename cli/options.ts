import { existsSync, statSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { UserError } from "./userError";

/** What is asked for can't be done: said before anything is done, exit code 2. */
export class UsageError extends UserError {
  constructor(message: string) {
    super(message);
    this.name = "UsageError";
  }
}

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

/** A whole number from `least` to `most`. */
export function whole(option: string, text: string, least: number, most: number): number {
  const value = Number(text);
  if (text.trim() === "" || !Number.isInteger(value) || value < least || value > most) {
    throw new UsageError(
      `${option} ${text}: a whole number from ${least} to ${most.toLocaleString("en-US")} is wanted`,
    );
  }
  return value;
}

/** A report that can't be written is found out before, not afterwards. */
export function requireFolder(option: string, file: string): void {
  const folder = dirname(resolve(file));
  if (!existsSync(folder)) throw new UsageError(`${option} ${file}: there is no folder ${folder}`);
  if (!statSync(folder).isDirectory()) throw new UsageError(`${option} ${file}: ${folder} is not a folder`);
  if (existsSync(file) && statSync(file).isDirectory())
    throw new UsageError(`${option} ${file}: this is a folder; a file's name is wanted`);
}
