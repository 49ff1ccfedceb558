import { didYouMean } from "../../settings/nearest";
import type { Values } from "../../cli/command";
import { flag, oneOf, reportFile, stackOption, wholeNumber, withDefault } from "../../cli/options";
import { UsageError } from "../../cli/userError";
import { localStack } from "../../stack/environment";
import { drills, faultNames, type DrillInfo, type DrillName } from "./catalog";
import { isChange } from "./changeCatalog";
import { drillInfo, whyNotTogether } from "./pairs";
import { randomSteps } from "./random/steps";
import { measuredByShrinks } from "./report";

/** The drills that one command is to make. */
export interface DrillRequest {
  /** `calm`: the control run without a fault. `random`: until the minutes are over. */
  readonly kind: "faults" | "calm" | "random";
  /** Names of the faults and changes to make. */
  readonly faults: readonly DrillName[];
  /** Faults of the word `all` that are left out on AWS, as only the lab can make them. */
  readonly leftOut: readonly DrillName[];
  readonly stack: string;
  readonly againstStock: boolean;
  /** The number of times that each fault is made, 1 to 20. */
  readonly runs: number;
  readonly yes: boolean;
  readonly json?: string;
  readonly html: string;
  /** Minutes that `calm` takes, and after which `random` begins nothing more. */
  readonly minutes: number;
  /** The number from which the steps of `random` follow. */
  readonly seed: number;
  /** Whether the names of what would be made are printed, and nothing is made. */
  readonly plan: boolean;
  /** What every budget is multiplied by. */
  readonly slack: number;
  /** Events a second of each client, over all partitions. Default: 25 for each partition; for `calm` more. */
  readonly eventsPerSecond?: number;
}

/** The declaration of `npm run drill`. */
export const drillCommand = {
  name: "drill",
  usage: ["NAME [NAME …] | NAME+NAME | all | changes | random | calm | help   [options]"],
  about:
    "Makes a fault, or changes the settings by an update, under a steady load of two clients, waits until the " +
    "cluster is whole again, and tells how long writing stood still and whether every acknowledged event is there. " +
    `Exit code 0 only when every budget held and nothing was lost. For a stack other than ${localStack} its name ` +
    "has to be typed, or --yes be given.",
  words: "any" as const,
  options: {
    stack: stackOption(localStack),
    against: oneOf(
      "stock",
      "afterwards the same faults with Kafka's and ZooKeeper's shipped settings, and the ratio " +
        `(stack ${localStack} only)`,
      ["stock"],
    ),
    runs: withDefault(
      wholeNumber("N", "how often each is made, 1 to 20; the table then shows median and spread", 1, 20),
      "1",
    ),
    json: reportFile("every run, as JSON"),
    html: reportFile("the report with timelines (default reports/drill-<time>.html)"),
    eventsPerSecond: wholeNumber("N", "of each client (default 25 for each partition; calm 3000)", 1, 200_000),
    minutes: wholeNumber("N", "of calm (default 10, at most 60) or random (default 60)", 1, 1440),
    seed: wholeNumber("N", "of random: the same one gives the same steps (default: another each time)", 0, 2 ** 32 - 1),
    slack: withDefault(
      wholeNumber("N", "times as long as the budgets is allowed, on a machine that has other work, 1 to 10", 1, 10),
      "1",
    ),
    plan: flag("print what would be made, in this order, and make nothing"),
    yes: flag("don't ask"),
  },
  notes: helpNotes(),
};

const defaultMinutes = { faults: 0, calm: 10, random: 60 } as const;
const mostCalmMinutes = 60;

/**
 * The request that options and words stand for. Throws a UsageError.
 * @param now for the name of the report
 */
export function drillRequest(
  values: Values<(typeof drillCommand)["options"]>,
  words: readonly string[],
  now: Date,
): DrillRequest {
  const { stack, against, html, ...rest } = values;
  const kind = words[0] === "calm" || words[0] === "random" ? words[0] : "faults";
  const { minutes = defaultMinutes[kind], seed = now.getTime() % 2 ** 32 } = values;
  if (kind !== "faults") aloneOnly(kind, words, against, values.runs);
  if (values.minutes !== undefined && kind === "faults")
    throw new UsageError("--minutes goes with calm and random only");
  if (values.seed !== undefined && kind !== "random") throw new UsageError("--seed goes with random only");
  if (kind === "calm" && minutes > mostCalmMinutes)
    throw new UsageError(`--minutes ${minutes}: calm takes at most ${mostCalmMinutes}`);
  const { faults, leftOut } = choice(kind, words, stack, seed, minutes);
  if (against !== undefined && stack !== localStack) {
    throw new UsageError(
      `--against stock puts Kafka's shipped settings on the brokers: only on stack ${localStack}, not on ${stack}`,
    );
  }
  const change = drills.find((info) => isChange(info) && faults.includes(info.name));
  if (against !== undefined && change !== undefined)
    throw new UsageError(`--against stock goes with faults only, not with ${change.name}: the change would undo it`);
  return {
    ...rest,
    kind,
    stack,
    faults,
    leftOut,
    againstStock: against === "stock",
    minutes,
    seed,
    html: html ?? `reports/drill-${now.toISOString().slice(0, 19).replaceAll(":", "")}.html`,
  };
}

type Choice = Pick<DrillRequest, "faults" | "leftOut">;

function aloneOnly(kind: string, words: readonly string[], against: string | undefined, runs: number): void {
  if (words.length > 1) throw new UsageError(`${kind} is a run of its own: give it alone`);
  if (against !== undefined) throw new UsageError(`--against does not go with ${kind}`);
  if (runs !== 1) throw new UsageError(`--runs does not go with ${kind}`);
}

function choice(
  kind: DrillRequest["kind"],
  words: readonly string[],
  stack: string,
  seed: number,
  minutes: number,
): Choice {
  if (kind === "faults") return chooseFaults(words, stack, drills);
  // A step takes a minute at the least.
  return { faults: kind === "calm" ? [] : randomSteps(seed, minutes, stack === localStack), leftOut: [] };
}

function chooseFaults(words: readonly string[], stack: string, catalog: readonly DrillInfo[]): Choice {
  if (words.length === 0) throw new UsageError("no fault and no change is given; `npm run drill -- help` lists them");
  for (const [group, what] of Object.entries(groups)) {
    if (words.includes(group) && words.length > 1) throw new UsageError(`${group} is every ${what}: give it alone`);
  }
  const [word = ""] = words;
  if (word === "all") {
    const faults = catalog.filter((info) => !isChange(info));
    const fits = ({ onAws }: DrillInfo) => stack === localStack || onAws;
    return {
      faults: faults.filter(fits).map(({ name }) => name),
      leftOut: faults.filter((fault) => !fits(fault)).map(({ name }) => name),
    };
  }
  const wanted = word === "changes" ? catalog.filter(isChange).map(({ name }) => name) : words;
  const found = new Map(wanted.map((name) => [name, catalog.find((info) => info.name === name) ?? pairOf(name)]));
  const unknown = wanted.filter((name) => found.get(name) === undefined);
  const chosen = [...found.values()].filter((info) => info !== undefined);
  if (unknown.length > 0) throw new UsageError(unknownText(unknown, catalog));
  const elsewhere = chosen.find(({ onAws }) => stack !== localStack && !onAws);
  if (elsewhere !== undefined)
    throw new UsageError(`${elsewhere.name} can only be made in the lab (stack ${localStack}), not on stack ${stack}`);
  return { faults: chosen.map(({ name }) => name), leftOut: [] };
}

/** The plan of two faults at once, if the word names two. Throws a UsageError when they may not meet. */
function pairOf(word: string): DrillInfo | undefined {
  const [one, other, ...more] = word.split("+").map((name) => faultNames.find((fault) => fault === name));
  if (one === undefined || other === undefined || more.length > 0) return undefined;
  const why = whyNotTogether(one, other);
  if (why !== undefined) throw new UsageError(`${word}: ${why}`);
  return drillInfo(`${one}+${other}`);
}

function unknownText(unknown: readonly string[], catalog: readonly DrillInfo[]): string {
  const known = [...catalog.map(({ name }) => name), ...Object.keys(groups), "calm", "help"];
  const list = (some: readonly DrillInfo[]) => some.map(({ name }) => name).join(", ");
  return [
    ...unknown.map((name) => `there is no fault or change ${name}${didYouMean(name, known)}`),
    `faults: ${list(catalog.filter((info) => !isChange(info)))}`,
    `changes: ${list(catalog.filter(isChange))}`,
  ].join("\n");
}

/** The words that stand for several faults or changes. */
const groups = { all: "fault", changes: "change" } as const;

function budgetText(name: DrillName, ms: number): string {
  if (measuredByShrinks(name)) return "no storm";
  return ms < 1000 ? `${ms} ms` : `${ms / 1000} s`;
}

/** The notes of the help: every fault and change with its budget. */
function helpNotes(): string {
  const width = Math.max(...drills.map(({ name }) => name.length));
  const titleWidth = Math.max(...drills.map(({ title }) => title.length));
  const lines = (some: readonly DrillInfo[]) =>
    some
      .map(
        ({ name, title, budgetMs, onAws }) =>
          `  ${name.padEnd(width)}  ${title.padEnd(titleWidth)}  ` +
          `${budgetText(name, budgetMs).padStart(8)}${onAws ? "  also on AWS" : ""}`,
      )
      .join("\n");
  return `  all                  every fault, in this order
  changes              every change, in this order
  NAME+NAME            two faults at once, where two brokers and one ZooKeeper node at most are out
  random               faults, two at once and changes, chosen by --seed, one after the other for --minutes; ends at
                       the first one that breaks a promise or leaves something behind, with the machines' logs
  calm                 neither, much load: shows false alarms, and what the watching costs

Faults, and the longest that any partition may go without an acknowledgement:

${lines(drills.filter((info) => !isChange(info)))}

Changes, likewise; after each the stack gets its own settings back, but volumes that have grown stay so:

${lines(drills.filter(isChange))}`;
}
