/** A trial's result: as people read it, as JSON, and as docs/aws.md. Pure. */
import { aligned } from "../drills/table";
import { assumptions, type Assumption } from "./assumptions";
import { allHold, type Row } from "./verdicts";

/** A step of a trial. */
export interface Step {
  /** The step in words: `one broker terminated, and the ops host`. */
  readonly name: string;
  readonly seconds: number;
  /** The result in words: `4 brokers replaced, 21 to 30 s each`. */
  readonly result?: string;
  /** The reason for which it failed. */
  readonly error?: string;
}

/** The result of a whole trial, as `--json` writes it. */
export interface TrialResult {
  readonly passed: boolean;
  readonly place: "aws" | "lab";
  readonly region: string;
  readonly stack: string;
  /** When it began, ISO 8601. */
  readonly startedAt: string;
  readonly seconds: number;
  readonly steps: readonly Step[];
  readonly assumptions: readonly Row[];
  /** The things that could not be removed; the clean command is in the error. */
  readonly left: readonly string[];
  /** The reason for which it ended early. */
  readonly error?: string;
}

/** Whether a trial has passed. */
export function hasPassed({ steps, assumptions: rows, left, error }: Omit<TrialResult, "passed">): boolean {
  return error === undefined && left.length === 0 && steps.every((step) => step.error === undefined) && allHold(rows);
}

/** The result in words: steps, then assumptions, then all there is to know of those that differ. */
export function trialText({ steps, assumptions: rows, seconds, place, region }: TrialResult): string {
  const stepRows = steps.map((step) => [
    step.error === undefined ? "done" : "FAILED",
    `${step.seconds} s`,
    step.name,
    (step.error ?? step.result ?? "").split("\n")[0] ?? "",
  ]);
  const verdictRows = rows.map(({ id, expected, seen, verdict, why }) => [
    id,
    expected,
    seen === "" ? "-" : seen,
    verdict === "differs" ? "DIFFERS" : why === undefined ? verdict : `${verdict} (${why})`,
  ]);
  const count = (verdict: Row["verdict"]) => rows.filter((row) => row.verdict === verdict).length;
  return [
    aligned(stepRows),
    "",
    aligned([["assumption", "expected", "seen", "verdict"], ...verdictRows]),
    ...rows.filter(({ verdict }) => verdict === "differs").flatMap(differenceText),
    "",
    `${place === "lab" ? "in the lab" : region}, ${Math.round(seconds)} s: ${count("holds")} hold, ` +
      `${count("differs")} differ, ${count("not checked")} not checked`,
  ].join("\n");
}

function differenceText(row: Row): string[] {
  const { source, code, check } = assumptions.find(({ id }) => id === row.id) ?? {};
  return [
    "",
    `DIFFERS: ${row.id}. ${row.assumption}`,
    `  expected ${row.expected}, seen ${row.seen}`,
    `  looked at: ${check ?? ""}`,
    `  source: ${source ?? ""}`,
    `  the code that rests on it: ${code?.join(", ") ?? ""}`,
  ];
}

/** The list in docs/aws.md. */
export function assumptionsMarkdown(all: readonly Assumption[] = assumptions): string {
  return all
    .map(({ id, assumption, expected, check, source, code, onlyOnAws, byChance }) => {
      const lab = onlyOnAws === undefined ? "checked by the test suite" : `not: ${onlyOnAws}`;
      return [
        `- **${id}**: ${assumption}`,
        `  - Looked at: ${check}. Expected: ${expected}.${byChance ? " A trial may go by without an occasion." : ""}`,
        `  - In the lab: ${lab}. Source: ${source}.`,
        `  - Rests on it: ${code.map((file) => `\`${file}\``).join(", ")}.`,
      ].join("\n");
    })
    .join("\n");
}
