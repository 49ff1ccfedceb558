/** What PostgreSQL gets of a run of messages of one partition. Pure, and the costliest part of the store. */
import { limits, type ActivityEvent } from "../events/event";
import { decodeEvent } from "../events/message";
import { Packed, type Message } from "./packed";
import { plainEvent } from "./plainEvent";
import { Summary } from "./summary";

/** A run of messages: offsets `from` to `next`, without the latter. */
export interface Run {
  readonly partition: number;
  readonly from: number;
  readonly next: number;
  readonly messages: readonly Message[];
}

/** A message that is no event, and why. */
export interface Rejected {
  readonly partition: number;
  readonly offset: string;
  readonly acceptedMs: number;
  readonly reason: string;
  readonly raw: Buffer | null;
}

/** What is stored of a run. */
export interface Chunk extends Omit<Run, "messages"> {
  readonly packed: Packed;
  /** Rows in the text format of COPY, with the columns {@link copyColumns}. */
  readonly rows: Buffer;
  /** The index of each row's message. */
  readonly indexes: readonly number[];
  readonly rejected: readonly Rejected[];
  readonly summary: Summary;
}

/** The columns of a row, in its order. */
export const copyColumns = "id, at, received, seconds, type, user_id, session, page, button, referrer, rest";

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
  let rows = "";
  const indexes: number[] = [];
  const rejected: Rejected[] = [];
  const summary = new Summary();
  const reject = ({ offset, timestamp, value: raw }: Message, reason: string) => {
    rejected.push({ partition, offset, acceptedMs: Number(timestamp), reason, raw });
  };
  for (let index = 0; index < messages.length; index++) {
    const message = messages[index] as Message;
    const { value } = message;
    if (without.doubles?.has(index)) continue;
    const plain = value === null ? undefined : plainEvent(value);
    const checked = plain === undefined ? decodeEvent(value) : { event: plain };
    if ("reasons" in checked) {
      reject(message, checked.reasons.join("; "));
      continue;
    }
    const { event } = checked;
    const { received } = event;
    if (received < oldest) reject(message, `received: ${received} is more than ${acceptedDays} days ago`);
    else if (received > newest) reject(message, `received: ${received} is more than an hour ahead`);
    else if (without.refusal !== undefined) reject(message, `PostgreSQL refuses it: ${without.refusal}`);
    else {
      rows += plain === undefined ? row(event, escaped) : row(event, asIs);
      indexes.push(index);
      summary.add(event);
    }
  }
  return { partition, from, next, packed: new Packed(messages), rows: Buffer.from(rows), indexes, rejected, summary };
}

/** A chunk again, without some of it. */
export function remake({ partition, from, next, packed }: Chunk, without: Without): Chunk {
  return makeChunk({ partition, from, next, messages: packed.unpack() }, Date.now(), without);
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

function row(event: ActivityEvent, text: (value: string) => string): string {
  const { id, received, at, seconds, type, user, session, page, button, referrer } = event;
  let others: Record<string, unknown> | undefined;
  for (const name in event) if (!columns.has(name)) (others ??= {})[name] = event[name];
  return (
    `${id}\t${inMicroseconds(at)}\t${received}\t${seconds ?? absent}\t${type}\t${text(user)}\t${text(session)}\t${text(page)}\t` +
    `${button === undefined ? absent : text(button)}\t${referrer === undefined ? absent : text(referrer)}\t` +
    `${others === undefined ? absent : text(JSON.stringify(others))}\n`
  );
}

/** PostgreSQL would round what is finer, and so to another day at midnight. */
function inMicroseconds(time: string): string {
  return time.length <= longestTime ? time : `${time.slice(0, longestTime - 1)}Z`;
}

const longestTime = "2026-11-29T12:00:00.000000Z".length;

/** Fields that have a column of their own. */
const columns: ReadonlySet<string> = new Set(
  "id received at seconds type user session page button referrer".split(" "),
);
/** NULL in the text format of COPY. */
const absent = "\\N";
const asIs = (value: string): string => value;
const escapes: Readonly<Record<string, string>> = { "\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r" };
const escaped = (value: string): string => value.replace(/[\\\t\n\r]/g, (found) => escapes[found] as string);
