/** One transaction: events, counts, rejected messages and offsets, or nothing. */
import { pipeline } from "node:stream/promises";
import { Readable } from "node:stream";
import type { ClientBase } from "pg";
import { from as copyFrom } from "pg-copy-streams";
import { keysOf, remake, type Chunk } from "./chunk";
import { lockOffsets, moveOffsets, type Group } from "./offsets";
import { copyColumns } from "./row";
import { Summary } from "./summary";

/** What a transaction did. */
export interface Loaded {
  readonly stored: number;
  readonly rejected: number;
  readonly doubles: number;
  /** Where each partition goes on. */
  readonly next: ReadonlyMap<number, number>;
  /** Partitions whose offset another process has moved: nothing of theirs was stored. */
  readonly moved: readonly number[];
  /** Who is known to be in `active_users` now, by hour. */
  readonly users: readonly HourOfUsers[];
}

/** How to store a batch. */
export interface LoadOptions extends Group {
  /** Asks for doubles before they are sent, instead of after PostgreSQL has found one. */
  readonly askFirst: boolean;
  /** Rows of `activity_hourly` that no other process changes at the same time. */
  readonly slot: number;
  /** Who is in `active_users` already, by hour. */
  readonly knownUsers: ReadonlyMap<string, ReadonlySet<string>>;
}

/** Users of an hour. */
export interface HourOfUsers {
  readonly hour: string;
  readonly users: readonly string[];
}

/**
 * Stores chunks of several partitions, each partition's in order. A chunk counts only if it begins where its partition
 * goes on by the database, whose row is locked until the end: what a process stores that has lost the partition
 * without knowing, or after a COMMIT whose answer was lost, is stored once. Throws what PostgreSQL says; the
 * connection has to be closed then.
 */
export async function load(client: ClientBase, chunks: readonly Chunk[], options: LoadOptions): Promise<Loaded> {
  await client.query("BEGIN");
  const partitions = [...new Set(chunks.map(({ partition }) => partition))];
  const offsets = await lockOffsets(client, options, partitions);
  const { taken, next, moved } = inOrder(chunks, offsets);
  const kept = options.askFirst ? await withoutDoubles(client, taken) : taken;
  const summary = new Summary();
  for (const chunk of kept) summary.merge(chunk.summary);
  const users = summary.users().map(({ hour, users }) => {
    const known = options.knownUsers.get(hour);
    return { hour, users: [...users].filter((user) => !known?.has(user)).sort() };
  });
  await copyRows(client, kept);
  await addCounts(client, summary, options.slot);
  await addUsers(client, users);
  await addRejected(client, kept, options.topic);
  await moveOffsets(client, options, next);
  await client.query("COMMIT");
  const sum = (list: readonly Chunk[], size: (chunk: Chunk) => number) => list.reduce((all, one) => all + size(one), 0);
  const stored = sum(kept, ({ indexes }) => indexes.length);
  return {
    stored,
    rejected: sum(kept, ({ rejected }) => rejected.length),
    doubles: sum(taken, ({ indexes }) => indexes.length) - stored,
    next,
    moved,
    users,
  };
}

/** The chunks that are to be stored, by what the database says of their partitions. */
export function inOrder(
  chunks: readonly Chunk[],
  offsets: ReadonlyMap<number, number>,
): { readonly taken: readonly Chunk[]; readonly next: Map<number, number>; readonly moved: readonly number[] } {
  const next = new Map(offsets);
  const moved = new Set<number>();
  const taken = chunks.filter((chunk) => {
    const expected = next.get(chunk.partition);
    // Stored already: the answer to its COMMIT was lost.
    if (expected !== undefined && chunk.next <= expected && !moved.has(chunk.partition)) return false;
    if (expected !== chunk.from) moved.add(chunk.partition);
    if (moved.has(chunk.partition)) return false;
    next.set(chunk.partition, chunk.next);
    return true;
  });
  return { taken, next, moved: [...moved] };
}

/** The chunks without the events that are in the database, or twice among them. */
async function withoutDoubles(client: ClientBase, chunks: readonly Chunk[]): Promise<readonly Chunk[]> {
  const asked = new Map<string, string[]>();
  for (const { id, day } of chunks.flatMap(keysOf)) {
    const ids = asked.get(day);
    if (ids === undefined) asked.set(day, [id]);
    else ids.push(id);
  }
  const seen = new Set<string>();
  for (const [day, ids] of asked) {
    // The day names the partition that is looked into.
    const { rows } = await client.query<{ id: string }>(
      "SELECT id FROM unnest($1::uuid[]) AS ask (id) WHERE EXISTS (SELECT FROM activity WHERE activity.id = ask.id " +
        "AND at >= $2::timestamptz AND at < $2::timestamptz + interval '24 hours')",
      [ids, `${day} 00:00Z`],
    );
    for (const { id } of rows) seen.add(id + day);
  }
  return chunks.map((chunk) => {
    const doubles = new Set<number>();
    for (const [position, { id, day }] of keysOf(chunk).entries()) {
      if (seen.has(id + day)) doubles.add(chunk.indexes[position] as number);
      seen.add(id + day);
    }
    return doubles.size === 0 ? chunk : remake(chunk, { doubles });
  });
}

async function copyRows(client: ClientBase, chunks: readonly Chunk[]): Promise<void> {
  const buffers = chunks.map(({ rows }) => rows).filter(({ length }) => length > 0);
  if (buffers.length === 0) return;
  const copy = client.query(copyFrom(`COPY activity (${copyColumns}) FROM STDIN`));
  await pipeline(Readable.from(buffers), copy);
}

async function addCounts(client: ClientBase, summary: Summary, slot: number): Promise<void> {
  const counts = summary.counts();
  if (counts.length === 0) return;
  await client.query(
    "INSERT INTO activity_hourly AS known (hour, type, page, button, slot, events, seconds) " +
      "SELECT hour, type, page, button, $1, events, seconds FROM unnest" +
      "($2::timestamptz[], $3::text[], $4::text[], $5::text[], $6::bigint[], $7::double precision[]) " +
      "AS new (hour, type, page, button, events, seconds) ON CONFLICT (hour, type, page, button, slot) " +
      "DO UPDATE SET events = known.events + excluded.events, seconds = known.seconds + excluded.seconds",
    [
      slot,
      counts.map(({ hour }) => `${hour}:00Z`),
      counts.map(({ type }) => type),
      counts.map(({ page }) => page),
      counts.map(({ button }) => button),
      counts.map(({ events }) => events),
      counts.map(({ seconds }) => seconds),
    ],
  );
}

async function addUsers(client: ClientBase, hours: readonly HourOfUsers[]): Promise<void> {
  for (const { hour, users } of hours) {
    if (users.length === 0) continue;
    await client.query(
      "INSERT INTO active_users (hour, user_id) SELECT $1, * FROM unnest($2::text[]) ON CONFLICT DO NOTHING",
      [`${hour}:00Z`, users],
    );
  }
}

async function addRejected(client: ClientBase, chunks: readonly Chunk[], topic: string): Promise<void> {
  const rejected = chunks.flatMap((chunk) => chunk.rejected);
  if (rejected.length === 0) return;
  await client.query(
    'INSERT INTO rejected (topic, partition, "offset", accepted, reason, raw) SELECT $1, partition, "offset", ' +
      "to_timestamp(ms / 1000), reason, raw FROM unnest" +
      "($2::integer[], $3::bigint[], $4::double precision[], $5::text[], $6::bytea[]) " +
      'AS new (partition, "offset", ms, reason, raw)',
    [
      topic,
      rejected.map(({ partition }) => partition),
      rejected.map(({ offset }) => offset),
      rejected.map((one) => one.acceptedMs),
      // The reason may quote what the message has.
      rejected.map(({ reason }) => reason.replaceAll("\0", "\uFFFD")),
      rejected.map(({ raw }) => raw),
    ],
  );
}
