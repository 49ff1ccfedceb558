import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { transformSync } from "esbuild";
import { Window } from "happy-dom";
import { encodeSent } from "../../../../examples/activity/events/message";

const folder = join(__dirname, "../../../../examples/activity/collector/browser");
const snippet = transformSync(readFileSync(join(folder, "activity.js"), "utf8"), { minify: true }).code;
const names = ["document", "navigator", "location", "localStorage", "sessionStorage", "addEventListener", "fetch"];

interface SentEvent {
  readonly id: string;
  readonly type: string;
  readonly session: string;
  readonly button?: string;
  readonly seconds?: number;
}

/** A page with the snippet in a small DOM. `status` 0 is a network that takes nothing. */
function visit(storage: Record<string, string> = {}, status = 202) {
  const window = new Window({ url: "https://www.example.com/pricing" });
  const { document } = window;
  document.body.innerHTML = "<button id='buy'>Buy <b>now</b></button><a data-activity='docs'>Docs</a><p>text</p>";
  const script = document.createElement("script");
  script.setAttribute("src", "https://collector.example.com/activity.js");
  script.dataset.user = "u-7";
  Object.defineProperty(document, "currentScript", { value: script });
  let visibility = "visible";
  Object.defineProperty(document, "visibilityState", { get: () => visibility });
  const sent: SentEvent[][] = [];
  const beacons: SentEvent[][] = [];
  const network = { status, urls: new Set<string>() };
  const fetch = (url: string, { body }: { body: string }) => {
    network.urls.add(url);
    sent.push(JSON.parse(body) as SentEvent[]);
    return network.status === 0 ? Promise.reject(new Error("offline")) : Promise.resolve({ status: network.status });
  };
  const navigator = {
    get onLine() {
      return network.status !== 0;
    },
    sendBeacon: (_url: string, body: string) => beacons.push(JSON.parse(body) as SentEvent[]) > 0,
  };
  const values = [document, navigator, window.location, storage, {}, window.addEventListener.bind(window), fetch];
  // eslint-disable-next-line @typescript-eslint/no-implied-eval
  const run = new Function("self", ...names, snippet) as (...values: unknown[]) => void;
  run({ localStorage: storage, sessionStorage: {} }, ...values);
  const show = (state: string) => {
    visibility = state;
    window.dispatchEvent(new window.Event("visibilitychange"));
  };
  const leave = () => {
    show("hidden");
    window.dispatchEvent(new window.Event("pagehide"));
  };
  const click = (selector: string) => (document.querySelector(selector) as unknown as { click(): void }).click();
  return { sent, beacons, network, storage, show, leave, click };
}

const queues = (storage: object) => Object.keys(storage).filter((name) => name.startsWith("activity.queue."));

describe("the browser's snippet", () => {
  it("has under 2 KB", () => {
    assert.ok(Buffer.byteLength(snippet) < 2_048, `${Buffer.byteLength(snippet)} bytes`);
  });

  it("sends what a user does as events that the collector takes, and counts visible time only", async () => {
    const page = visit();
    await pause(300);
    page.click("b");
    page.click("a");
    page.click("p");
    page.show("hidden");
    await pause(300);
    page.show("visible");
    await pause(100);
    page.leave();
    const events = [...page.sent, ...page.beacons].flat();
    assert.deepEqual(
      events.map(({ type, button }) => [type, button]),
      [
        ["page_view", undefined],
        ["button_click", "buy"],
        ["button_click", "docs"],
        ["time_on_page", undefined],
        ["time_on_page", undefined],
      ],
    );
    const seconds = events.reduce((sum, event) => sum + (event.seconds ?? 0), 0);
    assert.ok(seconds >= 0.39 && seconds < 0.69, `${seconds} s`);
    for (const event of events) assert.ok("message" in encodeSent(event, Date.now()), JSON.stringify(event));
    assert.equal(new Set(events.map(({ id }) => id)).size, 5);
    assert.equal(new Set(events.map(({ session }) => session)).size, 1);
    assert.deepEqual([...page.network.urls], ["https://collector.example.com/events"]);
    assert.deepEqual(queues(page.storage), []);
  });

  it("keeps events over a page that is closed offline, and sends the same ones at the next visit", async () => {
    const first = visit({}, 0);
    first.click("a");
    await pause(20);
    first.leave();
    assert.deepEqual([first.beacons, queues(first.storage).length], [[], 1]);
    const kept = (JSON.parse(first.storage[queues(first.storage)[0] ?? ""] ?? "") as SentEvent[]).map(({ id }) => id);
    assert.equal(kept.length, 3);
    const second = visit(first.storage);
    await pause(20);
    assert.deepEqual(
      second.sent[0]?.slice(0, 3).map(({ id }) => id),
      kept,
    );
    assert.deepEqual(queues(second.storage), []);
  });

  it("keeps what a busy collector did not take, not what it refused, and not more than it may", async () => {
    for (const [status, left] of [
      [429, 1],
      [503, 1],
      [400, 0],
    ] as const) {
      const { storage } = visit({}, status);
      await pause(20);
      assert.equal(queues(storage).length, left, `after ${status}`);
    }
    const page = visit({}, 0);
    for (let click = 0; click < 600; click++) page.click("a");
    assert.equal((JSON.parse(page.storage[queues(page.storage)[0] ?? ""] ?? "") as SentEvent[]).length, 500);
  });

  it("works where the browser allows no storage, and past one that holds no queue", async () => {
    const refusing = new Proxy<Record<string, string>>({}, { ownKeys: refuse, get: refuse, set: refuse });
    const other = visit({ "activity.queue.old": "{" });
    const page = visit(refusing);
    await pause(20);
    assert.deepEqual([page.sent.flat().length, other.sent.flat().length], [1, 1]);
  });
});

function refuse(): never {
  throw new Error("SecurityError");
}
