/** What PostgreSQL gets of a run of messages of one partition. Pure, and the costliest part of the store. */
import { limits } from "../events/event";
import { decodeEvent } from "../events/message";
import type { Messages } from "../cluster/messages";
import { plainEvent } from "./plainEvent";
import { plainRow, rowOf, Rows } from "./row";
import { Summary } from "./summary";

/** A run of messages: offsets `from` to `next`, without the latter. */
export interface Run {
  readonly partition: number;
  readonly from: number;
  readonly next: number;
  readonly messages: Messages;
}

/** A message that is no event, and why. */
export interface Rejected {
  readonly partition: number;
  readonly offset: number;
  readonly acceptedMs: number;
  readonly reason: string;
  readonly raw: Buffer | null;
}

/** What is stored of a run. */
export interface Chunk extends Run {
  /** Rows in the text format of COPY, with the columns {@link copyColumns}. */
  readonly rows: Buffer;
  /** The index of each row's message. */
  readonly indexes: readonly number[];
  readonly rejected: readonly Rejected[];
  readonly summary: Summary;
}

/** Days in the past that an event may have been received: Kafka and the collector's spool keep it for less. */
const acceptedDays = 7;
/** Days in the past that `at` may be: of an event that waited as long in the browser as here. */
export const oldestDays = acceptedDays + limits.lateDays;
const hourMs = 3_600_000;
const dayMs = 24 * hourMs;

/** What to leave out of a chunk. */
export interface Without {
  /** Indexes of messages whose events are stored already. */
  readonly doubles?: ReadonlySet<number>;
  /** Why PostgreSQL does not take the only event of this run. */
  readonly refusal?: string;
}

/** Makes the rows of a run. An event whose `received` is a week old or an hour ahead is rejected. */
export function makeChunk(run: Run, nowMs: number, without: Without = {}): Chunk {
  const { partition, from, next, messages } = run;
  const oldest = new Date(nowMs - acceptedDays * dayMs).toISOString();
  const newest = new Date(nowMs + hourMs).toISOString();
  const rows = new Rows(messages.bytes);
  const indexes: number[] = [];
  const rejected: Rejected[] = [];
  const summary = new Summary();
  const reject = (index: number, raw: Buffer | null, reason: string) => {
    rejected.push({
      partition,
      offset: messages.offset(index),
      acceptedMs: messages.timestamp(index),
      reason,
      raw,
    });
  };
  for (let index = 0; index < messages.length; index++) {
    if (without.doubles?.has(index)) continue;
    const value = messages.value(index);
    const plain = value === null ? undefined : plainEvent(value);
    const checked = plain === undefined ? decodeEvent(value) : { event: plain };
    if ("reasons" in checked) {
      reject(index, value, checked.reasons.join("; "));
      continue;
    }
    const { event } = checked;
    const { received } = event;
    if (received < oldest) reject(index, value, `received: ${received} is more than ${acceptedDays} days ago`);
    else if (received > newest) reject(index, value, `received: ${received} is more than an hour ahead`);
    else if (without.refusal !== undefined) reject(index, value, `PostgreSQL refuses it: ${without.refusal}`);
    else {
      rows.add(plain === undefined ? rowOf(event) : plainRow(event));
      indexes.push(index);
      summary.add(event);
    }
  }
  return { partition, from, next, messages, rows: rows.bytes(), indexes, rejected, summary };
}

/** A chunk again, without some of it. */
export function remake(chunk: Chunk, without: Without): Chunk {
  return makeChunk(chunk, Date.now(), without);
}

/** What a row is unique by. */
export interface RowKey {
  readonly id: string;
  /** The day of `at`, such as `2026-11-29`. */
  readonly day: string;
}

/** The keys of a chunk's rows. */
export function keysOf({ rows }: Chunk): RowKey[] {
  const keys: RowKey[] = [];
  for (let from = 0; from < rows.length; from = rows.indexOf("\n", from) + 1) {
    const [id = "", day = ""] = rows.toString("latin1", from, from + keyLength).split("\t");
    keys.push({ id, day });
  }
  return keys;
}

/** A row begins with its id, and `at` with its day. */
const keyLength = "018f4e3a-7b1c-7d2e-8f3a-4b5c6d7e8f90\t2026-11-29".length;
