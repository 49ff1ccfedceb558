import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "yaml";
import { repository } from "../../../artifacts/repository";
import { alertmanagerConfig } from "../../../monitoring/alertmanager";
import { prometheusConfig } from "../../../monitoring/prometheus";
import { describeCluster } from "../../../planning/cluster/clusterDescription";
import { sampleSettings } from "../settings/sampleSettings";

interface Configuration {
  readonly global: { readonly scrape_interval: string; readonly external_labels: object };
  readonly scrape_configs: readonly {
    readonly job_name: string;
    readonly metric_relabel_configs?: readonly { readonly action: string; readonly regex: string }[];
    readonly static_configs: readonly {
      readonly targets: readonly string[];
      readonly labels: Record<string, string>;
    }[];
  }[];
  readonly remote_write?: readonly { readonly url: string; readonly sigv4?: object }[];
}

const read = (file: string) => readFileSync(join(repository, file), "utf8");
const cluster = describeCluster(sampleSettings({ brokerCount: 6 }), "bucket");
const configured = (remoteWriteUrl = "") =>
  parse(prometheusConfig(cluster, { opsZone: "us-east-1a", remoteWriteUrl })) as Configuration;

describe("prometheus.yml", () => {
  it("has each node by its fixed address, with its name, role and zone", () => {
    const targets = configured().scrape_configs.flatMap(({ job_name, static_configs }) =>
      static_configs.map(({ targets, labels }) => [job_name, ...targets, ...Object.values(labels)].join(" ")),
    );
    for (const { name, privateIp, zone } of cluster.brokers) {
      assert.ok(targets.includes(`kafka ${privateIp}:9404 ${name} kafka ${zone}`), name);
      assert.ok(targets.includes(`node ${privateIp}:9100 ${name} kafka ${zone}`), name);
    }
    for (const { name, privateIp, zone } of cluster.zookeeper) {
      assert.ok(targets.includes(`zookeeper ${privateIp}:9404 ${name} zookeeper ${zone}`), name);
      assert.ok(targets.includes(`node ${privateIp}:9100 ${name} zookeeper ${zone}`), name);
    }
    assert.ok(targets.includes("node 127.0.0.1:9100 ops ops us-east-1a"));
    assert.equal(targets.length, 2 * 9 + 3);
  });

  it("keeps what the documents have of machines, and all that programs tell, and nothing else", () => {
    const { metric_relabel_configs: [rule] = [] } =
      configured().scrape_configs.find(({ job_name }) => job_name === "node") ?? {};
    assert.equal(rule?.action, "keep");
    const kept = new RegExp(`^(?:${rule.regex})$`);
    const [, section = ""] = /^### Of machines\n([^]*?)^### /m.exec(read("monitoring/README.md")) ?? [];
    const documented = [...section.matchAll(/^\| (`node_.*?) \|/gm)].flatMap(
      ([, cell = ""]) => cell.match(/\w+/g) ?? [],
    );
    assert.ok(documented.length > 30);
    assert.deepEqual(
      documented.filter((name) => !kept.test(name)),
      [],
    );
    for (const name of ["kafka_node_fenced", "kafka_ops_node_out"]) assert.ok(kept.test(name), name);
    for (const name of ["node_memory_Slab_bytes", "node_intr_total", "go_threads"]) assert.ok(!kept.test(name), name);
  });

  it("names the cluster in all that leaves the host", () => {
    assert.deepEqual(configured().global.external_labels, { cluster: "kafka-test" });
  });

  it("sends metrics on where the setting says, to an Amazon workspace by the host's role", () => {
    assert.equal(configured().remote_write, undefined);
    const own = configured("https://metrics.example.com/write").remote_write?.[0];
    assert.deepEqual([own?.url, own?.sigv4], ["https://metrics.example.com/write", undefined]);
    const amazon = configured("https://aps-workspaces.eu-west-1.amazonaws.com/workspaces/ws-1/api/v1/remote_write");
    assert.deepEqual(amazon.remote_write?.[0]?.sigv4, { region: "eu-west-1" });
  });
});

describe("alertmanager.yml", () => {
  const topicArn = "arn:aws:sns:us-east-1:123456789012:kafka-test-alerts";
  const text = alertmanagerConfig({ clusterName: "kafka-test", region: "us-east-1", topicArn });
  const config = parse(text) as {
    readonly route: {
      readonly receiver: string;
      readonly routes: readonly { receiver?: string; matchers: string[] }[];
    };
    readonly receivers: readonly { name: string; sns_configs?: readonly Record<string, unknown>[] }[];
  };

  it("sends to the topic by the host's role, and the alert that fires always to nobody", () => {
    const byName = Object.fromEntries(config.receivers.map(({ name, sns_configs }) => [name, sns_configs]));
    const [sns] = byName[config.route.receiver] ?? [];
    assert.deepEqual([sns?.["topic_arn"], sns?.["sigv4"]], [topicArn, { region: "us-east-1" }]);
    const watchdog = config.route.routes.find(({ matchers }) => matchers.includes('alertname="Watchdog"'));
    assert.equal(byName[watchdog?.receiver ?? ""], undefined);
  });
});
