import assert from "node:assert/strict";
import { parse } from "yaml";
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

  it("keeps of each processor only the times that somebody reads, and of the exporters' own metrics none", () => {
    const dropped = (name: string, ...values: readonly string[]) => {
      const { metric_relabel_configs: rules = [] } =
        configured().scrape_configs.find(({ job_name }) => job_name === name) ?? {};
      const drop = rules.find(({ action }) => action === "drop") ?? assert.fail(name);
      return values.filter((value) => new RegExp(`^(?:${drop.regex})$`).test(value));
    };
    const times = ["idle", "steal", "iowait", "user"].map((mode) => `node_cpu_seconds_total;${mode}`);
    assert.deepEqual(dropped("node", ...times, "node_time_seconds;"), ["node_cpu_seconds_total;user"]);
    for (const job of ["kafka", "zookeeper"])
      assert.deepEqual(dropped(job, "jmx_scrape_error", "jmx_scrape_cached_beans"), ["jmx_scrape_cached_beans"]);
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
