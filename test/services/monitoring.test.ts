/** The monitoring's configurations against the programs that read them. */
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { copyFileSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { promisify } from "node:util";

import { ensureProgram } from "../../artifacts/programs";
import { releases, type ProgramName } from "../../artifacts/releases";
import { repository } from "../../artifacts/repository";
import { alertmanagerConfig } from "../../monitoring/alertmanager";
import { prometheusConfig } from "../../monitoring/prometheus";
import { freePort } from "../../ops/freePort";
import { describeCluster } from "../../planning/cluster/clusterDescription";
import { startProcess } from "./process";
import { keptByPrometheus } from "../unit/monitoring/told";
import { sampleSettings } from "../unit/settings/sampleSettings";

const rules = join(repository, "monitoring", "rules");
const run = promisify(execFile);

describe("the monitoring's configurations", function () {
  this.timeout(1_800_000);

  const programs = new Map<ProgramName, string>();
  before(async () => {
    for (const { files } of Object.values(releases))
      for (const file of files) programs.set(file, await ensureProgram(file));
  });
  const program = (name: ProgramName) => programs.get(name) ?? assert.fail(name);

  let folder: string;
  beforeEach(() => (folder = mkdtempSync(join(tmpdir(), "monitoring-"))));
  afterEach(() => rmSync(folder, { recursive: true, force: true }));
  const written = (name: string, text: string) => {
    writeFileSync(join(folder, name), text);
    return join(folder, name);
  };

  it("are for programs of the versions that the releases have", async () => {
    for (const { version, files } of Object.values(releases)) {
      for (const file of files) {
        const { stdout, stderr } = await run(program(file), ["--version"]);
        assert.match(stdout + stderr, new RegExp(`^${file}, version ${version.replaceAll(".", "\\.")}\\b`));
      }
    }
  });

  for (const [what, remoteWriteUrl] of [
    ["nothing sent on", ""],
    ["remote write to an Amazon workspace", "https://aps-workspaces.us-east-1.amazonaws.com/workspaces/ws-1/write"],
  ] as const) {
    it(`Prometheus takes its own, with ${what}, and all alert rules`, async () => {
      const cluster = describeCluster(sampleSettings(), "bucket");
      const text = prometheusConfig(cluster, { opsZone: "us-east-1a", remoteWriteUrl });
      mkdirSync(join(folder, "rules"));
      const files = readdirSync(rules).filter((file) => file.endsWith(".yml"));
      for (const file of files) copyFileSync(join(rules, file), join(folder, "rules", file));
      const here = text.replace("/opt/kafka-node/rules/*.yml", join(folder, "rules", "*.yml"));
      assert.notEqual(here, text);
      const { stdout } = await run(program("promtool"), ["check", "config", written("prometheus.yml", here)]);
      assert.match(stdout, new RegExp(`${files.length} rule files found`));
    });
  }

  it("node_exporter tells, with a node's flags, what Prometheus keeps of it", async () => {
    const unit = readFileSync(join(repository, "node/systemd/node-exporter.service"), "utf8");
    const [, flags = ""] = /^ExecStart=\S+ \\\n([^]*?[^\\])\n/m.exec(unit) ?? [];
    const port = await freePort();
    const words = flags
      .replace(/\S+:9100/, `--web.listen-address=127.0.0.1:${port}`)
      .replace("/run/kafka-node/metrics", folder)
      .replaceAll("$$", "$")
      .split(/[\s\\]+/);
    written("a.prom", "kafka_node_set_aside 0\n");
    const exporter = startProcess(program("node_exporter"), words.filter(Boolean), {});
    try {
      const deadline = Date.now() + 60_000;
      let text = "";
      while (text === "") {
        text = await fetch(`http://127.0.0.1:${port}/metrics`)
          .then((answer) => answer.text())
          .catch(() => "");
        assert.ok(Date.now() < deadline, exporter.log());
        await pause(200);
      }
      const told = [...text.matchAll(/^# TYPE (\S+)/gm)].map(([, name]) => name);
      // Those of the network card are AWS's; a kernel may count no pressure.
      const elsewhere = /^node_(ethtool|pressure)_|^kafka_\.\*$/;
      assert.deepEqual(
        keptByPrometheus().node?.filter((name) => !elsewhere.test(name) && !told.includes(name)),
        [],
      );
    } finally {
      await exporter.end("SIGTERM");
    }
  });

  it("Alertmanager takes its own", async () => {
    const config = { clusterName: "kafka-test", region: "us-east-1", topicArn: "arn:aws:sns:us-east-1:1:x" };
    const { stdout } = await run(program("amtool"), [
      "check-config",
      written("alertmanager.yml", alertmanagerConfig(config)),
    ]);
    assert.match(stdout, /SUCCESS/);
  });

  describe("by a real Alertmanager", () => {
    let server: Server;
    const published: URLSearchParams[] = [];
    before((done) => {
      server = createServer((request, response) => {
        let body = "";
        request.on("data", (part: Buffer) => (body += part.toString()));
        request.on("end", () => {
          published.push(new URLSearchParams(body));
          const answer = "<PublishResult><MessageId>1</MessageId></PublishResult>";
          response.end(`<PublishResponse xmlns="http://sns.amazonaws.com/doc/2010-03-31/">${answer}</PublishResponse>`);
        });
      }).listen(0, "127.0.0.1", done);
    });
    after(() => server.close());

    beforeEach(() => (published.length = 0));

    const topicArn = "arn:aws:sns:us-east-1:123456789012:kafka-test-alerts";

    /** Posts alerts to an Alertmanager. Gives what it has published: so many messages, and what comes just after. */
    async function messagesOf(alerts: readonly object[], count: number): Promise<readonly URLSearchParams[]> {
      const text = alertmanagerConfig({ clusterName: "kafka-test", region: "us-east-1", topicArn });
      const sns = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
      const config = text
        .replace("      - topic_arn:", `      - api_url: ${sns}\n        topic_arn:`)
        .replaceAll(/group_wait: \w+/g, "group_wait: 1s");
      const port = await freePort();
      const alertmanager = startProcess(
        program("alertmanager"),
        [
          `--config.file=${written("alertmanager.yml", config)}`,
          `--storage.path=${folder}`,
          `--web.listen-address=127.0.0.1:${port}`,
          "--cluster.listen-address=",
        ],
        { AWS_ACCESS_KEY_ID: "a", AWS_SECRET_ACCESS_KEY: "b" },
      );
      try {
        await posted(`http://127.0.0.1:${port}/api/v2/alerts`, alerts);
        for (let tries = 0; published.length < count && tries < 300; tries++) await pause(100);
        await pause(2000);
        assert.equal(
          published.length,
          count,
          `${published.map((one) => one.get("Subject")).join()}\n${alertmanager.log()}`,
        );
        return published;
      } finally {
        await alertmanager.end("SIGKILL");
      }
    }

    it("become messages that SNS takes: a subject of less than 100 ASCII characters, and no empty attribute", async () => {
      const alerts = [
        {
          labels: { alertname: "BrokerDown", severity: "page", node: "kafka-3" },
          annotations: { summary: "kafka-3 is out", description: "It does.", runbook: "docs/runbook.md#brokerdown" },
        },
        { labels: { alertname: `Ä${"x".repeat(150)}`, severity: "ticket" }, annotations: { summary: "long" } },
        { labels: { alertname: "Plain" }, annotations: {} },
        { labels: { alertname: "Watchdog", severity: "none" }, annotations: { summary: "always" } },
      ];
      const bySubject = new Map(
        (await messagesOf(alerts, 3)).map((message) => [message.get("Subject") ?? "", message]),
      );
      for (const subject of bySubject.keys()) assert.match(subject, /^[A-Z][ -~]{0,98}$/);
      const page = bySubject.get("PAGE kafka-test: BrokerDown kafka-3");
      assert.equal(page?.get("TopicArn"), topicArn);
      assert.match(
        page?.get("Message") ?? "",
        /^FIRING: kafka-3 is out\nIt does\.\nSince 2\S+ [\d:]+ UTC\.\nWhat to do: docs\/runbook\.md#brokerdown\n/,
      );
      assert.ok([...bySubject.keys()].some((subject) => /^TICKET kafka-test: \?x+$/.test(subject)));
      const plain = bySubject.get("FIRING kafka-test: Plain");
      const values = [...(plain ?? [])].filter(([key]) => key.endsWith("StringValue")).map(([, value]) => value);
      assert.deepEqual(values.sort(), ["firing", "kafka-test", "none"]);
    });

    const oneFault: Readonly<Record<string, { readonly alerts: readonly object[]; readonly message: string }>> = {
      "disks that are full": {
        alerts: [
          ...["kafka-1", "kafka-2", "kafka-3"].map((node) => alert("DiskNearlyFull", "page", { node })),
          alert("WritingStopped", "page"),
          alert("WritesStopped", "page"),
          alert("BrokersBelowMinimum", "page"),
          alert("GuardianHasConcerns", "ticket"),
        ],
        message: "PAGE kafka-test: WritingStopped",
      },
      "a broker whose volume is lost": {
        alerts: [
          alert("NodeNeedsPerson", "page", { node: "kafka-3" }),
          alert("NodeOut", "ticket", { node: "kafka-3" }),
          alert("MetricsSilent", "ticket", { node: "kafka-3" }),
          alert("CopiesBehind", "ticket"),
        ],
        message: "PAGE kafka-test: NodeNeedsPerson kafka-3",
      },
      "an ops host that is cut off": {
        alerts: [
          alert("OpsHostSeesNothing", "page"),
          ...["WritesStopped", "ZooKeeperQuorumLost", "NoBrokerToSpare"].map((name) => alert(name, "page")),
        ],
        message: "PAGE kafka-test: OpsHostSeesNothing",
      },
      "no quorum, and so no controller": {
        alerts: [alert("ZooKeeperQuorumLost", "page"), alert("NoController", "page")],
        message: "PAGE kafka-test: ZooKeeperQuorumLost",
      },
    };
    for (const [fault, { alerts, message }] of Object.entries(oneFault)) {
      it(`one fault gives one message: ${fault}`, async () => {
        const [only] = await messagesOf(alerts, 1);
        assert.equal(only?.get("Subject"), message);
      });
    }

    it("two faults give two", async () => {
      const alerts = [
        alert("NodeNeedsPerson", "page", { node: "kafka-3" }),
        alert("NodeOut", "ticket", { node: "kafka-4" }),
      ];
      await messagesOf(alerts, 2);
    });
  });
});

function alert(alertname: string, severity: string, labels: Readonly<Record<string, string>> = {}) {
  return { labels: { alertname, severity, ...labels }, annotations: { summary: alertname } };
}

/** Posts JSON until the server is there. */
async function posted(url: string, body: unknown): Promise<void> {
  for (let tries = 0; ; tries++) {
    try {
      const headers = { "content-type": "application/json" };
      const { ok, status } = await fetch(url, { method: "POST", body: JSON.stringify(body), headers });
      assert.ok(ok, `${url}: ${status}`);
      return;
    } catch (error) {
      if (tries === 300 || error instanceof assert.AssertionError) throw error;
      await pause(100);
    }
  }
}
