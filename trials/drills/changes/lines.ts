/** The figures in what `kafka-ops roll`, `balance` and `topics` print in an update. Pure. */

/** The course of a roll. */
export interface Roll {
  /** The replaced nodes, in the order of their replacement. */
  readonly nodes: readonly { readonly name: string; readonly seconds: number }[];
  /** Seconds until the pool was whole; absent when it never was. */
  readonly seconds?: number;
}

/**
 * The roll that an update's lines tell of.
 * @param lines of one update
 */
export function rollOf(pool: "kafka" | "zookeeper", lines: readonly string[]): Roll {
  const back = new RegExp(`\\broll ${pool}: (\\S+) is back and the pool is whole \\((\\d+) s\\)`);
  const whole = new RegExp(`\\broll ${pool}: whole after (\\d+) s`);
  const nodes = lines.flatMap((line) => {
    const [, name, seconds] = back.exec(line) ?? [];
    return name === undefined ? [] : [{ name, seconds: Number(seconds) }];
  });
  const seconds = lines.flatMap((line) => whole.exec(line)?.[1] ?? [])[0];
  return { nodes, seconds: seconds === undefined ? undefined : Number(seconds) };
}

/** The node that a roll has just stopped, with how many it is going to replace; undefined for another line. */
export function stoppedNode(line: string): { readonly node: string; readonly number: number } | undefined {
  const [, node, number] = /\broll kafka: (\S+) \((\d+) of \d+\): stopped after/.exec(line) ?? [];
  return node === undefined ? undefined : { node, number: Number(number) };
}

/** The node of which an update has just made something, such as its volume; undefined for another line. */
export function createdNode(line: string): string | undefined {
  return /\bcreated +\S+ (?:\S+-)?((?:kafka|zookeeper)-\d+)(?= |$)/.exec(line)?.[1];
}

/** The least and the most of any broker. */
export interface Range {
  readonly least: number;
  readonly most: number;
}

/** The result of `kafka-ops balance`. */
export interface Balance {
  /** The data that was copied, as printed: `3.3 GB`; absent when nothing was moved. */
  readonly copied?: string;
  /** The data that any plan would have had to copy. */
  readonly atLeast?: string;
  readonly copies: Range;
  readonly leaders: Range;
}

/** The last line of the balance in an update; undefined when it did not come to its end. */
export function balanceOf(lines: readonly string[]): Balance | undefined {
  const line = lines.findLast((one) => /\bbalance: .*: copies per broker/.test(one)) ?? "";
  const [, copied, atLeast] = /, (\S+ \S+) copied \(at least (\S+ \S+)\):/.exec(line) ?? [];
  const copies = range(/copies per broker (\d+) to (\d+)/, line);
  const leaders = range(/leaders (\d+) to (\d+)/, line);
  return copies === undefined || leaders === undefined ? undefined : { copied, atLeast, copies, leaders };
}

/** How many topics an update has created and changed; undefined when they are not in sync, or were not looked at. */
export function topicsOf(lines: readonly string[]): { readonly created: number; readonly changed: number } | undefined {
  const counts = /\btopics: all \d+ in sync after \d+ s \((\d+) created, (\d+) changed\)/;
  const [, created, changed] = lines.flatMap((line) => counts.exec(line) ?? []);
  return created === undefined ? undefined : { created: Number(created), changed: Number(changed) };
}

function range(pattern: RegExp, line: string): Range | undefined {
  const [, least, most] = pattern.exec(line) ?? [];
  return least === undefined ? undefined : { least: Number(least), most: Number(most) };
}

/** Whether the brokers' numbers are within 10 %, or within one where that is less than one. */
export const isEven = ({ least, most }: Range): boolean => most - least <= Math.max(1, (least + most) / 20);
