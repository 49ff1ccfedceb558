import { didYouMean } from "../../settings/nearest";
import type { Values } from "../../cli/command";
import { flag, oneOf, reportFile, stackOption, wholeNumber, withDefault } from "../../cli/options";
import { UsageError } from "../../cli/userError";
import { localStack } from "../../stack/environment";
import { drills, type DrillInfo, type DrillName } from "./catalog";
import { isChange } from "./changeCatalog";
import { measuredByShrinks } from "./report";

/** The drills that one command is to make. */
export interface DrillRequest {
  /** `calm`: the control run without a fault. */
  readonly kind: "faults" | "calm";
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
  /** Minutes that `calm` takes. */
  readonly minutes: number;
  /** Events a second of each client, over all partitions. Default: 25 for each partition; for `calm` more. */
  readonly eventsPerSecond?: number;
}

/** The declaration of `npm run drill`. */
export const drillCommand = {
  name: "drill",
  usage: ["NAME [NAME …] | all | changes | calm | help   [options]"],
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
    minutes: wholeNumber("N", "of calm (default 10)", 1, 60),
    yes: flag("don't ask"),
  },
  notes: helpNotes(),
};

const defaultMinutes = 10;

/**
 * The request that options and words stand for. Throws a UsageError.
 * @param now for the name of the report
 */
export function drillRequest(
  values: Values<(typeof drillCommand)["options"]>,
  words: readonly string[],
  now: Date,
): DrillRequest {
  const { stack, against, minutes, html, ...rest } = values;
  const kind = words[0] === "calm" ? "calm" : "faults";
  const { faults, leftOut }: Choice = kind === "calm" ? chooseCalm(words) : chooseFaults(words, stack, drills);
  if (against !== undefined && kind === "calm") throw new UsageError("--against does not go with calm");
  if (against !== undefined && stack !== localStack) {
    throw new UsageError(
      `--against stock puts Kafka's shipped settings on the brokers: only on stack ${localStack}, not on ${stack}`,
    );
  }
  const change = drills.find((info) => isChange(info) && faults.includes(info.name));
  if (against !== undefined && change !== undefined)
    throw new UsageError(`--against stock goes with faults only, not with ${change.name}: the change would undo it`);
  if (minutes !== undefined && kind !== "calm") throw new UsageError("--minutes goes with calm only");
  return {
    ...rest,
    kind,
    stack,
    faults,
    leftOut,
    againstStock: against === "stock",
    minutes: minutes ?? defaultMinutes,
    html: html ?? `reports/drill-${now.toISOString().slice(0, 19).replaceAll(":", "")}.html`,
  };
}

type Choice = Pick<DrillRequest, "faults" | "leftOut">;

function chooseCalm(positionals: readonly string[]): Choice {
  if (positionals.length > 1) throw new UsageError("calm is a run of its own: give it alone");
  return { faults: [], leftOut: [] };
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
  const unknown = wanted.filter((name) => !catalog.some((info) => info.name === name));
  if (unknown.length > 0) throw new UsageError(unknownText(unknown, catalog));
  const chosen = [...new Set(wanted)].flatMap((name) => catalog.filter((info) => info.name === name));
  const elsewhere = chosen.find(({ onAws }) => stack !== localStack && !onAws);
  if (elsewhere !== undefined)
    throw new UsageError(`${elsewhere.name} can only be made in the lab (stack ${localStack}), not on stack ${stack}`);
  return { faults: chosen.map(({ name }) => name), leftOut: [] };
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
  calm                 neither, much load: shows false alarms, and what the watching costs

Faults, and the longest that any partition may go without an acknowledgement:

${lines(drills.filter((info) => !isChange(info)))}

Changes, likewise; after each the stack gets its own settings back, but volumes that have grown stay so:

${lines(drills.filter(isChange))}`;
}
