import { parseArgs } from "node:util";
import { didYouMean } from "../../settings/nearest";
import { requireFolder, UsageError, whole } from "../../cli/options";
import { localStack } from "../../stack/environment";

import type { DrillInfo, DrillName } from "./catalog";
import { isChange } from "./changeCatalog";
import { measuredByShrinks } from "./report";

/** What one command is to do. */
export interface DrillRequest {
  /** `calm`: the control run without a fault. */
  readonly kind: "help" | "faults" | "calm";
  /** Faults and changes. */
  readonly faults: readonly DrillName[];
  /** Of `all` on AWS: faults that only the lab can make. */
  readonly leftOut: readonly DrillName[];
  readonly stack: string;
  readonly againstStock: boolean;
  /** How often each fault is made, 1 to 20. */
  readonly runs: number;
  readonly yes: boolean;
  readonly json?: string;
  readonly html: string;
  /** Of `calm`. */
  readonly minutes: number;
  /** Of each client, over all partitions. Default: 25 for each partition; for `calm` more. */
  readonly eventsPerSecond?: number;
}

/**
 * Reads the command line. Throws a UsageError.
 * @param catalog faults and changes
 * @param now for the name of the report
 */
export function readDrillArguments(args: readonly string[], catalog: readonly DrillInfo[], now: Date): DrillRequest {
  const { values, positionals } = parsed(args);
  const { stack, against, json } = values;
  const html = values.html ?? `reports/drill-${now.toISOString().slice(0, 19).replaceAll(":", "")}.html`;
  const kind = values.help || positionals[0] === "help" ? "help" : positionals[0] === "calm" ? "calm" : "faults";
  const base = { kind, stack, html, json, yes: values.yes, faults: [], leftOut: [] } as const;
  if (kind === "help") return { ...base, againstStock: false, runs: 1, minutes: defaultMinutes };

  const { faults, leftOut }: Choice =
    kind === "calm" ? chooseCalm(positionals) : chooseFaults(positionals, stack, catalog);
  if (against !== undefined && against !== "stock")
    throw new UsageError(`--against ${against}: only \`stock\` is known${didYouMean(against, ["stock"])}`);
  if (against !== undefined && kind === "calm") throw new UsageError("--against does not go with calm");
  if (against !== undefined && stack !== localStack) {
    throw new UsageError(
      `--against stock puts Kafka's shipped settings on the brokers: only on stack ${localStack}, not on ${stack}`,
    );
  }
  const change = catalog.find((info) => isChange(info) && faults.includes(info.name));
  if (against !== undefined && change !== undefined)
    throw new UsageError(`--against stock goes with faults only, not with ${change.name}: the change would undo it`);
  if (values.minutes !== undefined && kind !== "calm") throw new UsageError("--minutes goes with calm only");
  const eventsPerSecond = values["events-per-second"];
  const request: DrillRequest = {
    ...base,
    faults,
    leftOut,
    againstStock: against === "stock",
    runs: whole("--runs", values.runs, 1, 20),
    minutes: whole("--minutes", values.minutes ?? String(defaultMinutes), 1, 60),
    eventsPerSecond:
      eventsPerSecond === undefined ? undefined : whole("--events-per-second", eventsPerSecond, 1, 200_000),
  };
  if (json !== undefined) requireFolder("--json", json);
  if (values.html !== undefined) requireFolder("--html", values.html);
  return request;
}

const defaultMinutes = 10;

function parsed(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      allowPositionals: true,
      options: {
        stack: { type: "string", default: localStack },
        against: { type: "string" },
        runs: { type: "string", default: "1" },
        minutes: { type: "string" },
        "events-per-second": { type: "string" },
        json: { type: "string" },
        html: { type: "string" },
        yes: { type: "boolean", default: false },
        help: { type: "boolean", default: false },
      },
    });
  } catch (error) {
    // Node goes on to explain how to write a word that begins with a dash.
    throw new UsageError(`${(error as Error).message.split(". ")[0]} (\`npm run drill -- help\` shows the options)`);
  }
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

/** Words that stand for several. */
const groups = { all: "fault", changes: "change" } as const;

const budgetText = (name: DrillName, ms: number) =>
  measuredByShrinks(name) ? "no storm" : ms < 1000 ? `${ms} ms` : `${ms / 1000} s`;

/** The help, with every fault and change and its budget. */
export function drillHelp(catalog: readonly DrillInfo[]): string {
  const width = Math.max(...catalog.map(({ name }) => name.length));
  const titleWidth = Math.max(...catalog.map(({ title }) => title.length));
  const lines = (some: readonly DrillInfo[]) =>
    some
      .map(
        ({ name, title, budgetMs, onAws }) =>
          `  ${name.padEnd(width)}  ${title.padEnd(titleWidth)}  ${budgetText(name, budgetMs).padStart(8)}${onAws ? "  also on AWS" : ""}`,
      )
      .join("\n");
  return `usage: npm run drill -- NAME [NAME …] | all | changes | calm | help   [options]

Makes a fault, or changes the settings by an update, under a steady load of two clients, waits until the cluster is whole again,
and tells how long writing stood still and whether every acknowledged event is there. Exit code 0 only when every budget held
and nothing was lost.

  all                  every fault, in this order
  changes              every change, in this order
  calm                 neither, much load: shows false alarms, and what the watching costs

  --stack NAME           default ${localStack}; for another stack its name has to be typed, or --yes be given
  --against stock        afterwards the same faults with Kafka's and ZooKeeper's shipped settings, and the ratio (stack ${localStack} only)
  --runs N               how often each is made, 1 to 20 (default 1); the table then shows median and spread
  --json FILE            every run, as JSON
  --html FILE            the report with timelines (default reports/drill-<time>.html)
  --events-per-second N  of each client (default 25 for each partition; calm 3000)
  --minutes N            of calm (default ${defaultMinutes})
  --yes                  don't ask

Faults, and the longest that any partition may go without an acknowledgement:

${lines(catalog.filter((info) => !isChange(info)))}

Changes, likewise; after each the stack gets its own settings back, but volumes that have grown stay so:

${lines(catalog.filter(isChange))}`;
}
