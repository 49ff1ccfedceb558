/** What is in the example's database. */
import { Client, type QueryResultRow } from "pg";
import { setTimeout as pause } from "node:timers/promises";
import { Beat } from "./beat";
import { visitorsSession } from "./visitors";

const lookMs = 200;
const answerMs = 60_000;

/** Asks the database by a connection of its own. Rejects while it is away. */
async function ask<Row extends QueryResultRow>(url: string, sql: string, values: readonly unknown[]): Promise<Row[]> {
  const client = new Client({ connectionString: url, connectionTimeoutMillis: 5_000, query_timeout: answerMs });
  client.on("error", () => undefined);
  await client.connect();
  try {
    return (await client.query<Row>(sql, [...values])).rows;
  } finally {
    await client.end();
  }
}

/** The partitions of `activity` that events may be in that were received since $1. */
const since = "received >= $1 AND at >= $1::timestamptz - interval '7 days'";

/** The number of rows of the visitors' events, and of rejected messages, that came since a time. */
export async function countRows(
  url: string,
  from: Date,
): Promise<{ readonly stored: number; readonly rejected: number }> {
  const [row] = await ask<{ stored: string; rejected: string }>(
    url,
    `SELECT (SELECT count(*) FROM activity WHERE ${since} AND session = $2) AS stored, ` +
      "(SELECT count(*) FROM rejected WHERE accepted >= $1) AS rejected",
    [from, visitorsSession],
  );
  return { stored: Number(row?.stored), rejected: Number(row?.rejected) };
}

/** Rows of a minute of receipt. */
export interface MinuteOfRows extends QueryResultRow {
  /** Such as `2026-11-29T12:05Z`. */
  readonly minute: string;
  readonly stored: number;
  readonly rejected: number;
}

/** Rows by minute of receipt, since a time. */
export function rowsByMinute(url: string, from: Date): Promise<MinuteOfRows[]> {
  const minute = (column: string) => `to_char(${column} AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI"Z"') AS minute`;
  return ask(
    url,
    "SELECT minute, sum(stored)::integer AS stored, sum(rejected)::integer AS rejected FROM (" +
      `SELECT ${minute("received")}, count(*) AS stored, 0 AS rejected FROM activity WHERE ${since} GROUP BY 1 ` +
      `UNION ALL SELECT ${minute("accepted")}, 0, count(*) FROM rejected WHERE accepted >= $1 GROUP BY 1` +
      ") AS both_kinds GROUP BY minute ORDER BY minute DESC",
    [from],
  );
}

/** The last ten events that came since a time, as they are stored. */
export function lastRows(url: string, from: Date): Promise<QueryResultRow[]> {
  return ask(
    url,
    `SELECT received, type, page, button, seconds, user_id FROM activity WHERE ${since} ORDER BY received DESC LIMIT 10`,
    [from],
  );
}

/** Watches how rows come, by the counts that the store keeps in the transaction that stores them; until `end`. */
export class RowWatch {
  readonly rows = new Beat(1_000);
  private hasEnded = false;
  private readonly watching: Promise<void>;

  constructor(url: string) {
    this.watching = this.watch(url);
  }

  async end(): Promise<void> {
    this.hasEnded = true;
    await this.watching;
    this.rows.end();
  }

  private async watch(url: string): Promise<void> {
    let last = 0;
    while (!this.hasEnded) {
      const client = new Client({ connectionString: url, connectionTimeoutMillis: 5_000, query_timeout: answerMs });
      client.on("error", () => undefined);
      try {
        await client.connect();
        while (!this.hasEnded) {
          const { rows } = await client.query<{ events: string | null }>(
            "SELECT sum(events) AS events FROM activity_hourly",
          );
          const events = Number(rows[0]?.events);
          if (events > last) this.rows.tick();
          last = events;
          await pause(lookMs);
        }
      } catch {
        // The database is away: looked at again.
        await pause(lookMs);
      } finally {
        await client.end().catch(() => undefined);
      }
    }
  }
}
