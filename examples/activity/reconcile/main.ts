/** Says, minute by minute, whether each accepted event is in Kafka and stored once. Ends with 1 when not. */
import { writeFileSync } from "node:fs";
import { setTimeout as delay } from "node:timers/promises";
import type { KafkaMessage } from "kafkajs";
import { Client } from "pg";
import { readStackOutputs } from "../cluster/outputs";
import { readSince } from "../cluster/reader";
import { limits } from "../events/event";
import { acceptedHeader } from "../events/message";
import { isWhole, minuteOf, reconcile, type Seen, type Sides } from "./minutes";
import { pageOf } from "./page";
import { readSettings } from "./settings";

const deadlineMs = 600_000;
const hourMs = 3_600_000;
const uuid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

async function main(): Promise<void> {
  const settings = readSettings(process.env);
  const { DATABASE_URL, FROM: fromMs, TO: toMs, COLLECTORS, TOPIC, PAGE, WAIT_SECONDS } = settings;
  const seen: Seen[] = [];
  await readSince(readStackOutputs(process.env), TOPIC, { fromMs, deadlineMs }, (partition, message) => {
    const ms = receivedMs(message);
    if (ms >= fromMs && ms < toMs) seen.push({ ms, place: `${partition}:${message.offset}`, id: idOf(message.value) });
  });
  const accepted = COLLECTORS === undefined ? undefined : await acceptedBy(COLLECTORS, fromMs, toMs);
  // The store may be some seconds behind.
  for (const end = Date.now() + WAIT_SECONDS * 1000; ; await delay(1000)) {
    const minutes = reconcile({ accepted, seen, ...(await inDatabase(DATABASE_URL, TOPIC, seen, fromMs, toMs)) });
    if (!isWhole(minutes) && Date.now() < end) continue;
    if (PAGE !== undefined) writeFileSync(PAGE, pageOf(minutes));
    console.table(minutes);
    console.log(isWhole(minutes) ? "every event is stored once" : "events are missing, or there twice");
    process.exit(isWhole(minutes) ? 0 : 1);
  }
}

/** When the collector received it. The message's own time is the broker's, where the topic has `LogAppendTime`. */
function receivedMs({ headers, timestamp }: KafkaMessage): number {
  return Number(headers?.[acceptedHeader]?.toString() ?? timestamp);
}

function idOf(value: Buffer | null): string | undefined {
  try {
    return String((JSON.parse(value?.toString() ?? "") as { id?: unknown }).id).toLowerCase();
  } catch {
    return undefined;
  }
}

async function acceptedBy(collectors: readonly string[], fromMs: number, toMs: number): Promise<Map<string, number>> {
  const accepted = new Map<string, number>();
  for (const collector of collectors) {
    const url = new URL("/accepted", collector);
    url.searchParams.set("from", minuteOf(fromMs));
    url.searchParams.set("to", minuteOf(toMs));
    const answer = await fetch(url, { signal: AbortSignal.timeout(30_000) });
    if (!answer.ok) throw new Error(`${url}: ${answer.status} ${await answer.text()}`);
    const { minutes } = (await answer.json()) as {
      minutes: { minute: string; acknowledged: number; spooled: number }[];
    };
    for (const { minute, acknowledged, spooled } of minutes) {
      accepted.set(minute, (accepted.get(minute) ?? 0) + acknowledged + spooled);
    }
  }
  return accepted;
}

async function inDatabase(
  url: string,
  topic: string,
  seen: readonly Seen[],
  fromMs: number,
  toMs: number,
): Promise<Pick<Sides, "stored" | "storedElsewhere" | "rejected">> {
  const client = new Client({ connectionString: url, connectionTimeoutMillis: 10_000, query_timeout: deadlineMs });
  await client.connect();
  try {
    const period = [new Date(fromMs), new Date(toMs)];
    // The partitions that such events may be in.
    const days = [new Date(fromMs - limits.lateDays * 24 * hourMs), new Date(toMs + limits.aheadHours * hourMs)];
    const stored = await client.query<{ minute: string; id: string }>(
      `SELECT to_char(received AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI"Z"') AS minute, id FROM activity ` +
        "WHERE received >= $1 AND received < $2 AND at >= $3 AND at <= $4",
      [...period, ...days],
    );
    const here = new Set(stored.rows.map(({ id }) => id));
    const others = seen.flatMap(({ id }) => (id !== undefined && uuid.test(id) && !here.has(id) ? [id] : []));
    const elsewhere = await client.query<{ id: string }>(
      "SELECT id FROM activity WHERE id = ANY($1::uuid[]) AND at >= $2 AND at <= $3",
      [others, ...days],
    );
    // Their time is the topic's, which may be the broker's: later than that of the collector.
    const rejected = await client.query<{ place: string }>(
      `SELECT partition || ':' || "offset" AS place FROM rejected WHERE topic = $2 AND accepted >= $1`,
      [new Date(fromMs), topic],
    );
    const storedElsewhere = new Set(elsewhere.rows.map(({ id }) => id));
    return { stored: stored.rows, storedElsewhere, rejected: new Set(rejected.rows.map(({ place }) => place)) };
  } finally {
    await client.end();
  }
}

main().catch((error: Error) => {
  console.error(error.message);
  process.exit(2);
});
