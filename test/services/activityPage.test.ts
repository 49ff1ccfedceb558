import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { startBrowser, type Browser } from "./browser";
import { freePort } from "../../ops/freePort";
import { startActivity } from "./activityProcess";
import { activityScene, type ActivityScene } from "./activityScene";

interface Sent {
  readonly id: string;
  readonly type: string;
  readonly user: string;
  readonly button?: string;
  readonly seconds?: number;
}

describe("the collector's page in a browser", function () {
  this.timeout(240_000);
  let scene: ActivityScene;
  let browser: Browser;
  let folder: string;
  let address: string;

  const collector = async (name: string, variables: Readonly<Record<string, string>> = {}): Promise<string> => {
    const own = { SPOOL_FOLDER: join(folder, name), DEMO_PAGE: "yes", ...variables };
    const started = scene.own(startActivity("collector", { ...scene.variables, ...own }));
    const ready = () => /ready on (\S+)/.exec(started.log())?.[1];
    await scene.until("a collector is ready", () => ready() !== undefined);
    return ready() ?? "";
  };
  /** The events in Kafka, the oldest of each partition first. */
  const inKafka = async (): Promise<Sent[]> =>
    (await scene.kafka.messages(scene.topic)).map(({ value }) => JSON.parse(value ?? "") as Sent);
  const idsInKafka = async () => new Set((await inKafka()).map(({ id }) => id));
  const kinds = (events: readonly Sent[]) => events.map(({ type, button }) => [type, button].join(" ").trim()).sort();

  before(async () => {
    folder = mkdtempSync(join(tmpdir(), "collectors-"));
    [scene, browser] = await Promise.all([activityScene("page", 2), startBrowser()]);
    scene.store();
    // On a busy machine too nothing goes by the spool, which may send it twice.
    address = await collector("one", { PATIENCE_MS: "60000" });
  });
  after(async () => {
    await browser?.end();
    await scene?.end();
    if (folder !== undefined) rmSync(folder, { recursive: true, force: true });
  });

  it("sends a view, clicks and, when the tab is closed, the time on the page; and shows what was counted", async () => {
    const tab = await browser.open(`${address}/`);
    for (const name of ["buy", "compare", "buy"]) await tab.click(`[data-activity=${name}]`);
    await scene.until("the page shows counts", async () => {
      const row = await tab.evaluate<string>("document.querySelector('tbody').textContent");
      return /^\d\d:\d\d[1-9]/.test(row);
    });
    await tab.click("[data-activity=ask]");
    await tab.close();
    await scene.until("all events are in Kafka", async () => (await inKafka()).length >= 6);
    const events = await inKafka();
    const clicks = ["button_click ask", "button_click buy", "button_click buy", "button_click compare"];
    assert.deepEqual(kinds(events), [...clicks, "page_view", "time_on_page"]);
    assert.equal(new Set(events.map(({ user }) => user)).size, 1);
    const seconds = events.find(({ type }) => type === "time_on_page")?.seconds;
    assert.ok(seconds !== undefined && seconds > 0.5 && seconds < 120, `${seconds} s`);
  });

  it("keeps what is done offline, and sends it at the next visit, under the same ids, counted once", async () => {
    const before = (await idsInKafka()).size;
    const first = await browser.open(`${address}/`);
    const queue = "Object.entries(localStorage).filter(([n]) => n.includes('queue')).flatMap(([, t]) => JSON.parse(t))";
    await scene.until("the view is sent", async () => (await first.evaluate<Sent[]>(queue)).length === 0);
    await first.offline(true);
    await first.click("[data-activity=buy]");
    await first.click("[data-activity=ask]");
    const kept = await first.evaluate<Sent[]>(queue);
    assert.deepEqual(kinds(kept), ["button_click ask", "button_click buy"]);
    await first.close();
    const second = await browser.open(`${address}/`);
    await scene.until("they are sent", async () => (await second.evaluate<Sent[]>(queue)).length === 0);
    await second.close();
    // The view and time of either visit, and the clicks. What was under way when the tab was closed may come twice.
    await scene.until("all are in Kafka", async () => (await idsInKafka()).size >= before + 6);
    const ids = await idsInKafka();
    assert.deepEqual([ids.size, kept.filter(({ id }) => ids.has(id)).length], [before + 6, kept.length]);
    await scene.until("all are stored", async () => (await scene.count("activity")) >= before + 6);
    const clicks = "SELECT button, sum(clicks)::integer AS clicks FROM clicks_by_hour GROUP BY button ORDER BY button";
    const counts = Object.entries({ ask: 2, buy: 3, compare: 1 });
    assert.deepEqual(
      await scene.ask(clicks),
      counts.map(([button, count]) => ({ button, clicks: count })),
    );
    assert.equal(await scene.count("activity"), before + 6);
  });

  it("is reconciled from the collectors' own counts to the rows; what waits in a spool is not in Kafka yet", async () => {
    const minute = (ms: number) => new Date(Math.floor(ms / 60_000) * 60_000).toISOString();
    const run = async (COLLECTORS: string, WAIT_SECONDS: string) => {
      const period = { FROM: minute(Date.now() - 600_000), TO: minute(Date.now() + 60_000) };
      const { ended, log } = startActivity("reconcile", { ...scene.variables, ...period, COLLECTORS, WAIT_SECONDS });
      return { code: await ended(), log: log() };
    };
    const events = (await idsInKafka()).size;
    const whole = await run(address, "60");
    assert.equal(whole.code, 0, whole.log);
    assert.match(whole.log, /every event is stored once/);
    assert.equal(await scene.count("activity"), events);
    // A collector for which no broker can be reached.
    const { kafkajs } = scene.kafka.clientProperties;
    const client = { ...kafkajs.client, brokers: [`127.0.0.1:${await freePort()}`] };
    const cut = { ...scene.kafka, clientProperties: { kafkajs: { ...kafkajs, client } } };
    const spooling = await collector("two", { STACK_OUTPUTS: JSON.stringify(cut), PATIENCE_MS: "1000" });
    const tab = await browser.open(`${spooling}/`);
    await scene.until("the view is spooled", async () => {
      return ((await (await fetch(`${spooling}/healthz`)).json()) as { spoolBytes: number }).spoolBytes > 0;
    });
    await tab.close();
    const waiting = await run([address, spooling].join(), "0");
    assert.equal(waiting.code, 1, waiting.log);
    assert.match(waiting.log, /events are missing, or there twice/);
  });
});
