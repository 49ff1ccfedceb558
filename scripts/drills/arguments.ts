import { existsSync, statSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { parseArgs } from "node:util";
import { didYouMean } from "../../settings/nearest";
import { localStack } from "../stack/environment";
import { UserError } from "../userError";
import type { FaultInfo, FaultName } from "./catalog";
import { measuredByShrinks } from "./report";

/** What is asked for can't be done: said before anything is done, exit code 2. */
export class UsageError extends UserError {
  constructor(message: string) {
    super(message);
    this.name = "UsageError";
  }
}

/** What one command is to do. */
export interface DrillRequest {
  /** `calm`: the control run without a fault. */
  readonly kind: "help" | "faults" | "calm";
  readonly faults: readonly FaultName[];
  /** Of `all` on AWS: faults that only the lab can make. */
  readonly leftOut: readonly FaultName[];
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
 * @param now for the name of the report
 */
export function readDrillArguments(args: readonly string[], catalog: readonly FaultInfo[], now: Date): DrillRequest {
  const { values, positionals } = parsed(args);
  const { stack, against, json } = values;
  const html = values.html ?? `reports/drill-${now.toISOString().slice(0, 19).replaceAll(":", "")}.html`;
  const kind = values.help || positionals[0] === "help" ? "help" : positionals[0] === "calm" ? "calm" : "faults";
  const base = { kind, stack, html, json, yes: values.yes, faults: [], leftOut: [] } as const;
  if (kind === "help") return { ...base, againstStock: false, runs: 1, minutes: defaultMinutes };

  const { faults, leftOut } = kind === "calm" ? chooseCalm(positionals) : chooseFaults(positionals, stack, catalog);
  if (against !== undefined && against !== "stock")
    throw new UsageError(`--against ${against}: only \`stock\` is known${didYouMean(against, ["stock"])}`);
  if (against !== undefined && kind === "calm") throw new UsageError("--against does not go with calm");
  if (against !== undefined && stack !== localStack) {
    throw new UsageError(
      `--against stock puts Kafka's shipped settings on the brokers: only on stack ${localStack}, not on ${stack}`,
    );
  }
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

function chooseCalm(positionals: readonly string[]) {
  if (positionals.length > 1) throw new UsageError("calm is a run of its own: give it alone");
  return { faults: [], leftOut: [] };
}

function chooseFaults(words: readonly string[], stack: string, catalog: readonly FaultInfo[]) {
  const names = catalog.map(({ name }) => name);
  if (words.length === 0) throw new UsageError("no fault is given; `npm run drill -- help` lists them");
  if (words.includes("all")) {
    if (words.length > 1) throw new UsageError("all is every fault: give it alone");
    const fits = ({ onAws }: FaultInfo) => stack === localStack || onAws;
    return {
      faults: catalog.filter(fits).map(({ name }) => name),
      leftOut: catalog.filter((fault) => !fits(fault)).map(({ name }) => name),
    };
  }
  const faults = words.map((word) => {
    const fault = catalog.find(({ name }) => name === word);
    if (fault === undefined) {
      const guess = didYouMean(word, [...names, "all", "calm", "help"]);
      throw new UsageError(`there is no fault ${word}${guess} (\`npm run drill -- help\` lists them)`);
    }
    if (stack !== localStack && !fault.onAws)
      throw new UsageError(`${word} can only be made in the lab (stack ${localStack}), not on stack ${stack}`);
    return fault.name;
  });
  return { faults: [...new Set(faults)], leftOut: [] };
}

function whole(option: string, text: string, least: number, most: number): number {
  const value = Number(text);
  if (text.trim() === "" || !Number.isInteger(value) || value < least || value > most) {
    throw new UsageError(
      `${option} ${text}: a whole number from ${least} to ${most.toLocaleString("en-US")} is wanted`,
    );
  }
  return value;
}

/** A report that can't be written is found out before the drill, not after it. */
function requireFolder(option: string, file: string): void {
  const folder = dirname(resolve(file));
  if (!existsSync(folder)) throw new UsageError(`${option} ${file}: there is no folder ${folder}`);
  if (!statSync(folder).isDirectory()) throw new UsageError(`${option} ${file}: ${folder} is not a folder`);
  if (existsSync(file) && statSync(file).isDirectory())
    throw new UsageError(`${option} ${file}: this is a folder; a file's name is wanted`);
}

const budgetText = (fault: FaultName, ms: number) =>
  measuredByShrinks(fault) ? "no storm" : ms < 1000 ? `${ms} ms` : `${ms / 1000} s`;

/** The help, with every fault and its budget. */
export function drillHelp(catalog: readonly FaultInfo[]): string {
  const width = Math.max(...catalog.map(({ name }) => name.length));
  const titleWidth = Math.max(...catalog.map(({ title }) => title.length));
  const faults = catalog.map(
    ({ name, title, budgetMs, onAws }) =>
      `  ${name.padEnd(width)}  ${title.padEnd(titleWidth)}  ${budgetText(name, budgetMs).padStart(8)}${onAws ? "  also on AWS" : ""}`,
  );
  return `usage: npm run drill -- FAULT [FAULT …] | all | calm | help   [options]

Makes a fault under a steady load of two clients, waits until the cluster is whole again, and tells how long writing stood
still and whether every acknowledged event is there. Exit code 0 only when every budget held and nothing was lost.

  all                  every fault, in this order
  calm                 no fault, much load: shows false alarms, and what the watching costs

  --stack NAME           default ${localStack}; for another stack its name has to be typed, or --yes be given
  --against stock        afterwards the same with Kafka's and ZooKeeper's shipped settings, and the ratio (stack ${localStack} only)
  --runs N               how often each fault is made, 1 to 20 (default 1); the table then shows median and spread
  --json FILE            every run, as JSON
  --html FILE            the report with timelines (default reports/drill-<time>.html)
  --events-per-second N  of each client (default 25 for each partition; calm 3000)
  --minutes N            of calm (default ${defaultMinutes})
  --yes                  don't ask

Faults, and the longest that any partition may go without an acknowledgement:

${faults.join("\n")}`;
}
