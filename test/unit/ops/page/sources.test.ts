import assert from "node:assert/strict";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type IncomingMessage, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { panels } from "../../../../monitoring/queries";
import { freePort } from "../../../../ops/freePort";
import { guardianRegistry } from "../../../../ops/guardian/guardianMetrics";
import { alertsAt, parseAlerts } from "../../../../ops/page/alertmanager";
import { canaryOf } from "../../../../ops/page/canary";
import { chartOf, labelOf, rangeOf } from "../../../../ops/page/charts";
import { Lookout, shared } from "../../../../ops/page/lookout";
import { Metrics, parseMetrics, readMetrics } from "../../../../ops/page/metricsFiles";
import { pastOf, stretchesOf } from "../../../../ops/page/past";
import { presentValue } from "../../../../ops/page/presentValue";
import { prometheusAt } from "../../../../ops/page/prometheus";
import { bytes, count, days, rate, seconds, share } from "../../../../ops/page/words";
import { worksOf } from "../../../../ops/page/works";
import { describeCluster } from "../../../../planning/cluster/clusterDescription";
import { sampleSettings } from "../../settings/sampleSettings";
import {
  cluster,
  metricsOf,
  metricsText,
  noAlertmanager,
  noPrometheus,
  now,
  rollMetrics,
  scenes,
} from "./pageFixtures";

describe("what the page asks Prometheus and Alertmanager", () => {
  let server: Server;
  let url: string;
  let answer: (path: string, form: URLSearchParams) => { status?: number; body?: string };
  const asked: string[] = [];
  const body = async (request: IncomingMessage) => (await request.toArray()).join("");

  before(async () => {
    server = createServer((request, response) => {
      void body(request).then((text) => {
        asked.push(request.url ?? "");
        const { status = 200, body: said } = answer(request.url ?? "", new URLSearchParams(text));
        if (said === undefined) return;
        response.writeHead(status).end(said);
      });
    });
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });
  after(() => {
    server.closeAllConnections();
    server.close();
  });

  const success = (result: unknown) => ({ body: JSON.stringify({ status: "success", data: { result } }) });

  it("reads figures of a moment and over time, without those that are no number", async () => {
    answer = (path, form) => {
      if (path.endsWith("/query_range")) {
        assert.deepEqual([...form].sort(), [
          ["end", "60"],
          ["query", "rate(x[1m])"],
          ["start", "0"],
          ["step", "30"],
        ]);
        return success([
          {
            metric: { node: "kafka-1" },
            values: [
              [0, "1.5"],
              [30, "NaN"],
              [60, "2"],
            ],
          },
        ]);
      }
      return success([
        { metric: { node: "kafka-1" }, value: [1.7e9, "3.25"] },
        { metric: { node: "kafka-2" }, value: [1.7e9, "NaN"] },
        { metric: { node: "kafka-3" }, value: [1.7e9, "+Inf"] },
      ]);
    };
    const prometheus = prometheusAt(url);
    assert.deepEqual(await prometheus.now("up"), [{ labels: { node: "kafka-1" }, value: 3.25 }]);
    assert.deepEqual(await prometheus.over("rate(x[1m])", { from: 0, to: 60, step: 30 }), [
      {
        labels: { node: "kafka-1" },
        points: [
          [0, 1.5],
          [60, 2],
        ],
      },
    ]);
  });

  it("says in one line why there is no answer", async () => {
    const prometheus = prometheusAt(url, 300);
    answer = () => ({
      status: 400,
      body: JSON.stringify({ status: "error", errorType: "bad_data", error: "parse error: unexpected end" }),
    });
    await assert.rejects(prometheus.now("("), /^Error: parse error: unexpected end$/);
    answer = () => ({ status: 503, body: "Service Unavailable\n" });
    await assert.rejects(prometheus.now("up"), /^Error: 127\.0\.0\.1:\d+ answers 503: Service Unavailable$/);
    answer = () => ({});
    await assert.rejects(prometheus.now("up"), /^Error: 127\.0\.0\.1:\d+ gives no answer within 0\.3 s$/);
    const nobody = `127.0.0.1:${await freePort()}`;
    await assert.rejects(prometheusAt(`http://${nobody}`).now("up"), { message: `nothing listens at ${nobody}` });
  });

  it("takes the alerts that are not another one's doing, without the one that fires always", async () => {
    const alert = (alertname: string, labels: object, annotations: object) => ({
      labels: { alertname, ...labels },
      annotations,
      startsAt: "2026-11-29T15:40:00.000Z",
      endsAt: "2026-11-29T15:44:00.000Z",
      status: { state: "active", inhibitedBy: [], silencedBy: [] },
    });
    const text = { summary: "kafka-3 serves nothing", description: "For 30 s.", runbook: "docs/runbook.md#brokerdown" };
    const list = [
      alert("Watchdog", { severity: "none" }, {}),
      alert("BrokerDown", { severity: "page", node: "kafka-3" }, text),
      alert("SlowGroup", { severity: "ticket" }, {}),
    ];
    answer = () => ({ body: JSON.stringify(list) });
    assert.deepEqual(await alertsAt(url), [
      { name: "BrokerDown", severity: "page", node: "kafka-3", ...text, since: Date.parse("2026-11-29T15:40:00Z") },
      {
        name: "SlowGroup",
        severity: "ticket",
        node: undefined,
        summary: "SlowGroup",
        description: "",
        runbook: undefined,
        since: Date.parse("2026-11-29T15:40:00Z"),
      },
    ]);
    assert.equal(asked.at(-1), "/api/v2/alerts?silenced=true&inhibited=false");
    assert.throws(() => parseAlerts('{"code": 500}'));
  });

  it("draws a panel's lines, each at its time, with a hole where nothing was measured", async () => {
    const range = rangeOf("1h", now);
    const missing = range.from + 30;
    answer = (_, form) => {
      const values = [range.from, range.from + 15, range.from + 45].map((at) => [at, "1234567.8"]);
      return success(form.get("query")?.includes("bytesin") ? [{ metric: {}, values }] : []);
    };
    const chart = await chartOf("throughput", range, prometheusAt(url));
    assert.deepEqual([chart.times.length, chart.times[0], chart.times.at(-1)], [241, range.from, range.to]);
    assert.deepEqual(
      chart.lines.map(({ label, values }) => [label, values.slice(0, 4)]),
      [["written", [1_235_000, 1_235_000, null, 1_235_000]]],
    );
    assert.equal(chart.times[2], missing);
    answer = () => ({ status: 422, body: JSON.stringify({ status: "error", error: "too many samples" }) });
    assert.equal((await chartOf("lag", range, prometheusAt(url))).problem, "too many samples");
  });

  it("puts nodes in the order of their numbers, and shows only the highest of very many lines", async () => {
    answer = () =>
      success(
        Array.from({ length: 30 }, (_, index) => ({
          metric: { group: `group-${index}` },
          values: [[rangeOf("15m", now).from, String(index)]],
        })),
      );
    const chart = await chartOf("lag", rangeOf("15m", now), prometheusAt(url));
    assert.deepEqual(
      chart.lines.map(({ label }) => label),
      Array.from({ length: 12 }, (_, index) => `group-${index + 18}`),
    );
    const ended = rangeOf("15m", now);
    answer = () =>
      success(
        Array.from({ length: 30 }, (_, index) => ({
          metric: { group: `group-${index}` },
          values: [[index === 0 ? ended.to : ended.from, String(index)]],
        })),
      );
    const { lines } = await chartOf("lag", ended, prometheusAt(url));
    assert.equal(lines[0]?.label, "group-0", "the one that is there now, though it is the lowest");
    assert.deepEqual(lines.map(presentValue), [0, ...Array.from({ length: 11 }, () => undefined)]);
    assert.equal(labelOf(panels.disks.lines[0], { labels: { node: "kafka-1" } }), "kafka-1");
  });
});

describe("what the page reads of the ops host's programs", () => {
  it("reads Prometheus' text format, with its escapes, and leaves out what is none of it", () => {
    const text = [
      "# HELP kafka_ops_node_next what it waits for",
      "# TYPE kafka_ops_node_next gauge",
      'kafka_ops_node_next{node="kafka-3",next="says \\"no\\",\\nthen {waits} \\\\"} 1',
      "kafka_canary_ready 1 1700000000000",
      'kafka_group_seconds_until_deleted{group="a",topic="b"} +Inf',
      "kafka_canary_gap_seconds NaN",
      "no metric at all",
      "",
    ].join("\n");
    assert.deepEqual(parseMetrics(text), [
      { name: "kafka_ops_node_next", labels: { node: "kafka-3", next: 'says "no",\nthen {waits} \\' }, value: 1 },
      { name: "kafka_canary_ready", labels: {}, value: 1 },
      { name: "kafka_group_seconds_until_deleted", labels: { group: "a", topic: "b" }, value: Infinity },
    ]);
  });

  it("reads every file of the folder, and when it was written; without the folder there is nothing", () => {
    const folder = mkdtempSync(join(tmpdir(), "metrics-"));
    try {
      writeFileSync(join(folder, "canary.prom"), "kafka_canary_ready 1\n");
      writeFileSync(join(folder, "guardian.prom.new"), "half");
      mkdirSync(join(folder, "broken.prom"));
      const metrics = readMetrics(folder);
      assert.equal(metrics.one("kafka_canary_ready"), 1);
      assert.deepEqual([...metrics.writtenAt.keys()], ["canary"]);
      assert.ok(Date.now() - (metrics.writtenAt.get("canary") ?? 0) < 60_000);
      assert.equal(readMetrics(join(folder, "none")).one("kafka_canary_ready"), undefined);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  it("tells a roll's progress, that one has ended and how, and that one was killed", () => {
    const under = worksOf(metricsOf(metricsText(rollMetrics)))[0];
    assert.deepEqual([under?.name, under?.isUnderWay, under?.done, under?.total], ["roll kafka", true, 2, 5]);
    const end = `kafka_ops_run_ended_timestamp_seconds{program="roll kafka",outcome="failed"} ${now / 1000}`;
    const ended = worksOf(metricsOf(metricsText(`${rollMetrics}\n${end}`)))[0];
    assert.deepEqual([ended?.isUnderWay, ended?.outcome, ended?.ended], [false, "failed", now]);
    const quiet = rollMetrics.replace('program="roll kafka"} 1', 'program="roll kafka"} 0');
    const killed = worksOf(metricsOf(metricsText(quiet)))[0];
    assert.deepEqual([killed?.isUnderWay, killed?.outcome], [false, undefined]);
    const balance = `kafka_ops_running{program="balance"} 1
      kafka_ops_balance_began_timestamp_seconds 1700000000
      kafka_ops_balance_partitions 12
      kafka_ops_balance_partitions_done 3
      kafka_ops_balance_bytes 4.8e9
      kafka_ops_balance_bytes_done 1.2e9`.replaceAll(/^ +/gm, "");
    const moving = worksOf(metricsOf(metricsText(balance)))[0];
    assert.deepEqual(
      [moving?.name, moving?.isUnderWay, moving?.bytes],
      ["balance", true, { done: 1.2e9, total: 4.8e9 }],
    );
  });

  it("knows which pool is rolled by what the guardian says runs", async () => {
    const look = { failed: false, runs: (...words: readonly string[]) => words.join(" ") === "roll kafka" };
    const registry = guardianRegistry(describeCluster(sampleSettings(), "bucket"), undefined, look);
    const began = ["kafka", "zookeeper"].map((pool) => `kafka_ops_roll_began_timestamp_seconds{pool="${pool}"} 1`);
    const works = worksOf(metricsOf([await registry.metrics(), ...began].join("\n")));
    assert.deepEqual(
      works.map(({ name, isUnderWay }) => [name, isUnderWay]),
      [
        ["roll kafka", true],
        ["roll zookeeper", false],
      ],
    );
  });

  it("takes the canary at its word only while it speaks, and has its topic", () => {
    assert.deepEqual(canaryOf(metricsOf(metricsText("", 7)), now), { gapSeconds: 7, node: "kafka-3" });
    assert.equal(canaryOf(metricsOf(metricsText(), 31_000), now), "the canary has said nothing for 31 s");
    assert.equal(canaryOf(metricsOf("kafka_canary_ready 0"), now), "the canary waits for its topic");
    assert.equal(canaryOf(new Metrics(), now), undefined);
  });
});

describe("the past day", () => {
  it("is cut into stretches, which end where a value changes and where nothing was measured", () => {
    const points = [
      [0, 1],
      [60, 1],
      [120, 0],
      [180, 1],
      [420, 1],
    ] as const;
    assert.deepEqual(
      stretchesOf({ points }, 60, (value) => value === 1),
      [
        { from: -60_000, to: 60_000 },
        { from: 120_000, to: 180_000 },
        { from: 360_000, to: 420_000 },
      ],
    );
  });

  it("knows a new machine by its own start, whatever the clock's drift, and none that is older than the day", () => {
    const points = [
      [0, 1000],
      [60, 1001],
      [120, 5000.4],
      [180, 5000],
    ] as const;
    const boots = [{ labels: { node: "kafka-1" }, points }];
    const past = pastOf({ alerts: [], out: [], controller: [], boots, works: [] }, 60, 2_000_000);
    assert.deepEqual(past.boots, [{ node: "kafka-1", at: 5_000_400 }]);
  });
});

describe("the lookout", () => {
  it("asks once what several viewers want, and again when the answer is old", async () => {
    let asked = 0;
    const ask = shared(40, () => Promise.resolve(++asked));
    assert.deepEqual(await Promise.all([ask(), ask(), ask()]), [1, 1, 1]);
    await new Promise((resolve) => setTimeout(resolve, 60));
    assert.equal(await ask(), 2);
  });

  it("gives all that it can get, and why it could not get the rest", async () => {
    const well = await new Lookout(cluster, scenes.well(), () => now).seen();
    assert.ok("value" in well.figures && "value" in well.past && "value" in well.alerts && "value" in well.guardian);
    const nothing = {
      ...scenes.well(),
      prometheus: noPrometheus,
      alerts: noAlertmanager,
      guardian: () => {
        throw new Error("state.json is not the guardian's");
      },
    };
    const blind = await new Lookout(cluster, nothing, () => now).seen();
    assert.deepEqual(
      [blind.figures, blind.past, blind.alerts, blind.guardian],
      [
        { problem: "nothing listens at 127.0.0.1:9090" },
        { problem: "nothing listens at 127.0.0.1:9090" },
        { problem: "nothing listens at 127.0.0.1:9093" },
        { problem: "state.json is not the guardian's" },
      ],
    );
    assert.equal(blind.status.healthy, true);
  });

  it("asks nobody who is not there, where the settings want no monitoring", async () => {
    const asked = () => assert.fail("it was asked");
    const sources = { ...scenes.well(), prometheus: { now: asked, over: asked }, alerts: asked };
    const lookout = new Lookout({ ...cluster, monitored: false }, sources, () => now);
    const { figures, alerts, past } = await lookout.seen();
    assert.ok([figures, alerts, past].every((one) => "problem" in one && one.problem === "monitoringEnabled is false"));
    assert.deepEqual(await lookout.charts("1h"), []);
  });
});

describe("the page's figures in words", () => {
  it("have few digits, and a unit", () => {
    assert.deepEqual([0.004, 1.34, 45, 700, 12_000, 1e6].map(seconds), [
      "4 ms",
      "1.3 s",
      "45 s",
      "12 min",
      "3.3 h",
      "12 days",
    ]);
    assert.deepEqual([3600, 5 * 86_400, 120 * 86_400, 1e9].map(days), [
      "60 min",
      "5 days",
      "4 months",
      "more than a year",
    ]);
    assert.deepEqual([0, 812, 18_420, 4_200_000].map(count), ["0", "812", "18.4k", "4.2M"]);
    assert.deepEqual([0, 300, 31_000, 5e8, 4.8e9, 2.9e12].map(bytes), [
      "0 MB",
      "1 kB",
      "31 kB",
      "500 MB",
      "4.8 GB",
      "2.9 TB",
    ]);
    assert.equal(rate(20_400), "21 kB/s");
  });

  it("say 100 % only of what lacks nothing", () => {
    assert.deepEqual([0, 0.684, 0.999971, 0.99999999, 1].map(share), [
      "0 %",
      "68 %",
      "99.997 %",
      "99.99999 %",
      "100 %",
    ]);
  });
});
