import assert from "node:assert/strict";
import { setTimeout as delay } from "node:timers/promises";
import { CompressionTypes } from "kafkajs";

import { startActivity } from "./activityProcess";
import { activityScene, asked, storedEvent as event, type ActivityScene } from "./activityScene";

describe("the store, with a real Kafka and a real PostgreSQL", function () {
  this.timeout(300_000);
  let scene: ActivityScene;

  before(async () => {
    scene = await activityScene("stored", 6);
  });
  after(() => scene?.end());

  it("stores each event once, keeps what it does not know, and says why a message is no event", async () => {
    const now = Date.now();
    const strange = { user: 'ü\t\\ "x"\n', page: "/a\\N\r\n.", plan: { deep: ["\t\\"] }, note: "\\." };
    const good = [event(strange), event({ type: "page_view", button: undefined }), event()];
    const twice = event({ user: "twice" });
    const old = new Date(now - 10 * 86_400_000).toISOString();
    const ahead = new Date(now + 2 * 3_600_000).toISOString();
    const bad: readonly (readonly [string | Buffer | null, RegExp])[] = [
      ["{", /no JSON/],
      [null, /no value/],
      [Buffer.from([0x22, 0xff, 0x22]), /UTF-8/],
      [JSON.stringify(event({ page: "x".repeat(2 ** 21) })), /bytes/],
      ["[".repeat(50_000) + "]".repeat(50_000), /bytes|within one another/],
      [JSON.stringify(event({ seconds: "12" })), /seconds/],
      [JSON.stringify(event({ type: "unheard_of" })), /page_view, button_click, time_on_page/],
      [JSON.stringify(event({ page: "/\0" })), /NUL/],
      [JSON.stringify(event({ received: old, at: old })), /more than 7 days ago/],
      [JSON.stringify(event({ received: ahead, at: ahead })), /an hour ahead/],
    ];
    await scene.sendEvents([...good, twice, twice], { keys: ["a", "b", "c", "one key", "another key"] });
    // A broker takes more than 1 MB in one message where that is compressed.
    for (const [value] of bad) await scene.send([value], { compression: CompressionTypes.GZIP });
    scene.store();
    await scene.until("all messages have an end", async () => {
      return (await scene.count("activity")) === 4 && (await scene.count("rejected")) === bad.length;
    });
    const rows = await scene.ask<{ id: string; user_id: string; page: string; rest: unknown }>(
      "SELECT * FROM activity",
    );
    const stored = rows.find(({ id }) => id === good[0]?.id);
    assert.deepEqual(
      { user: stored?.user_id, page: stored?.page, ...(stored?.rest as object) },
      { user: strange.user, page: strange.page, plan: strange.plan, note: strange.note },
    );
    const rejected = await scene.ask<{ reason: string; raw: Buffer | null }>("SELECT reason, raw FROM rejected");
    for (const [value, reason] of bad) {
      const raw = value === null ? null : Buffer.from(value);
      const kept = rejected.find((one) => (raw === null ? one.raw === null : one.raw?.equals(raw)));
      assert.match(kept?.reason ?? "not kept", reason);
    }
    const clicks = await scene.ask<{ clicks: string }>(
      "SELECT sum(clicks) AS clicks FROM clicks_by_hour WHERE button = 'buy'",
    );
    assert.deepEqual(clicks, [{ clicks: "3" }]);
  });

  it("stores once what a browser sends on two days, and takes what has waited for a week in both places", async () => {
    const dayMs = 86_400_000;
    const midnight = Math.floor(Date.now() / dayMs) * dayMs;
    const times = (at: number, received: number) => ({
      at: new Date(at).toISOString(),
      received: new Date(received).toISOString(),
    });
    const sent = event(times(midnight - 2000, midnight - 1000));
    const again = { ...sent, ...times(midnight - 2000, Date.now()) };
    const late = event(times(Date.now() - 13.9 * dayMs, Date.now() - 6.95 * dayMs));
    const before = await scene.count("activity");
    const sendOne = (one: { readonly received: string }) =>
      scene.sendEvents([one], { keys: ["key"], timestampMs: Date.parse(one.received) });
    await sendOne(sent);
    await sendOne(late);
    await scene.until("both are stored", async () => (await scene.count("activity")) === before + 2);
    await sendOne(again);
    const [store] = scene.stores;
    assert.ok(store);
    await scene.until("the second one is counted as a double, after the one of the test before", async () =>
      (await asked(store, "/metrics")).includes('store_messages_total{outcome="double"} 2\n'),
    );
    const rows = await scene.ask<{ id: string }>(`SELECT id FROM activity WHERE id IN ('${sent.id}', '${late.id}')`);
    assert.deepEqual(rows.map(({ id }) => id).sort(), [sent.id, late.id].sort());
  });

  const minute = (ms: number) => new Date(Math.floor(ms / 60_000) * 60_000).toISOString();
  const reconciled = async (FROM: string, TO: string) => {
    const { ended, log } = startActivity("reconcile", { ...scene.variables, FROM, TO, WAIT_SECONDS: "0" });
    return { code: await ended(), log: log() };
  };

  it("is found whole by the reconciliation, where a message came to Kafka minutes after the collector", async () => {
    const before = await scene.count("rejected");
    const received = Date.now() - 900_000;
    await scene.send(["no event"], { timestampMs: received });
    await scene.until("it is rejected", async () => (await scene.count("rejected")) === before + 1);
    const { code, log } = await reconciled(minute(received), minute(received + 60_000));
    assert.deepEqual([code, log.includes("every event is stored once")], [0, true], log);
  });

  it("loses none and stores none twice when a store is killed, a second one joins, and PostgreSQL crashes", async () => {
    const before = await scene.count("activity");
    const total = 40_000;
    const sent = (async () => {
      for (let at = 0; at < total; at += 1000) {
        await scene.sendEvents(Array.from({ length: 1000 }, () => event({ page: `/${at}` })));
      }
    })();
    await scene.until("the first store is at work", async () => (await scene.count("activity")) > before + 1000);
    const second = scene.store({ BATCH_MIB: "1" });
    await scene.until("the second store has joined", () => second.log().includes("store: has"));
    await scene.stores[0]?.end("SIGKILL");
    await scene.postgres.stop("immediate");
    await delay(500);
    await scene.postgres.start();
    const third = scene.store();
    await sent;
    await scene.until("all are stored", async () => (await scene.count("activity")) >= before + total);
    assert.equal(await scene.count("activity"), before + total);
    assert.deepEqual(
      await scene.ask("SELECT sum(events)::integer AS events FROM activity_hourly"),
      await scene.ask("SELECT count(*)::integer AS events FROM activity"),
    );
    assert.deepEqual(
      await scene.ask("SELECT count(*)::integer AS users FROM active_users"),
      await scene.ask("SELECT count(DISTINCT (date_trunc('hour', received), user_id))::integer AS users FROM activity"),
    );
    // Before that, a signal ends it as any other process.
    await scene.until("the third store is ready", () => third.log().includes("store ready"));
    assert.deepEqual(await Promise.all([second.end("SIGTERM"), third.end("SIGTERM")]), [0, 0]);
  });

  it("is found whole by the reconciliation, which names what is missing", async () => {
    const run = () => reconciled(minute(Date.now() - 600_000), minute(Date.now() + 60_000));
    const whole = await run();
    assert.deepEqual([whole.code, whole.log.includes("every event is stored once")], [0, true], whole.log);
    await scene.ask("DELETE FROM activity WHERE id IN (SELECT id FROM activity WHERE user_id <> 'twice' LIMIT 2)");
    const missing = await run();
    assert.deepEqual(
      [missing.code, missing.log.includes("events are missing, or there twice")],
      [1, true],
      missing.log,
    );
  });
});
