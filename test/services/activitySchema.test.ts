import assert from "node:assert/strict";
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { repository } from "../../artifacts/repository";
import { withConnection } from "../../examples/activity/store/database";
import { migrate } from "../../examples/activity/store/migrate";
import { activityScene, type ActivityScene } from "./activityScene";

const first = "001_activity.sql";

describe("the store's schema", function () {
  this.timeout(180_000);
  let scene: ActivityScene;
  let folders: string;

  before(async () => {
    scene = await activityScene("schema", 1);
    folders = mkdtempSync(join(tmpdir(), "migrations-"));
  });
  after(async () => {
    await scene?.end();
    if (folders !== undefined) rmSync(folders, { recursive: true });
  });

  /** A program that knows these migrations beside the first; gives how many it applied. */
  const program = (name: string, more: Readonly<Record<string, string>> = {}) => {
    const folder = join(folders, name);
    mkdirSync(folder);
    copyFileSync(join(repository, "examples", "activity", "store", "migrations", first), join(folder, first));
    for (const [file, sql] of Object.entries(more)) writeFileSync(join(folder, file), sql);
    return () => withConnection(scene.variables.DATABASE_URL ?? "", (client) => migrate(client, folder));
  };
  const country = { "002_country.sql": "ALTER TABLE activity ADD COLUMN country text" };

  it("is made, and brought to a newer version, by one of two programs that come at once; rows stay", async () => {
    const [older, newer] = [program("older"), program("newer", country)];
    assert.deepEqual((await Promise.all([older(), older()])).sort(), [0, 1]);
    await scene.ask("INSERT INTO rejected VALUES ('t', 0, 7, now(), 'a reason', NULL)");
    assert.deepEqual((await Promise.all([newer(), newer()])).sort(), [0, 1]);
    assert.deepEqual(await scene.ask('SELECT "offset" FROM rejected'), [{ offset: "7" }]);
    assert.deepEqual(await scene.ask("SELECT country FROM activity"), []);
    await assert.rejects(
      older(),
      /schema version 2, and this program knows versions up to 1: deploy the newer program/,
    );
  });

  it("drops the days that are too old, in whatever order the planner looks at tables", async () => {
    await withConnection(scene.variables.DATABASE_URL ?? "", async (client) => {
      await client.query("SELECT activity_make_days('2026-01-01', '2026-01-04')");
      const drop = async (before: string): Promise<unknown> =>
        (await client.query("SELECT activity_drop_days($1) AS dropped", [before])).rows;
      assert.deepEqual(await drop("2026-01-02"), [{ dropped: 1 }]);
      // Then the names of all tables are compared, not those of partitions alone.
      await client.query("SET enable_nestloop = off");
      assert.deepEqual(await drop("2026-01-04"), [{ dropped: 2 }]);
      assert.deepEqual(await drop("2026-02-01"), [{ dropped: 1 }]);
    });
  });

  it("stays as it was when a migration fails", async () => {
    const broken = program("broken", {
      ...country,
      "003_a.sql": "CREATE TABLE a ()",
      "004_b.sql": "CREATE TABEL b ()",
    });
    await assert.rejects(broken(), /syntax error/);
    assert.deepEqual(await scene.ask("SELECT max(version) AS version, to_regclass('a') AS a FROM schema_version"), [
      { version: 2, a: null },
    ]);
  });

  it("that is newer ends the store with one clear error, and so does a database that is not there", async () => {
    const older = scene.store();
    const lost = scene.store({ DATABASE_URL: `${scene.variables.DATABASE_URL}-of-nobody` });
    assert.deepEqual(await Promise.all([older.ended(), lost.ended()]), [1, 1]);
    assert.equal(
      older.log(),
      "the database has schema version 2, and this program knows versions up to 1: " +
        "deploy the newer program, or set DATABASE_URL to another database\n",
    );
    assert.match(lost.log(), /^DATABASE_URL: database "schema-of-nobody" does not exist; change the address.*\n$/);
  });
});
