import assert from "node:assert/strict";
import { once } from "node:events";
import { connect } from "node:net";
import { setTimeout as pause } from "node:timers/promises";
import fc from "fast-check";
import { makeCollector, sentEvent } from "./collectorParts";

interface Answer {
  readonly reasons: readonly string[];
  readonly refused: readonly { readonly index: number; readonly reasons: readonly string[] }[];
}

describe("the collector's server", function () {
  this.timeout(60_000);
  let collector: ReturnType<typeof makeCollector>;
  let address: string;

  const begin = async (variables: Readonly<Record<string, string>> = {}) => {
    collector = makeCollector(variables);
    await collector.outbox.connect();
    address = await collector.server.listen({ host: "127.0.0.1", port: 0 });
  };
  afterEach(() => collector.close());

  const post = async (body: string | Uint8Array, headers: Record<string, string> = {}) => {
    const response = await fetch(`${address}/events`, { method: "POST", body, headers });
    const answer = (await response.json()) as Answer;
    return { status: response.status, headers: response.headers, answer };
  };
  const json = { "content-type": "application/json" };
  const accepted = () => {
    const minutes = collector.ledger.between(Date.now() - 600_000, Date.now() + 600_000);
    return minutes.reduce((sum, { acknowledged }) => sum + acknowledged, 0);
  };

  it("takes a batch as a beacon sends it, and one event as JSON", async () => {
    await begin();
    const beacon = await post(JSON.stringify([sentEvent(), sentEvent()]));
    assert.deepEqual([beacon.status, beacon.answer], [202, { accepted: 2, refused: [] }]);
    assert.equal(beacon.headers.get("access-control-allow-origin"), "*");
    assert.equal((await post(JSON.stringify(sentEvent()), json)).status, 202);
    assert.deepEqual([collector.producer.kept.length, accepted()], [3, 3]);
  });

  it("keeps what is good of a batch, and says of the rest why it is not", async () => {
    await begin();
    const mixed = await post(JSON.stringify([sentEvent(), sentEvent({ type: "hover" })]));
    const reasons = ["type: expected one of page_view, button_click, time_on_page"];
    assert.deepEqual([mixed.status, mixed.answer], [202, { accepted: 1, refused: [{ index: 1, reasons }] }]);
    const bad = await post(JSON.stringify([7]));
    assert.deepEqual([bad.status, bad.answer.refused.length, collector.producer.kept.length], [400, 1, 1]);
  });

  it("refuses by its proper status what is no batch", async () => {
    await begin({ BODY_KIB: "2" });
    const many = JSON.stringify(Array.from({ length: 1_001 }, () => 1));
    for (const [status, body, headers] of [
      [400, "", {}],
      [400, "[]", {}],
      [400, "{", json],
      [400, new Uint8Array([0x22, 0xff, 0x22]), json],
      [413, "x".repeat(3_000), {}],
      [413, many, {}],
      [415, "a=1", { "content-type": "application/x-www-form-urlencoded" }],
      [415, "[]", { "content-encoding": "gzip" }],
    ] as const) {
      const { status: got, answer } = await post(body, headers);
      assert.equal(got, status, `${body.slice(0, 20)}: ${JSON.stringify(answer)}`);
      assert.ok(answer.reasons.length > 0);
    }
  });

  it("answers preflights, and other origins than its own with 403", async () => {
    await begin({ ORIGINS: "https://www.example.com" });
    const ask = async (method: string, origin: string) => {
      const body = method === "POST" ? JSON.stringify([sentEvent()]) : undefined;
      const { status, headers } = await fetch(`${address}/events`, { method, body, headers: { origin } });
      return [status, headers.get("access-control-allow-origin")];
    };
    assert.deepEqual(await ask("OPTIONS", "https://www.example.com"), [204, "https://www.example.com"]);
    assert.deepEqual(await ask("POST", "https://www.example.com"), [202, "https://www.example.com"]);
    assert.deepEqual(await ask("OPTIONS", "https://other.example"), [403, null]);
    assert.deepEqual(await ask("POST", "https://other.example"), [403, null]);
  });

  it("keeps no address, or that of the connection or of the load balancer's header, as it is asked to", async () => {
    const addresses: unknown[] = [];
    for (const KEEP_ADDRESS of ["no", "connection", "forwarded"]) {
      await begin({ KEEP_ADDRESS });
      await post(JSON.stringify(sentEvent()), { "x-forwarded-for": "not one, 192.0.2.7" });
      addresses.push(JSON.parse(collector.producer.kept[0]?.value ?? "").address);
      if (KEEP_ADDRESS !== "forwarded") await collector.close();
    }
    assert.deepEqual(addresses, [undefined, "127.0.0.1", "192.0.2.7"]);
  });

  it("asks to come again, 429, while too many bytes are under way, and takes them after that", async () => {
    await begin({ IN_FLIGHT_MIB: "1", PATIENCE_MS: "30000" });
    let release = (): void => undefined;
    const held = new Promise<void>((resolve) => (release = resolve));
    const { send } = collector.producer;
    collector.producer.send = async (messages) => {
      await held;
      await send(messages);
    };
    const body = JSON.stringify(Array.from({ length: 4 }, () => sentEvent({ more: "x".repeat(30_000) })));
    const all = Array.from({ length: 12 }, () => post(body));
    await pause(500);
    release();
    const answers = await Promise.all(all);
    const taken = answers.filter(({ status }) => status === 202).length;
    const busy = answers.filter(({ status }) => status === 429);
    assert.deepEqual([taken > 0, busy.length > 0, taken + busy.length], [true, true, 12]);
    assert.equal(busy[0]?.headers.get("retry-after"), "1");
    assert.equal((await post(body)).status, 202);
    assert.deepEqual([collector.producer.kept.length, accepted()], [4 * taken + 4, 4 * taken + 4]);
  });

  it("answers 503 when Kafka is away and the spool is full, and not before", async () => {
    await begin({ SPOOL_MIB: "1" });
    collector.producer.send = () => Promise.reject(new Error("away"));
    collector.cluster.connect = () => Promise.reject(new Error("away"));
    const body = JSON.stringify(Array.from({ length: 6 }, () => sentEvent({ more: "x".repeat(30_000) })));
    const statuses: number[] = [];
    for (let request = 0; request < 7; request++) statuses.push((await post(body)).status);
    assert.deepEqual(statuses, [202, 202, 202, 202, 202, 503, 503]);
  });

  it("tells its health, its metrics, what it accepted, and hands out the snippet", async () => {
    await begin({ DEMO_PAGE: "yes" });
    await post(JSON.stringify([sentEvent()]));
    const get = async (path: string) => {
      const response = await fetch(`${address}${path}`);
      return `${response.status} ${await response.text()}`;
    };
    assert.equal(await get("/healthz"), '200 {"kafka":"connected","spoolBytes":0}');
    assert.match(await get("/metrics"), /^200 [^]*collector_answers_total\{status="202"\} 1\n[^]*# EOF\n$/);
    assert.match(await get("/accepted?from=2026-01-01&to=2026-01-02"), /^200 \{"minutes":\[\]\}$/);
    assert.match(await get("/accepted?from=2026-01-02&to=2026-01-01"), /^400 .*give no period/);
    assert.match(await get("/accepted"), /^400 /);
    assert.match(await get("/activity.js"), /^200 [^]*sendBeacon/);
    assert.match(await get("/"), /^200 <!doctype html>/);
    assert.match(await get("/none"), /^404 /);
  });

  it("answers any JSON at all with a reason, and lives", async () => {
    await begin();
    const property = fc.asyncProperty(fc.json({ stringUnit: "binary" }), async (body) => {
      const { status, answer } = await post(body);
      assert.equal(status, 400, JSON.stringify(answer));
    });
    await fc.assert(property, { numRuns: 50 });
  });

  it("survives any bytes on its sockets: each ends in an answer of 4xx or in a closed connection", async () => {
    await begin();
    const port = Number(new URL(address).port);
    const line = fc.constantFrom(
      "POST /events HTTP/1.1",
      "OPTIONS /events HTTP/1.1",
      "GET /accepted?from=%00 HTTP/1.0",
      "",
    );
    const header = fc.oneof(
      fc.constantFrom("host: a", "content-type: text/plain", "transfer-encoding: chunked", "expect: 100-continue"),
      fc.tuple(
        fc.constantFrom("content-length", "content-type", "origin", "x-forwarded-for", "__proto__"),
        fc.string(),
      ),
      fc.integer({ min: -1 }).map((length) => `content-length: ${length}`),
      fc.string({ maxLength: 20_000 }),
    );
    const request = fc.tuple(line, fc.array(header, { maxLength: 6 }), fc.uint8Array({ maxLength: 300 }));
    const property = fc.asyncProperty(request, async ([first, headers, body]) => {
      const socket = connect(port, "127.0.0.1");
      let answer = "";
      socket.setEncoding("latin1").on("data", (text: string) => (answer += text));
      socket.on("error", () => undefined);
      const texts = headers.map((text) => (typeof text === "string" ? text : text.join(": ")));
      socket.write([first, ...texts, "", ""].join("\r\n"), "latin1");
      socket.end(body);
      await once(socket, "close", { signal: AbortSignal.timeout(10_000) });
      for (const [, status] of answer.matchAll(/^HTTP\/1\.1 (\d{3})/gm))
        assert.match(status ?? "", /^(4\d\d|100|204)$/);
    });
    await fc.assert(property, { numRuns: 60 });
    assert.equal((await post(JSON.stringify([sentEvent()]))).status, 202);
    await pause(50);
    assert.deepEqual([collector.reading.bytes, collector.outbox.bytes], [0, 0]);
  });
});
