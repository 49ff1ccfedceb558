/**
 * Measures how long the store's views take for a day of events. They read counts, whose number depends on the pages,
 * buttons and users, not on the events. Usage: npx tsx test/services/viewTimes.ts [--users N an hour] [--pages N]
 */
import { parseArgs } from "node:util";

import { makeDays, withConnection } from "../../examples/activity/store/database";
import { migrate } from "../../examples/activity/store/migrate";
import { startPostgres } from "./postgres";

const { values } = parseArgs({
  options: {
    users: { type: "string", default: "100000" },
    pages: { type: "string", default: "3400" },
    // Processes, each with counts of its own.
    slots: { type: "string", default: "6" },
    days: { type: "string", default: "3" },
  },
});

/** Yesterday, by hours: views are asked for a day of several. */
const hours = "hour >= current_date - 1 AND hour < current_date";
const questions = {
  "active users by hour": `SELECT * FROM active_users_by_hour WHERE ${hours} ORDER BY hour`,
  "time on page, the 100 longest": `SELECT page, sum(seconds) / sum(visits) AS average FROM time_on_page_by_hour
    WHERE ${hours} GROUP BY page ORDER BY average DESC LIMIT 100`,
  "time on one page by hour": `SELECT * FROM time_on_page_by_hour WHERE ${hours} AND page = '/page-7' ORDER BY hour`,
  "clicks by button": `SELECT page, button, sum(clicks) AS clicks FROM clicks_by_hour WHERE ${hours}
    GROUP BY page, button ORDER BY clicks DESC LIMIT 100`,
};

async function main(): Promise<void> {
  const postgres = await startPostgres({ shared_buffers: "512MB", TimeZone: "UTC" });
  try {
    await withConnection(postgres.url, async (client) => {
      await migrate(client);
      await makeDays(client);
      await client.query(
        `INSERT INTO active_users SELECT hour, 'u-' || (random() * 1e6)::integer
         FROM generate_series(current_date - ${values.days}::integer, current_date - interval '1 hour', '1 hour') AS hour,
         generate_series(1, $1::integer) ON CONFLICT DO NOTHING`,
        [values.users],
      );
      await client.query(
        `INSERT INTO activity_hourly
         SELECT hour, type, '/page-' || page, CASE type WHEN 'button_click' THEN 'button-' || page % 8 ELSE '' END,
           slot, 1 + page % 50, CASE type WHEN 'time_on_page' THEN page % 300 ELSE 0 END
         FROM generate_series(current_date - ${values.days}::integer, current_date - interval '1 hour', '1 hour') AS hour,
           unnest('{page_view,button_click,time_on_page}'::text[]) AS type,
           generate_series(1, $1::integer) AS page, generate_series(1, $2::integer) AS slot`,
        [values.pages, values.slots],
      );
      await client.query("VACUUM ANALYZE");
      for (const table of ["active_users", "activity_hourly"]) {
        const { rows } = await client.query<{ count: string }>(`SELECT count(*) FROM ${table} WHERE ${hours}`);
        console.log(`${table}: ${rows[0]?.count} rows a day, ${values.days} days`);
      }
      for (const [question, sql] of Object.entries(questions)) {
        const explained: string[] = [];
        for (let time = 0; time < 3; time++) {
          const { rows } = await client.query<{ "QUERY PLAN": string }>(`EXPLAIN (ANALYZE, BUFFERS) ${sql}`);
          explained.splice(0, Infinity, ...rows.map((row) => row["QUERY PLAN"]));
          console.log(`${question}: ${explained.at(-1)}`);
        }
        console.log(explained.join("\n"));
      }
    });
  } finally {
    await postgres.remove();
  }
}

main().then(
  () => process.exit(0),
  (error: Error) => {
    console.error(error);
    process.exit(1);
  },
);
