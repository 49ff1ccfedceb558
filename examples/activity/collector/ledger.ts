import { closeSync, constants, existsSync, fdatasync, mkdirSync, openSync, readdirSync, readFileSync } from "node:fs";
import { unlinkSync, writeSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";

/** What a collector has answered for the events that it received within a minute. */
export interface MinuteCounts {
  /** `2026-11-29T12:05Z`. */
  readonly minute: string;
  /** Answered 202 when Kafka had them. */
  readonly acknowledged: number;
  /** Answered 202 when they were on this collector's disk; they go to Kafka later, and are not counted again then. */
  readonly spooled: number;
  /** Answered with the reason. */
  readonly refused: number;
}

/** What can become of an event. */
export type Outcome = "acknowledged" | "spooled" | "refused";

const outcomes = ["acknowledged", "spooled", "refused"] as const;
const minuteMs = 60_000;
const dayMinutes = 1_440;
const keptDays = 30;
const fileName = /^accepted-(\d{4}-\d\d-\d\d)\.txt$/;
const widths = { time: 5, count: 12 };
const lineLength = widths.time + outcomes.length * (1 + widths.count) + 1;

interface Day {
  readonly counts: number[][];
  file?: number;
  /** Whether the file has all the counts. */
  isWhole: boolean;
}

/**
 * The counts by minute, one file a day with a line for each minute, written over before the answer is given. So the
 * death of the process loses no count; a power cut loses what was counted since the last {@link sync}. Counts that the
 * disk does not take, as when it is full on a new day, are kept in memory and written later. It may count fewer than
 * Kafka has: when the collector died between Kafka's answer and its own. It never counts more.
 */
export class Ledger {
  private readonly days = new Map<string, Day>();

  /** @param onTrouble told of counts that could not be written; that is tried again */
  constructor(
    private readonly folder: string,
    private readonly onTrouble: (error: Error) => void,
  ) {
    mkdirSync(folder, { recursive: true });
  }

  /** Counts events that were received at this time. */
  add(receivedMs: number, outcome: Outcome, events: number): void {
    const time = new Date(receivedMs).toISOString();
    const name = `accepted-${time.slice(0, 10)}.txt`;
    const day = this.days.get(name) ?? this.begin(name);
    const minute = Math.floor(receivedMs / minuteMs) % dayMinutes;
    const line = day.counts[minute] as number[];
    line[outcomes.indexOf(outcome)] = (line[outcomes.indexOf(outcome)] ?? 0) + events;
    this.write(name, day, minute);
  }

  /** The minutes that have any counts from one time up to, but without, another. */
  between(fromMs: number, toMs: number): readonly MinuteCounts[] {
    const [from, to] = [fromMs, toMs].map((ms) => new Date(ms).toISOString().slice(0, 16));
    const names = new Set([...readdirSync(this.folder), ...this.days.keys()]);
    const days = [...names].flatMap((name) => fileName.exec(name)?.[1] ?? []);
    const wanted = days.sort().filter((day) => day >= String(from).slice(0, 10) && day <= String(to).slice(0, 10));
    return wanted.flatMap((day) =>
      this.countsOf(`accepted-${day}.txt`).flatMap((counts, index) => {
        const minute = `${day}T${timeOf(index)}`;
        const [acknowledged = 0, spooled = 0, refused = 0] = counts;
        if (acknowledged + spooled + refused === 0 || minute < String(from) || minute >= String(to)) return [];
        return [{ minute: `${minute}Z`, acknowledged, spooled, refused }];
      }),
    );
  }

  /** Resolves when the counts are on the disk, or somebody was told why they are not. */
  async sync(): Promise<void> {
    for (const [name, day] of this.days) {
      if (!day.isWhole) this.write(name, day);
      if (day.file !== undefined) await promisify(fdatasync)(day.file).catch(this.onTrouble);
    }
  }

  private countsOf(name: string): number[][] {
    return this.days.get(name)?.counts ?? read(join(this.folder, name));
  }

  private begin(name: string): Day {
    // Around midnight events of two days come.
    for (const [other, { file, isWhole }] of this.days) {
      if (this.days.size < 2) break;
      if (file === undefined || !isWhole) continue;
      closeSync(file);
      this.days.delete(other);
    }
    const day: Day = { counts: this.countsOf(name), isWhole: false };
    this.days.set(name, day);
    const others = readdirSync(this.folder).filter((other) => fileName.test(other) && other !== name);
    for (const old of others.sort().slice(0, 1 - keptDays)) unlinkSync(join(this.folder, old));
    return day;
  }

  /** Writes a minute, or all of them into a file that has not all of the others. */
  private write(name: string, day: Day, minute?: number): void {
    try {
      day.file ??= openSync(join(this.folder, name), constants.O_RDWR | constants.O_CREAT);
      const [first, end] = day.isWhole && minute !== undefined ? [minute, minute + 1] : [0, dayMinutes];
      const lines = day.counts.slice(first, end).map((counts, index) => lineOf(first + index, counts));
      const text = Buffer.from(lines.join(""));
      for (let at = 0; at < text.length;)
        at += writeSync(day.file, text, at, text.length - at, first * lineLength + at);
      day.isWhole = true;
    } catch (error) {
      day.isWhole = false;
      this.onTrouble(new Error(`counts are not on the disk yet: ${(error as Error).message}`));
    }
  }
}

function lineOf(minute: number, counts: readonly number[]): string {
  const numbers = outcomes.map((_, index) => String(counts[index] ?? 0).padStart(widths.count));
  return `${[timeOf(minute), ...numbers].join(" ")}\n`;
}

function timeOf(minute: number): string {
  return [Math.floor(minute / 60), minute % 60].map((part) => String(part).padStart(2, "0")).join(":");
}

function read(path: string): number[][] {
  const lines = existsSync(path) ? readFileSync(path, "utf8").split("\n") : [];
  return Array.from({ length: dayMinutes }, (_, minute) => {
    const numbers = (lines[minute] ?? "").slice(widths.time).trim().split(/ +/).map(Number);
    return outcomes.map((_, index) => numbers[index] || 0);
  });
}
