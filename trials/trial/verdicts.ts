/** The observations of a trial, compared with what is assumed. Pure. */
import type { Assumption } from "./assumptions";

/** An observation of one thing. */
export interface Observation {
  /** Id of the assumption. */
  readonly id: string;
  /** The machine, where there are several: `kafka-1`. */
  readonly where?: string;
  readonly seen: string;
}

/** The verdict on an assumption. */
export type Verdict = "holds" | "differs" | "not checked";

/** A row of the table: an assumption with its verdict. */
export interface Row {
  readonly id: string;
  readonly assumption: string;
  readonly expected: string;
  readonly seen: string;
  readonly verdict: Verdict;
  /** The reason for which it was not checked. */
  readonly why?: string;
  /** Whether a missing check is as it has to be: the lab can't answer, or there was no occasion. */
  readonly excused: boolean;
}

/** A row for each assumption, in their order. Throws for an observation of something else. */
export function verdicts(
  assumptions: readonly Assumption[],
  observations: readonly Observation[],
  place: "aws" | "lab",
): Row[] {
  const unknown = observations.find(({ id }) => !assumptions.some((one) => one.id === id));
  if (unknown !== undefined) throw new Error(`${unknown.id} is observed, and no assumption`);
  return assumptions.map((one) => {
    const { id, assumption, expected, onlyOnAws, byChance = false } = one;
    const base = { id, assumption, expected };
    if (place === "lab" && onlyOnAws !== undefined)
      return { ...base, seen: "", verdict: "not checked", why: `only on AWS: ${onlyOnAws}`, excused: true };
    const own = observations.filter((observation) => observation.id === id);
    if (own.length === 0) {
      const why = byChance ? "there was no occasion" : "the trial did not come to it";
      return { ...base, seen: "", verdict: "not checked", why, excused: byChance };
    }
    const verdict = own.every(({ seen }) => one.matches(seen)) ? "holds" : "differs";
    return { ...base, seen: seenText(own), verdict, excused: false };
  });
}

/** Whether nothing differs, and nothing was left out that could have been seen. */
export function allHold(rows: readonly Row[]): boolean {
  return rows.every(({ verdict, excused }) => verdict === "holds" || excused);
}

/** The observations in words: what was seen alike everywhere is said once. */
function seenText(own: readonly Observation[]): string {
  const [first] = own;
  if (first !== undefined && own.every(({ seen }) => seen === first.seen)) return first.seen;
  return own.map(({ where, seen }) => (where === undefined ? seen : `${where}: ${seen}`)).join("; ");
}
