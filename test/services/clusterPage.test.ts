import assert from "node:assert/strict";
import { once } from "node:events";
import { mkdirSync, writeFileSync } from "node:fs";
import type { Server } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { pageProgram } from "../../artifacts/bundle";
import { Lookout, type Sources } from "../../ops/page/lookout";
import type { AskPrometheus, Curve } from "../../ops/page/prometheus";
import { pageServer } from "../../ops/page/server";
import { startBrowser, type Browser, type Screen, type Tab } from "./browser";
import { cluster, now, scenes } from "../unit/ops/page/pageFixtures";

/** A folder that takes pictures of every scene, for whoever wants to see them: `PICTURES=/tmp/pictures`. */
const pictures = process.env.PICTURES;
const screens: Readonly<Record<string, Screen>> = {
  desktop: { width: 1360, height: 900 },
  dark: { width: 1360, height: 900, isDark: true },
  phone: { width: 390, height: 844, isPhone: true },
};

describe("the page of a cluster in a browser", function () {
  this.timeout(240_000);
  let browser: Browser;
  let program: string;
  const servers: Server[] = [];

  before(async () => {
    [browser, program] = [await startBrowser(), Buffer.from(await pageProgram()).toString()];
  });
  after(async () => {
    await browser?.end();
    for (const server of servers) server.closeAllConnections();
    for (const server of servers) server.close();
  });

  /** The page of a scene that a test may change. */
  async function open(scene: { sources: Sources }) {
    const current: Sources = {
      status: () => scene.sources.status(),
      guardian: () => scene.sources.guardian(),
      metrics: () => scene.sources.metrics(),
      alerts: () => scene.sources.alerts(),
      prometheus: {
        now: (expression) => scene.sources.prometheus.now(expression),
        over: (expression, range) => scene.sources.prometheus.over(expression, range),
      },
    };
    const server = pageServer(new Lookout(cluster, current, () => now), program);
    servers.push(server);
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    const address = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
    const tab = await browser.open(address);
    return { tab, server };
  }

  const text = (tab: Tab, selector: string) =>
    tab.evaluate<string>(`document.querySelector(${JSON.stringify(selector)})?.innerText ?? ""`);
  async function until(what: string, holds: () => Promise<boolean>): Promise<void> {
    for (const end = Date.now() + 60_000; !(await holds()); await pause(100)) {
      if (Date.now() > end) throw new Error(`not within 60 s: ${what}`);
    }
  }
  const drawn = (tab: Tab) =>
    until("all charts are drawn", () => tab.evaluate("document.querySelectorAll('#plots canvas').length === 6"));

  async function keep(tab: Tab, name: string): Promise<void> {
    for (const [screen, size] of Object.entries(screens)) {
      await tab.screen(size);
      await pause(1000);
      const overflow = await tab.evaluate<number>("document.documentElement.scrollWidth - innerWidth");
      assert.ok(overflow <= 0, `${name} on ${screen}: ${overflow} px beyond the screen`);
      if (pictures === undefined) continue;
      mkdirSync(pictures, { recursive: true });
      writeFileSync(join(pictures, `page-${name}-${screen}.png`), await tab.picture());
    }
  }

  it("says at a glance that all is well, with charts, and fits every screen", async () => {
    const { tab } = await open({ sources: scenes.well() });
    await drawn(tab);
    assert.match(await text(tab, "h1"), /^Well/);
    assert.match(await text(tab, "#wrong"), /Nothing\./);
    assert.equal(await tab.evaluate("document.title"), "Well: kafka-prod");
    await keep(tab, "well");
  });

  it("says what is wrong, since when and what is done about it, and what may fail next", async () => {
    const { tab } = await open({ sources: scenes.degraded() });
    await drawn(tab);
    assert.match(await text(tab, "h1"), /^Degraded/);
    assert.match(await text(tab, "#wrong"), /kafka-3 is out[^]*guardian: waits until \d\d:\d\d:\d\d, then/);
    await keep(tab, "degraded");
  });

  it("shows a roll with its progress, and what is broken", async () => {
    const roll = await open({ sources: scenes.roll() });
    await drawn(roll.tab);
    await keep(roll.tab, "roll");
    const broken = await open({ sources: scenes.broken() });
    await drawn(broken.tab);
    assert.match(await text(broken.tab, "h1"), /^Broken/);
    await keep(broken.tab, "broken");
  });

  it("tells what it knows while Prometheus is down, and why there are no charts", async () => {
    const { tab } = await open({ sources: scenes.blind() });
    await until("it says so", async () => /No charts/.test(await text(tab, "#charts")));
    await pause(500);
    await keep(tab, "blind");
  });

  it("gives no present value to a group that is gone", async () => {
    const sources = scenes.well();
    const over: AskPrometheus["over"] = async (expression, range) => {
      const curves = await sources.prometheus.over(expression, range);
      const cut = ({ labels, points }: Curve) => ({
        labels,
        points: labels.group === "order-mail" ? points.slice(0, -20) : points,
      });
      return curves.map(cut);
    };
    const { tab } = await open({ sources: { ...sources, prometheus: { ...sources.prometheus, over } } });
    await drawn(tab);
    assert.match(await text(tab, "[data-chart=lag] .keys"), /activity-store\s*\d+[^]*order-mail\s*–/);
  });

  it("asks less often in a tab that nobody sees, and is not lost there", async () => {
    const { tab } = await open({ sources: scenes.well() });
    await tab.evaluate("Object.defineProperty(document, 'hidden', { get: () => true })");
    // Longer than a page that is seen may go without an answer, and less than this one asks again.
    await pause(16_000);
    assert.equal(await tab.evaluate("document.title"), "Well: kafka-prod");
    assert.equal(await tab.evaluate("document.querySelector('#lost').hidden"), true);
  });

  it("changes as the cluster does, and says when it is not of this moment any more", async () => {
    const scene = { sources: scenes.well() };
    const { tab, server } = await open(scene);
    assert.match(await text(tab, "h1"), /^Well/);
    scene.sources = scenes.degraded();
    await until("it is degraded", async () => (await text(tab, "h1")).startsWith("Degraded"));
    assert.equal(await tab.evaluate("document.title"), "Degraded: kafka-prod");
    server.closeAllConnections();
    server.close();
    await until("it is lost", async () => (await text(tab, "#lost")).startsWith("No answer from the ops host"));
    assert.match(await text(tab, "#lost"), /is of \d\d:\d\d:\d\d, and/);
    assert.equal(await tab.evaluate("document.title"), "No answer: Degraded: kafka-prod");
    await keep(tab, "lost");
  });
});
