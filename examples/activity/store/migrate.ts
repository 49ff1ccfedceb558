import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import type { ClientBase } from "pg";

/** Any number: processes that migrate at the same time wait for one another by it. */
const migrationLock = 7_364_201;

/** The migrations of a folder, in order: `001_name.sql` is version 1. */
export function migrationsIn(folder: string): { readonly version: number; readonly name: string }[] {
  const found = readdirSync(folder).filter((name) => name.endsWith(".sql"));
  const migrations = found.sort().map((name) => ({ version: Number.parseInt(name, 10), name }));
  const misnamed = migrations.find(({ version }, index) => version !== index + 1);
  if (misnamed === undefined) return migrations;
  throw new Error(`${misnamed.name}: migrations are numbered 001_, 002_ and so on, without a gap`);
}

/**
 * Brings the schema to the version of this program, in one transaction, and gives the number of migrations that were
 * applied. Throws when the database has a newer one.
 */
export async function migrate(client: ClientBase, folder = join(__dirname, "migrations")): Promise<number> {
  const migrations = migrationsIn(folder);
  await client.query("BEGIN");
  try {
    await client.query("SELECT pg_advisory_xact_lock($1)", [migrationLock]);
    await client.query(
      "CREATE TABLE IF NOT EXISTS schema_version " +
        "(version integer PRIMARY KEY, name text NOT NULL, applied timestamptz NOT NULL DEFAULT now())",
    );
    const { rows } = await client.query<{ newest: number }>(
      "SELECT coalesce(max(version), 0) AS newest FROM schema_version",
    );
    const newest = rows[0]?.newest ?? 0;
    if (newest > migrations.length) throw new NewerSchema(newest, migrations.length);
    const missing = migrations.slice(newest);
    for (const { version, name } of missing) {
      await client.query(readFileSync(join(folder, name), "utf8"));
      await client.query("INSERT INTO schema_version (version, name) VALUES ($1, $2)", [version, name]);
    }
    await client.query("COMMIT");
    return missing.length;
  } catch (error) {
    await client.query("ROLLBACK");
    throw error;
  }
}

/** The database was migrated by a newer program. */
export class NewerSchema extends Error {
  constructor(theirs: number, ours: number) {
    super(
      `the database has schema version ${theirs}, and this program knows versions up to ${ours}: ` +
        "deploy the newer program, or set DATABASE_URL to another database",
    );
  }
}
