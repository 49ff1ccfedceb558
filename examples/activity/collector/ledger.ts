import { closeSync, existsSync, fdatasync, mkdirSync, openSync, readdirSync, readFileSync, unlinkSync } from "node:fs";
import { writeFileSync, writeSync } from "node:fs";
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

/**
 * The counts by minute, one file a day with a line for each minute, written over before the answer is given. So the
 * death of the process loses no count; a power cut loses what was counted since the last {@link sync}. It may count
 * fewer than Kafka has: when the collector died between Kafka's answer and its own. It never counts more.
 */
export class Ledger {
  private day: { readonly name: string; readonly file: number; readonly counts: number[][] } | undefined;

  constructor(private readonly folder: string) {
    mkdirSync(folder, { recursive: true });
  }

  /** Counts events that were received at this time. */
  add(receivedMs: number, outcome: Outcome, events: number): void {
    const time = new Date(receivedMs).toISOString();
    const name = `accepted-${time.slice(0, 10)}.txt`;
    if (this.day?.name !== name) this.begin(name);
    const { file, counts } = this.day as NonNullable<typeof this.day>;
    const minute = Math.floor(receivedMs / minuteMs) % dayMinutes;
    const line = counts[minute] as number[];
    line[outcomes.indexOf(outcome)] = (line[outcomes.indexOf(outcome)] ?? 0) + events;
    writeSync(file, lineOf(minute, line), minute * lineLength);
  }

  /** The minutes that have any counts from one time up to, but without, another. */
  between(fromMs: number, toMs: number): readonly MinuteCounts[] {
    const [from, to] = [fromMs, toMs].map((ms) => new Date(ms).toISOString().slice(0, 16));
    const days = readdirSync(this.folder).flatMap((name) => fileName.exec(name)?.[1] ?? []);
    const wanted = days.sort().filter((day) => day >= String(from).slice(0, 10) && day <= String(to).slice(0, 10));
    return wanted.flatMap((day) =>
      read(join(this.folder, `accepted-${day}.txt`)).flatMap((counts, index) => {
        const minute = `${day}T${timeOf(index)}`;
        const [acknowledged = 0, spooled = 0, refused = 0] = counts;
        if (acknowledged + spooled + refused === 0 || minute < String(from) || minute >= String(to)) return [];
        return [{ minute: `${minute}Z`, acknowledged, spooled, refused }];
      }),
    );
  }

  /** Resolves when the counts are on the disk. */
  async sync(): Promise<void> {
    if (this.day !== undefined) await promisify(fdatasync)(this.day.file);
  }

  private begin(name: string): void {
    if (this.day !== undefined) closeSync(this.day.file);
    const path = join(this.folder, name);
    if (!existsSync(path)) {
      writeFileSync(path, Array.from({ length: dayMinutes }, (_, minute) => lineOf(minute, [])).join(""), {
        flush: true,
      });
    }
    this.day = { name, file: openSync(path, "r+"), counts: read(path) };
    const days = readdirSync(this.folder).filter((other) => fileName.test(other));
    for (const old of days.sort().slice(0, -keptDays)) unlinkSync(join(this.folder, old));
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
  const lines = readFileSync(path, "utf8").split("\n");
  return Array.from({ length: dayMinutes }, (_, minute) => {
    const numbers = (lines[minute] ?? "").slice(widths.time).trim().split(/ +/).map(Number);
    return outcomes.map((_, index) => numbers[index] || 0);
  });
}
