import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { migrationsIn } from "../../../../examples/activity/store/migrate";
import { readSettings } from "../../../../examples/activity/store/settings";

describe("the store's settings", () => {
  const url = "postgres://store:secret@db.example.com:5432/activity";

  it("need only the database's address", () => {
    const { DATABASE_URL, TOPIC, GROUP, RETENTION_DAYS } = readSettings({ DATABASE_URL: url });
    assert.deepEqual([DATABASE_URL, TOPIC, GROUP, RETENTION_DAYS], [url, "user-activity", "activity-store", 30]);
  });

  it("name every fault at once, with its value and rule, and never a password", () => {
    assert.throws(
      () => readSettings({ DATABASE_URL: "mysql://store:secret@db/activity", RETENTION_DAYS: "14", PORT: "http" }),
      {
        message:
          "DATABASE_URL is something else: expected postgres://USER:PASSWORD@HOST:5432/DATABASE\n" +
          'RETENTION_DAYS is "14": expected a whole number from 15 to 3650\n' +
          'PORT is "http": expected a whole number from 0 to 65535\n' +
          "set DATABASE_URL, RETENTION_DAYS, PORT and start again",
      },
    );
    assert.throws(() => readSettings({}), /^Error: DATABASE_URL is not set: expected postgres:/);
  });
});

describe("the store's migrations", () => {
  it("are numbered without a gap", () => {
    const folder = mkdtempSync(join(tmpdir(), "migrations-"));
    try {
      writeFileSync(join(folder, "001_first.sql"), "");
      writeFileSync(join(folder, "003_third.sql"), "");
      assert.throws(() => migrationsIn(folder), /003_third.sql: migrations are numbered 001_, 002_ and so on/);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});
