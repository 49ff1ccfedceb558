/** The options that several commands have, and what they are read by. */
import { existsSync, statSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { shown } from "../settings/fields";
import { didYouMean } from "../settings/nearest";
import { megabytesPerSecond } from "../settings/units";
import type { Option } from "./command";
import { UsageError } from "./userError";

/** An option without a value, true when it is given. */
export function flag(help: string): Option<boolean> {
  return { help, read: (given) => given.length > 0 };
}

/** An option whose value is a text as it is; undefined when it is not given. */
export function text(value: string, help: string): Option<string | undefined> {
  return optional(value, help, (word) => word);
}

/**
 * An option whose value is what `read` makes of the word; undefined when it is not given. When it is given several
 * times the last one counts.
 */
export function optional<Value>(
  value: string,
  help: string,
  read: (word: string, option: string) => Value,
): Option<Value | undefined> {
  return {
    value,
    help,
    read: (given, option) => {
      const word = given.at(-1);
      return word === undefined ? undefined : read(word, option);
    },
  };
}

/** The same option with a value when it is not given. */
export function withDefault<Value>(option: Option<Value | undefined>, word: string): Option<Value> {
  return {
    ...option,
    default: word,
    read: (given, name) => option.read(given.length === 0 ? [word] : given, name) as Value,
  };
}

/** The same option, which has to be given. */
export function required<Value>(option: Option<Value | undefined>): Option<Value> {
  return {
    ...option,
    read: (given, name) => {
      if (given.length === 0) throw new UsageError(`${name} is missing: ${option.help}`);
      return option.read(given, name) as Value;
    },
  };
}

/** An option that may be repeated: every text that is given, in order. */
export function texts(value: string, help: string): Option<readonly string[]> {
  return { value, help, repeatable: true, read: (given) => given };
}

/** An option whose value is a whole number from `least` to `most`. */
export function wholeNumber(value: string, help: string, least: number, most: number): Option<number | undefined> {
  return optional(value, help, (word, option) => whole(option, word, least, most));
}

/** An option whose value is one of the given words. */
export function oneOf<Word extends string>(
  value: string,
  help: string,
  known: readonly Word[],
): Option<Word | undefined> {
  return optional(value, help, (word, option) => knownWord(option, word, known));
}

/**
 * An option whose value is a text of this form.
 * @param wanted the form in words, for messages: `a region such as us-east-1`
 */
export function matching(value: string, help: string, form: RegExp, wanted: string): Option<string | undefined> {
  return optional(value, help, (word, option) => {
    if (!form.test(word)) throw new UsageError(`${option} ${word}: ${wanted} is wanted`);
    return word;
  });
}

/**
 * The option for the stack that a command is about.
 * @param stack where none is given
 */
export function stackOption(stack?: string): Option<string> {
  const option = text("NAME", "the stack, as `pulumi stack ls` has it");
  return stack === undefined ? required(option) : withDefault(option, stack);
}

/** The option for the stacks that a command is about, one after the other: repeated, or a list with commas. */
export function stacksOption(): Option<readonly string[]> {
  const help = "the stack, as `pulumi stack ls` has it; several one after the other, as staging,prod";
  return {
    value: "NAME",
    help,
    repeatable: true,
    read: (given, option) => {
      if (given.length === 0) throw new UsageError(`${option} is missing: ${help}`);
      const names = given.flatMap((word) => word.split(",")).map((name) => name.trim());
      const twice = names.find((name, index) => names.indexOf(name) < index);
      if (names.includes("")) throw new UsageError(`${option} ${given.join(",")}: names of stacks are wanted`);
      if (twice !== undefined) throw new UsageError(`${option} ${twice}: it is named twice`);
      return names;
    },
  };
}

/** The option for a file that takes the result. A folder that is not there is found out before, not afterwards. */
export function reportFile(help: string): Option<string | undefined> {
  return optional("FILE", help, (file, option) => {
    requireFolder(option, file);
    return file;
  });
}

/** The option `--events`: how many events the smoke test writes. */
export function eventsOption(): Option<number> {
  const option = optional("N", "how many events the smoke test writes", (word, name) =>
    whole(name, word.replaceAll(/[_,]/g, ""), 1, 10_000_000),
  );
  return withDefault(option, defaultEvents.toLocaleString("en-US"));
}

/** How many events the smoke test writes unless told otherwise. */
export const defaultEvents = 100_000;

/** Reads a whole number from `least` to `most`. Throws a UsageError. */
function whole(option: string, word: string, least: number, most: number): number {
  const value = Number(word);
  if (word.trim() === "" || !Number.isInteger(value) || value < least || value > most) {
    throw new UsageError(
      `${option} ${word}: a whole number from ${least} to ${most.toLocaleString("en-US")} is wanted`,
    );
  }
  return value;
}

/** Reads a rate of events, in MB/s: `100MB/s`, `1.5 GB/s`, `800Mbit/s`, `100`. Throws a UsageError. */
export function megabytes(option: string, word: string, least: number, most: number): number {
  const rate = megabytesPerSecond(word);
  if (rate === undefined || rate < least || rate > most) {
    throw new UsageError(
      `${option} ${shown(word)}: a rate from ${least} to ${most} MB/s is wanted, bytes as 100MB/s or 1.5GB/s, ` +
        "bits as 800Mbit/s",
    );
  }
  return rate;
}

/** Reads one of the known words. Throws a UsageError that says which one was probably meant. */
export function knownWord<Word extends string>(option: string, word: string, known: readonly Word[]): Word {
  const found = known.find((one) => one === word);
  if (found === undefined) {
    const rule = known.length === 1 ? `only \`${known[0]}\` is known` : `one of ${known.join(", ")} is wanted`;
    throw new UsageError(`${option} ${word}: ${rule}${didYouMean(word, known)}`);
  }
  return found;
}

function requireFolder(option: string, file: string): void {
  const folder = dirname(resolve(file));
  if (!existsSync(folder)) throw new UsageError(`${option} ${file}: there is no folder ${folder}`);
  if (!statSync(folder).isDirectory()) throw new UsageError(`${option} ${file}: ${folder} is not a folder`);
  if (existsSync(file) && statSync(file).isDirectory())
    throw new UsageError(`${option} ${file}: this is a folder; a file's name is wanted`);
}
