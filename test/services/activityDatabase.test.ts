import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { setTimeout as delay } from "node:timers/promises";

import { ask, postgresUser } from "./postgres";
import { smallDisk } from "./smallDisk";
import { activityScene, asked, storedEvent, type ActivityScene } from "./activityScene";

const events = (count: number, more: Readonly<Record<string, unknown>> = {}) =>
  Array.from({ length: count }, () => storedEvent(more));

describe("the store waits for a database that", function () {
  this.timeout(240_000);
  let scene: ActivityScene;

  afterEach(() => scene?.end());

  /** Each event is stored once, and counted once. */
  const assertStored = async (count: number) => {
    await scene.until(`${count} events are stored`, async () => (await scene.count("activity")) >= count);
    const [counted] = await scene.ask("SELECT sum(events)::integer AS events FROM activity_hourly");
    assert.deepEqual([await scene.count("activity"), counted], [count, { events: count }]);
  };

  it("is full, until it has room", async () => {
    scene = await activityScene("full", 2);
    const { postgres, topic } = scene;
    const disk = smallDisk(6, postgresUser);
    try {
      await ask(postgres.url, `CREATE TABLESPACE small LOCATION '${disk.folder}'`);
      await ask(postgres.url, `ALTER DATABASE "${topic}" SET default_tablespace = small`);
      const store = scene.store({ BATCH_MIB: "1" });
      for (let batch = 0; batch < 10; batch++) {
        await scene.sendEvents(events(40, { noise: randomBytes(12_000).toString("base64") }));
      }
      await scene.until("the disk is full", () => store.log().includes("No space left on device"));
      assert.ok((await scene.count("activity")) < 400);
      assert.match(await asked(store, "/healthz"), /"ok":true,.*"reason":"could not extend file .*No space left/);
      assert.match(await asked(store, "/metrics"), /^store_database_up 0$/m);
      disk.resize(64);
      await assertStored(400);
      assert.match(store.log(), /PostgreSQL is back after/);
      assert.match(await asked(store, "/metrics"), /^store_database_up 1$/m);
    } finally {
      await scene.end();
      await ask(postgres.url, "DROP TABLESPACE IF EXISTS small");
      disk.remove();
    }
  });

  it("has become read-only, as a failover's old primary, also over midnight and at a start", async () => {
    scene = await activityScene("readonly", 2);
    const { postgres, topic } = scene;
    const store = scene.store();
    await scene.sendEvents(events(100));
    await assertStored(100);
    // As at midnight, when there is a day to be made.
    const [newest] = await scene.ask<{ day: string }>(
      String.raw`SELECT max(substr(relname, 10)) AS day FROM pg_class WHERE relname ~ '^activity_\d{8}$'`,
    );
    await scene.ask(`DROP TABLE activity_${newest?.day}, active_users_${newest?.day}`);
    await ask(postgres.url, `ALTER DATABASE "${topic}" SET default_transaction_read_only = on`);
    const connections = `FROM pg_stat_activity WHERE datname = '${topic}' AND application_name = 'activity-store'`;
    await ask(postgres.url, `SELECT pg_terminate_backend(pid) ${connections}`);
    const late = scene.store();
    await scene.sendEvents(events(100));
    for (const { log } of [store, late]) {
      await scene.until("it waits", () => /PostgreSQL: .* in a read-only transaction; what is not stored/.test(log()));
    }
    // Some tries more.
    await delay(3000);
    const [open] = await ask<{ count: number }>(postgres.url, `SELECT count(*)::integer AS count ${connections}`);
    assert.ok(Number(open?.count) <= scene.stores.length, `${open?.count} connections`);
    await ask(postgres.url, `ALTER DATABASE "${topic}" RESET default_transaction_read_only`);
    await assertStored(200);
    await scene.until("the other one is ready too", () => late.log().includes("store ready"));
  });

  it("is away for many session timeouts: nobody leaves the group, though a member dies meanwhile", async () => {
    scene = await activityScene("away", 4);
    const { kafka, postgres, topic } = scene;
    const { kafkajs } = kafka.clientProperties;
    const sessionMs = 6000;
    const consumer = { ...kafkajs.consumer, sessionTimeout: sessionMs, heartbeatInterval: 500 };
    const outputs = { ...kafka, clientProperties: { kafkajs: { ...kafkajs, consumer } } };
    const variables = { STACK_OUTPUTS: JSON.stringify(outputs), QUEUE_MIB: "1", BATCH_MIB: "1", GROUP: topic };
    // Both at once, on a database without a schema.
    const [store, other] = [scene.store(variables), scene.store(variables)];
    const group = async () => {
      const { groups } = await kafka.admin((admin) => admin.describeGroups([topic]));
      return groups.flatMap(({ state, members }) => [state, ...members.map(({ memberId }) => memberId)]);
    };
    await scene.until(
      "both are in the group",
      async () => (await group()).length === 3 && (await group())[0] === "Stable",
    );
    const migrations = [store, other].map(({ log }) => log().includes("1 migrations applied"));
    assert.deepEqual(migrations.sort(), [false, true]);
    await scene.sendEvents(events(100));
    await assertStored(100);
    await postgres.stop("immediate");
    try {
      for (let batch = 0; batch < 4; batch++) await scene.sendEvents(events(250, { more: "x".repeat(4000) }));
      await other.end("SIGKILL");
      let members: string[] = [];
      await scene.until("the group has one member", async () => {
        members = await group();
        return members.length === 2 && members[0] === "Stable";
      });
      await delay(3 * sessionMs);
      assert.deepEqual(await group(), members);
      assert.match(await asked(store, "/healthz"), /"waitsSeconds":\d+.*ECONNREFUSED/);
      const queued = /^store_queue_bytes (\d+)$/m.exec(await asked(store, "/metrics"))?.[1];
      assert.ok(Number(queued) < 2 * 2 ** 20 + 2 ** 20, `${queued} bytes wait`);
    } finally {
      await postgres.start();
    }
    await assertStored(1100);
    assert.equal((await group())[0], "Stable");
  });
});
