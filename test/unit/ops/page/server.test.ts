import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { request, type IncomingMessage, type Server } from "node:http";
import { createServer, type AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Window } from "happy-dom";
import { bundle } from "../../../../artifacts/bundle";
import { freePort } from "../../../../ops/freePort";
import type { ChartsAnswer, NowAnswer } from "../../../../ops/page/answers";
import { nowAnswer, pageOf } from "../../../../ops/page/html";
import { Lookout } from "../../../../ops/page/lookout";
import { Metrics } from "../../../../ops/page/metricsFiles";
import { runPage } from "../../../../ops/page/run";
import { pageServer } from "../../../../ops/page/server";
import {
  brokerDown,
  cluster,
  memoryOf,
  metricsOf,
  metricsText,
  now,
  rollMetrics,
  scenes,
  seenOf,
  statusOf,
} from "./pageFixtures";

const program = 'console.log("</script>");';

interface Answered {
  readonly status: number;
  readonly headers: IncomingMessage["headers"];
  readonly text: string;
}

/** Asks by the name of a host, which fetch does not allow to give. */
async function ask(port: number, path: string, options: { host?: string; method?: string } = {}): Promise<Answered> {
  const { host = `127.0.0.1:${port}`, method = "GET" } = options;
  const asked = request({ host: "127.0.0.1", port, path, method, headers: { host } }).end();
  const [response] = (await once(asked, "response")) as [IncomingMessage];
  const text = (await response.toArray()).join("");
  return { status: response.statusCode ?? 0, headers: response.headers, text };
}

describe("the page's server", () => {
  let server: Server;
  let port: number;
  before(async () => {
    server = pageServer(new Lookout(cluster, scenes.degraded(), () => now), program).listen(0, "127.0.0.1");
    await once(server, "listening");
    port = (server.address() as AddressInfo).port;
  });
  after(() => {
    server.closeAllConnections();
    server.close();
  });

  it("gives the whole page at once, which runs and asks for nothing but its own", async () => {
    const { status, headers, text } = await ask(port, "/");
    assert.equal(status, 200);
    const script = /<script>([^]*?)<\/script>/.exec(text)?.[1] ?? "";
    assert.equal(script, 'console.log("<\\/script>");');
    const policy = String(headers["content-security-policy"]);
    const hash = createHash("sha256").update(script).digest("base64");
    assert.match(policy, /^default-src 'none'; /);
    assert.ok(policy.includes(`script-src 'sha256-${hash}';`), policy);
    assert.equal(headers["cache-control"], "no-store");
    assert.doesNotMatch(text, /(src|href)="(https?:)?\/\//, "an asset from elsewhere");
    assert.match(text, /<h1>Degraded/);
  });

  it("gives the state and the charts for programs", async () => {
    const answer = JSON.parse((await ask(port, "/now")).text) as NowAnswer;
    assert.deepEqual([answer.at, answer.level, answer.title], [now, "degraded", "Degraded: kafka-prod"]);
    const { charts } = JSON.parse((await ask(port, "/charts?span=6h")).text) as ChartsAnswer;
    assert.deepEqual(
      charts.map(({ name, lines }) => [name, lines.length]),
      [
        ["throughput", 2],
        ["latency", 3],
        ["copies", 3],
        ["lag", 2],
        ["disks", 8],
        ["processors", 8],
      ],
    );
  });

  it("refuses what it does not know, and a web page that has led a browser here by a name of its own", async () => {
    assert.equal((await ask(port, "/now", { host: `attacker.example:${port}` })).status, 421);
    assert.equal((await ask(port, "/now", { host: "localhost:9" })).status, 200);
    assert.equal((await ask(port, "/now", { method: "POST" })).status, 405);
    assert.equal((await ask(port, "/etc/passwd")).status, 404);
    const wrong = await ask(port, "/charts?span=__proto__");
    assert.deepEqual([wrong.status, wrong.text], [400, "span: one of 15m, 1h, 6h, 24h is wanted\n"]);
  });

  it("says what is wrong with itself, rather than nothing", async () => {
    const broken = { seen: () => Promise.reject(new Error("a defect")), charts: () => Promise.resolve([]) };
    const other = pageServer(broken, program).listen(0, "127.0.0.1");
    await once(other, "listening");
    const { status, text } = await ask((other.address() as AddressInfo).port, "/now");
    other.close();
    assert.deepEqual([status, text], [500, "the page can't be made: a defect\n"]);
  });
});

describe("the page's text", () => {
  const textOf = (html: string) => {
    const window = new Window();
    window.document.body.innerHTML = html;
    return window.document.body.textContent.replaceAll(/\s+/g, " ");
  };
  const part = (name: string, seen = seenOf()) => textOf(nowAnswer(seen).parts[name] ?? "");

  it("escapes what others have named", () => {
    const evil = '<img src=x onerror="alert(1)">';
    const text = `kafka_group_lag_messages{group="${evil.replaceAll('"', '\\"')}",topic="t"} 5`;
    const { parts } = nowAnswer(seenOf({ metrics: metricsOf(text) }));
    assert.ok(!parts.groups?.includes("<img"), parts.groups);
    assert.match(textOf(parts.groups ?? ""), /<img src=x onerror="alert\(1\)">/);
    assert.doesNotMatch(pageOf(seenOf({ metrics: metricsOf(text) }), program).html, /<img/);
  });

  it("shows what brokers, guardian and canary know without Prometheus, and names what is missing", () => {
    const problem = "nothing listens at 127.0.0.1:9090";
    const blind = seenOf({ figures: { problem }, past: { problem } });
    assert.match(
      part("no-charts", blind),
      /No charts: Prometheus does not answer\. nothing listens at 127\.0\.0\.1:9090\./,
    );
    assert.match(part("nodes", blind), /kafka-1.*in service.*zookeeper-3/);
    assert.match(part("groups", blind), /activity-store.*18\.4k/);
    assert.match(part("day", blind), /guardian's decisions alone.*kafka-2.*out since/);
    assert.match(part("figures", blind), /In sync100 %288 of 288 copies/);
    assert.match(part("figures", blind), /Written–/);
    assert.equal(part("no-charts"), "");
    const none = seenOf({ cluster: { ...cluster, monitored: false }, figures: { problem }, past: { problem } });
    assert.match(part("no-charts", none), /^No charts: this stack has no monitoring \(monitoringEnabled is false\)\.$/);
    assert.doesNotMatch(part("sources", none), /Prometheus|Alertmanager/);
  });

  it("tells each group when events are deleted that it has not read, and which have been", () => {
    const text = `${metricsText()}\nkafka_group_deleted_unread_messages{group="order-mail",topic="orders"} 12`;
    assert.match(part("groups", seenOf({ metrics: metricsOf(text) })), /order-mail.*12 deleted unread/);
    assert.match(part("groups", seenOf({ metrics: new Metrics() })), /Not known: the canary has not looked/);
  });

  it("tells the events of the day, the newest first, and nothing older", () => {
    const decisions = [
      { at: now - 25 * 3_600_000, node: "kafka-1", text: "long ago" },
      { at: now - 3_600_000, node: "kafka-1", text: "out since 14:42:10Z" },
      { at: now - 60_000, node: "kafka-1", text: "well again" },
    ];
    const past = {
      alerts: [{ name: "BrokerDown", node: "kafka-1", severity: "page", from: now - 3_500_000, to: now - 3_400_000 }],
      out: [],
      controllers: [
        { node: "kafka-1", from: now - 86_400_000, to: now - 3_600_000 },
        { node: "kafka-2", from: now - 3_590_000, to: now },
      ],
      boots: [{ node: "kafka-1", at: now - 3_000_000 }],
      works: [{ program: "balance", from: now - 600_000, to: now }],
    };
    const text = part("day", seenOf({ guardian: { value: { ...memoryOf(), decisions } }, past: { value: past } }));
    assert.match(
      text,
      /well again.*balance, still.*a new machine began.*alert BrokerDown, for 100 s.*kafka-2became controller.*out since/,
    );
    assert.doesNotMatch(text, /long ago/);
  });

  it("tells by Prometheus which nodes were out before the guardian began to remember", () => {
    const decisions = [{ at: now - 600_000, node: "kafka-1", text: "out since 15:32:10Z (no connection): waits" }];
    const out = [
      { node: "kafka-1", from: now - 3_600_000, to: now - 3_480_000 },
      { node: "kafka-1", from: now - 590_000, to: now - 480_000 },
      { node: "kafka-2", from: now - 600_000, to: now - 480_000 },
    ];
    const past = { alerts: [], out, controllers: [], boots: [], works: [] };
    const guardian = { value: { ...memoryOf(), decisions } };
    const { document } = new Window();
    document.body.innerHTML = nowAnswer(seenOf({ guardian, past: { value: past } })).parts.day ?? "";
    const told = [...document.querySelectorAll(".events li")].map((one) => one.textContent.replace(/^.*?UTC/, ""));
    assert.deepEqual(told, [
      "kafka-1out since 15:32:10 UTC (no connection): waits",
      "kafka-2out, for 2 min",
      "kafka-1out, for 2 min",
    ]);
  });

  it("says of what Prometheus saw a minute ago whether it is over, by those who know", () => {
    const alert = { from: now - 300_000, to: now - 60_000, severity: "page" };
    const past = {
      ...{ out: [], controllers: [], boots: [] },
      alerts: [
        { ...alert, name: "BrokerDown", node: "kafka-3" },
        { ...alert, name: "NodeNeedsPerson", node: "kafka-1" },
      ],
      works: [{ program: "roll kafka", from: now - 400_000, to: now - 60_000 }],
    };
    const end = `kafka_ops_run_ended_timestamp_seconds{program="roll kafka",outcome="done"} ${now / 1000 - 70}`;
    const metrics = metricsOf(metricsText(`${rollMetrics}\n${end}`));
    const text = part("day", seenOf({ past: { value: past }, alerts: { value: [brokerDown] }, metrics }));
    assert.match(text, /alert BrokerDown, still.*alert NodeNeedsPerson, for 4 min.*roll kafka, for 6 min/);
    const unknown = { past: { value: past }, alerts: { problem: "nothing listens" } };
    assert.match(part("day", seenOf(unknown)), /NodeNeedsPerson, still.*roll kafka, still/);
  });

  it("gives the times in what the guardian says to the browser, which knows the viewer's time zone", () => {
    const next = "waits until 00:00:10Z, then marks i-0a1b2c3d unhealthy";
    const late = Date.parse("2026-11-29T23:59:40Z");
    const guardian = { value: { ...memoryOf({ "kafka-3": { outSince: late, next } }), lookedAt: late } };
    const { wrong = "" } = nowAnswer(seenOf({ at: late, guardian })).parts;
    assert.match(
      wrong,
      /until <time datetime="2026-11-30T00:00:10.000Z" data-form="second">00:00:10 UTC<\/time>, then/,
    );
    const room = { full: ["kafka-1", "kafka-2", "kafka-3"], stoppedSince: now - 60_000 };
    const { wrong: stopped = "" } = nowAnswer(seenOf({ guardian: { value: { ...memoryOf(), room } } })).parts;
    assert.match(stopped, /WRITING IS STOPPED since <time datetime="2026-11-29T15:41:10.000Z" data-form="second">/);
    assert.match(
      nowAnswer(seenOf()).parts.day ?? "",
      /well again, was out since <time datetime="2026-11-29T04:41:58.000Z" data-form="second">/,
    );
  });

  it("counts one alert as one", () => {
    assert.match(part("sources", seenOf({ alerts: { value: [brokerDown] } })), /Alertmanager: 1 alert$/);
    assert.match(part("sources"), /Alertmanager: 0 alerts$/);
  });

  it("reckons the month's bill by the load of this moment", () => {
    const { bill } = cluster;
    const figures = new Map([["written", [{ labels: { node: "kafka-1" }, value: bill.bytesPerSecond / 2 }]]] as const);
    const total = `$${Math.round(bill.standing + bill.traffic / 2).toLocaleString("en-US")}`;
    assert.ok(part("figures", seenOf({ figures: { value: figures } })).includes(`A month costs${total}at this load`));
  });

  it("does not change where nothing has: the viewer may be reading", () => {
    const [one, other] = [seenOf(), seenOf({ at: now + 3000 })].map((seen) => nowAnswer(seen).parts);
    assert.deepEqual(one, other);
  });

  it("shows a cluster of which nothing is known", () => {
    const answer = nowAnswer(
      seenOf({
        status: statusOf([1, 2, 3, 4, 5], ["zookeeper-1", "zookeeper-2", "zookeeper-3"]),
        guardian: { problem: "it has never looked" },
        metrics: new Metrics(),
        alerts: { problem: "no" },
        figures: { problem: "no" },
        past: { problem: "no" },
      }),
    );
    assert.equal(answer.level, "unknown");
    assert.match(textOf(answer.parts.state ?? ""), /Not known.*No broker answers the ops host/);
  });
});

describe("the page as a service", function () {
  this.timeout(60_000);
  const folder = mkdtempSync(join(tmpdir(), "page-service-"));
  // Nobody listens there.
  const local = <T extends object>(node: T) => ({ ...node, privateIp: "127.0.0.77" });
  const here = { ...cluster, brokers: cluster.brokers.map(local), zookeeper: cluster.zookeeper.map(local) };
  const file = (name: string) => join(folder, name);
  before(async () => {
    writeFileSync(file("kafka-ops.js"), await bundle("ops/kafkaOps"));
    writeFileSync(file("kafka-page.js"), program);
    writeFileSync(file("cluster.json"), JSON.stringify(here));
    writeFileSync(file("state.json"), JSON.stringify(memoryOf()));
  });
  after(() => rmSync(folder, { recursive: true }));

  const words = (...more: readonly string[]) => [
    ...[file("kafka-ops.js"), "page", "--cluster", file("cluster.json"), "--state", file("state.json")],
    ...more,
  ];

  it("answers at the socket that systemd hands over, though nothing of the cluster does", async () => {
    const listener = createServer().listen(0, "127.0.0.1");
    await once(listener, "listening");
    const { port } = listener.address() as AddressInfo;
    const { fd } = (listener as unknown as { readonly _handle: { readonly fd: number } })._handle;
    // As systemd does: with the number of the process that it is for.
    const shell = ["-c", 'LISTEN_PID=$$ LISTEN_FDS=1 exec "$@"', "sh", process.execPath, ...words()];
    const child = spawn("sh", shell, { stdio: ["ignore", "pipe", "inherit", fd] });
    await once(child.stdout!, "data");
    listener.close();
    const { status, text } = await ask(port, "/now");
    const answer = JSON.parse(text) as NowAnswer;
    assert.deepEqual([status, answer.level], [200, "unknown"]);
    assert.match(answer.parts.state ?? "", /No broker answers/);
    child.kill();
    await once(child, "exit");
  });

  it("ends when nobody has asked for a while: systemd starts it anew", async () => {
    await runPage(here, {
      stateFile: file("state.json"),
      programFile: file("kafka-page.js"),
      port: await freePort(),
      idleMs: 50,
    });
  });

  it("says in one line that its port is taken", async () => {
    const port = await freePort();
    const other = createServer().listen(port, "127.0.0.1");
    await once(other, "listening");
    const child = spawn(process.execPath, words("--port", String(port)), { stdio: ["ignore", "ignore", "pipe"] });
    const said = (await child.stderr.toArray()).join("");
    other.close();
    assert.equal(said, `kafka-ops: 127.0.0.1:${port} is taken: --port N takes another one\n`);
  });
});
