import { stringify } from "yaml";
import { amazonWorkspace } from "../planning/cluster/amazonWorkspace";
import type { ClusterDescription, ClusterNode } from "../planning/cluster/clusterDescription";
import { monitoringPorts, opsNode, opsTools } from "../planning/cluster/names";

/** What the configuration depends on beside the cluster. */
export interface PrometheusSettings {
  /** The ops host's zone. */
  readonly opsZone: string;
  /** `metricsRemoteWriteUrl`; empty: nothing is sent on. */
  readonly remoteWriteUrl: string;
}

/** How long metrics are kept, unless the volume has no room for that: a month's availability is asked for. */
const retentionDays = 32;
/** The share of the volume that metrics may fill: what is being written and put together takes room beside. */
const retentionPercentage = 75;
/** So many samples of one target are an error in it: all of it is refused, before it fills the host's memory. */
const mostSamples = 5000;

/** What of each exporter's metrics is kept. metrics.yml says which alert, panel or page reads each. */
const kept = {
  node: [
    "node_boot_time_seconds",
    "node_cpu_seconds_total",
    ...["read_bytes", "written_bytes", "reads_completed", "writes_completed"].map((name) => `node_disk_${name}_total`),
    ...["read", "write", "io"].map((name) => `node_disk_${name}_time_seconds_total`),
    ...["bw_in", "bw_out", "pps", "conntrack"].map((name) => `node_ethtool_${name}_allowance_exceeded`),
    ...["avail", "size"].map((name) => `node_filesystem_${name}_bytes`),
    ...["MemAvailable", "Cached", "Dirty"].map((name) => `node_memory_${name}_bytes`),
    ...["Tcp_RetransSegs", "TcpExt_ListenOverflows"].map((name) => `node_netstat_${name}`),
    ...["receive_bytes", "receive_drop", "transmit_bytes", "transmit_drop"].map((name) => `node_network_${name}_total`),
    ...["cpu", "memory", "io"].map((name) => `node_pressure_${name}_waiting_seconds_total`),
    "node_textfile_mtime_seconds",
    "node_textfile_scrape_error",
    "node_time_seconds",
    "node_vmstat_oom_kill",
    // Of our own programs.
    "kafka_.*",
  ],
  prometheus: [
    "prometheus_config_last_reload_successful",
    "prometheus_notifications_alertmanagers_discovered",
    "prometheus_remote_storage_samples_failed_total",
    "prometheus_rule_evaluation_failures_total",
    "prometheus_tsdb_wal_corruptions_total",
  ],
  alertmanager: ["alertmanager_notifications_total", "alertmanager_notifications_failed_total"],
} as const;
/** Modes of processor time that nobody reads: each has a series for each processor. */
const droppedOfProcessors = "node_cpu_seconds_total;(user|nice|system|irq|softirq)";
/** What the JMX exporter says of itself. */
const droppedOfJvms = "jmx_(config_reload_.*|scrape_cached_beans|scrape_duration_seconds)";

/** The whole prometheus.yml of the ops host. */
export function prometheusConfig(cluster: ClusterDescription, { opsZone, remoteWriteUrl }: PrometheusSettings): string {
  const { jmx, nodeExporter, prometheus, alertmanager } = monitoringPorts;
  const nodes = [...cluster.brokers, ...cluster.zookeeper];
  const at = (port: number) => (node: ClusterNode) => target(`${node.privateIp}:${port}`, node, roleOf(node.name));
  const here = (port: number) => target(`127.0.0.1:${port}`, { name: opsNode, zone: opsZone }, "ops");
  const job = (name: string, targets: readonly Target[]) => ({ job_name: name, static_configs: targets });
  return stringify(
    {
      global: {
        // From a fault to the message it takes less than a minute.
        scrape_interval: "5s",
        scrape_timeout: "4s",
        evaluation_interval: "5s",
        sample_limit: mostSamples,
        external_labels: { cluster: cluster.clusterName },
      },
      rule_files: [`${opsTools.rules}/*.yml`],
      alerting: { alertmanagers: [{ static_configs: [{ targets: [`127.0.0.1:${alertmanager}`] }] }] },
      storage: { tsdb: { retention: { time: `${retentionDays}d`, percentage: retentionPercentage } } },
      scrape_configs: [
        { ...job("kafka", cluster.brokers.map(at(jmx))), ...relabel(drop(droppedOfJvms)) },
        { ...job("zookeeper", cluster.zookeeper.map(at(jmx))), ...relabel(drop(droppedOfJvms)) },
        // Programs on the ops host tell of nodes: the labels of what they say are those of the node that it is about.
        {
          ...job("node", [...nodes.map(at(nodeExporter)), here(nodeExporter)]),
          ...relabel(keep(kept.node), drop(droppedOfProcessors, "mode")),
          honor_labels: true,
        },
        { ...job("prometheus", [here(prometheus)]), ...relabel(keep(kept.prometheus)) },
        { ...job("alertmanager", [here(alertmanager)]), ...relabel(keep(kept.alertmanager)) },
      ],
      ...(remoteWriteUrl && { remote_write: [remoteWrite(remoteWriteUrl)] }),
    },
    { lineWidth: 0 },
  );
}

const relabel = (...rules: readonly object[]) => ({ metric_relabel_configs: rules });
const keep = (names: readonly string[]) => ({ source_labels: ["__name__"], regex: names.join("|"), action: "keep" });
/** Drops what its name and these labels match, with `;` between them. */
const drop = (regex: string, ...labels: readonly string[]) => ({
  source_labels: ["__name__", ...labels],
  regex,
  action: "drop",
});

interface Target {
  readonly targets: readonly string[];
  readonly labels: { readonly node: string; readonly role: string; readonly zone: string };
}

function target(address: string, { name, zone }: Pick<ClusterNode, "name" | "zone">, role: string): Target {
  return { targets: [address], labels: { node: name, role, zone } };
}

/** `kafka-3` is a `kafka`. */
function roleOf(node: string): string {
  return node.replace(/-\d+$/, "");
}

function remoteWrite(url: string) {
  const workspace = amazonWorkspace(url);
  return {
    url,
    // An Amazon workspace takes what the host's role signs.
    ...(workspace && { sigv4: { region: workspace.region } }),
    // A receiver that is away must not cost the memory of what all is for.
    queue_config: { max_shards: 4, capacity: 5000, max_samples_per_send: 1000 },
  };
}
