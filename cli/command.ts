/** One declaration for each npm command: its options, its help, and what is wrong with a command line. */
import { parseArgs } from "node:util";
import { didYouMean } from "../settings/nearest";
import { wrapped } from "../settings/wrapped";
import { runMain, UsageError } from "./userError";

/** An option of a command. Its name on the command line is its key in the declaration: `maxCount` is `--max-count`. */
export interface Option<Value> {
  /** The placeholder of its value in the help, `NAME`; undefined for a flag. */
  readonly value?: string;
  /** What it does, for the help. */
  readonly help: string;
  /** The value when it is not given, for the help. */
  readonly default?: string;
  /** Whether it may be given several times. */
  readonly repeatable?: boolean;
  /**
   * Reads the value. Throws a UsageError.
   * @param given its words on the command line, one for each time that it was given; a flag's are empty
   * @param option for messages: `--stack`
   */
  readonly read: (given: readonly string[], option: string) => Value;
}

type Options = Readonly<Record<string, Option<unknown>>>;

/** The values of a command's options. */
export type Values<O extends Options> = {
  readonly [Key in keyof O]: O[Key] extends Option<infer Value> ? Value : never;
};

/** The declaration of an npm command. */
export interface Command<O extends Options> {
  /** The name that npm knows it by: `npm run NAME`. */
  readonly name: string;
  /** The forms of its words, one line each, after `npm run NAME -- `. Default: `[options]`. */
  readonly usage?: readonly string[];
  /** What it does. */
  readonly about: string;
  readonly options: O;
  /**
   * Whether it takes words that are no options: `none` (the default), `any`, or `rest`: from the first one on all is
   * for somebody else, options too.
   */
  readonly words?: "none" | "any" | "rest";
  /** What the help ends with: exit codes, names to choose from. */
  readonly notes?: string;
  /** The exit code of a command line that can't be followed. Default 2. */
  readonly usageExitCode?: number;
}

/** A command line as it was understood. */
export interface CommandLine<O extends Options> {
  readonly values: Values<O>;
  readonly words: readonly string[];
}

/** Runs a command by this process's command line, and ends the process with the exit code that the action gives. */
export function runCommand<O extends Options>(
  command: Command<O>,
  action: (values: Values<O>, words: readonly string[]) => Promise<number>,
): void {
  runMain(
    command.name,
    async () => {
      const args = process.argv.slice(2);
      if (asksForHelp(command, args)) {
        console.log(helpText(command));
        return 0;
      }
      const { values, words } = readCommandLine(command, args);
      return action(values, words);
    },
    command.usageExitCode,
  );
}

/** What a command line says. Throws a UsageError. */
export function readCommandLine<O extends Options>(command: Command<O>, args: readonly string[]): CommandLine<O> {
  const names = new Map(Object.keys(command.options).map((key) => [optionName(key), key]));
  const given = new Map<string, string[]>();
  const words: string[] = [];
  const refuse = (what: string): never => {
    throw new UsageError(`${what} (\`${called(command)} -- --help\` shows the options)`);
  };
  for (const token of tokensOf(command, args)) {
    if (token.kind === "option-terminator") continue;
    if (token.kind === "positional") {
      if (command.words === "rest") {
        words.push(...args.slice(token.index));
        break;
      }
      if (command.words !== "any") refuse(`${token.value}: a word that means nothing here`);
      words.push(token.value);
      continue;
    }
    const key = names.get(token.name);
    const option = key === undefined ? undefined : command.options[key];
    if (key === undefined || option === undefined) {
      refuse(
        `there is no option ${token.rawName}${didYouMean(
          token.rawName,
          [...names.keys()].map((name) => `--${name}`),
        )}`,
      );
      continue;
    }
    if (option.value === undefined && token.value !== undefined) refuse(`${token.rawName} takes no value`);
    const isMissing = token.value === undefined || (token.inlineValue === false && token.value.startsWith("-"));
    if (option.value !== undefined && isMissing) refuse(`${token.rawName}: a value is wanted, ${option.value}`);
    given.set(key, [...(given.get(key) ?? []), token.value ?? ""]);
  }
  const values = Object.entries(command.options).map(([key, option]) => [
    key,
    option.read(given.get(key) ?? [], `--${optionName(key)}`),
  ]);
  return { values: Object.fromEntries(values) as Values<O>, words };
}

/** What `--help` shows. */
export function helpText<O extends Options>(command: Command<O>): string {
  const usage = (command.usage ?? ["[options]"]).map(
    (words, index) => `${index === 0 ? "usage: " : "       "}${`${called(command)} -- ${words}`.trimEnd()}`,
  );
  const entries = Object.entries(command.options).map(([key, option]) => ({
    left: `--${optionName(key)}${option.value === undefined ? "" : ` ${option.value}`}`,
    right: option.help + (option.default === undefined ? "" : ` (default ${option.default})`),
  }));
  const column = Math.max(0, ...entries.map(({ left }) => left.length)) + 5;
  const lines = entries.flatMap(({ left, right }) =>
    wrapped(right, lineWidth - column).map(
      (line, index) => `${index === 0 ? `  ${left}`.padEnd(column) : " ".repeat(column)}${line}`,
    ),
  );
  const paragraphs = [usage.join("\n"), wrapped(command.about, lineWidth).join("\n"), lines.join("\n"), command.notes];
  return paragraphs.filter((one) => one !== undefined && one !== "").join("\n\n");
}

const lineWidth = 120;

/** `npm start` and `npm stop` go without `run`. */
const called = ({ name }: { readonly name: string }) => `npm ${/^(start|stop)$/.test(name) ? "" : "run "}${name}`;

const optionName = (key: string) => key.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);

function tokensOf<O extends Options>(command: Command<O>, args: readonly string[]) {
  const options = Object.entries(command.options).map(([key, { value }]) => [
    optionName(key),
    { type: value === undefined ? ("boolean" as const) : ("string" as const) },
  ]);
  return parseArgs({
    args: [...args],
    options: Object.fromEntries(options) as Record<string, { type: "boolean" | "string" }>,
    // What is wrong is said by this project, and with the name that was probably meant.
    strict: false,
    allowPositionals: true,
    tokens: true,
  }).tokens;
}

/** Whether the help is asked for; what comes after the first word of `rest` is none of ours. */
function asksForHelp<O extends Options>(command: Command<O>, args: readonly string[]): boolean {
  for (const token of tokensOf(command, args)) {
    if (token.kind === "option" && token.name === "help") return true;
    if (token.kind === "positional" && command.words === "rest") return false;
    if (token.kind === "positional") return command.words === "any" && token.value === "help";
  }
  return false;
}
