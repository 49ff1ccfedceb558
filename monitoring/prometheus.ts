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

/** How long metrics are kept, unless the volume has no room for that. */
const retentionDays = 15;
/** The share of the volume that metrics may fill: what is being written and put together takes room beside. */
const retentionPercentage = 75;
/** So many samples of one target are an error in it: all of it is refused, before it fills the host's memory. */
const mostSamples = 5000;

/** What of node_exporter's metrics is kept: what alerts, panels and autosize read. README.md says what each is. */
const keptOfMachines = [
  "node_(cpu_seconds_total|load1|boot_time_seconds|time_seconds|uname_info|vmstat_(oom_kill|pgmajfault))",
  "node_memory_(MemTotal|MemAvailable|Cached|Dirty)_bytes",
  "node_pressure_.*",
  "node_disk_(read_bytes|written_bytes|(reads|writes)_completed|(read|write|io)_time_seconds)_total",
  "node_filesystem_(avail_bytes|size_bytes|files|files_free|readonly)",
  "node_network_(receive|transmit)_(bytes|drop)_total",
  "node_(netstat|timex)_(Tcp_RetransSegs|TcpExt_ListenOverflows|sync_status|offset_seconds)",
  "node_ethtool_.*_allowance_exceeded",
  "node_(textfile_.*|scrape_collector_success)",
  // Of our own programs.
  "kafka_.*",
];
/** What the JMX exporter says of itself. */
const droppedOfJvms = "jmx_(config_reload_.*|scrape_cached_beans)";

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
        { ...job("kafka", cluster.brokers.map(at(jmx))), ...only("drop", droppedOfJvms) },
        { ...job("zookeeper", cluster.zookeeper.map(at(jmx))), ...only("drop", droppedOfJvms) },
        // Programs on the ops host tell of nodes: the labels of what they say are those of the node that it is about.
        {
          ...job("node", [...nodes.map(at(nodeExporter)), here(nodeExporter)]),
          ...only("keep", keptOfMachines.join("|")),
          honor_labels: true,
        },
        job("prometheus", [here(prometheus)]),
        job("alertmanager", [here(alertmanager)]),
      ],
      ...(remoteWriteUrl && { remote_write: [remoteWrite(remoteWriteUrl)] }),
    },
    { lineWidth: 0 },
  );
}

/** A rule on the metrics with these names, all of them. */
function only(action: "keep" | "drop", names: string) {
  return { metric_relabel_configs: [{ source_labels: ["__name__"], regex: names, action }] };
}

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
