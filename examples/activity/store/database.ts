import { Socket } from "node:net";
import { Client, type ClientBase } from "pg";
import { oldestDays } from "./chunk";

/** A connection, and how to end it at once, whatever it waits for. */
export interface Connection {
  readonly client: Client;
  readonly cut: (reason?: Error) => void;
}

const connectMs = 10_000;
/** Days whose partitions are made before their time: `at` may be 25 hours ahead. */
const aheadDays = 3;

/**
 * Connects. The server ends what waits long for a lock, or holds locks and says nothing.
 * @param prepare what the connection needs before it is of use
 */
export async function connect(
  url: string,
  prepare: (client: Client) => Promise<void> = () => Promise.resolve(),
): Promise<Connection> {
  const socket = new Socket();
  const client = new Client({
    connectionString: url,
    application_name: "activity-store",
    connectionTimeoutMillis: connectMs,
    keepAlive: true,
    lock_timeout: 30_000,
    idle_in_transaction_session_timeout: 60_000,
    stream: () => socket,
  });
  // Whatever is asked of a connection that is lost fails with the reason.
  client.on("error", () => undefined);
  const cut = (reason?: Error) => socket.destroy(reason);
  try {
    await client.connect();
    await prepare(client);
  } catch (error) {
    // A server that refuses for hours would have one more connection from each try.
    cut();
    throw error;
  }
  return { client, cut };
}

/** Does something on a connection of its own. */
export async function withConnection<T>(url: string, work: (client: Client) => Promise<T>): Promise<T> {
  const { client, cut } = await connect(url);
  try {
    return await work(client);
  } finally {
    // A server that is frozen would not say good-bye.
    setTimeout(cut, connectMs).unref();
    await client.end().catch(() => undefined);
  }
}

/** By the database's clock, which all processes share: none makes a day again that another one has dropped. */
const today = "(now() AT TIME ZONE 'UTC')::date";

/** Makes the partitions of all days that `at` may be of. */
export async function makeDays(client: ClientBase): Promise<void> {
  const days = [oldestDays, aheadDays];
  await client.query(`SELECT activity_make_days(${today} - $1::integer, ${today} + $2::integer)`, days);
}

/**
 * Drops the days that are older than these, and gives their number. They have to be more than {@link oldestDays}: what
 * is dropped must not come again.
 */
export async function dropDays(client: ClientBase, retentionDays: number): Promise<number> {
  const { rows } = await client.query<{ dropped: number }>(
    `SELECT activity_drop_days(${today} - $1::integer) AS dropped`,
    [retentionDays],
  );
  return rows[0]?.dropped ?? 0;
}
