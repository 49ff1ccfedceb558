/** A cluster as Prometheus has it: the series that the alert rules read, for whole scenes of what happens to it. */

/** Seconds between two samples. */
export const stepSeconds = 5;

const brokers = [1, 2, 3, 4, 5].map((id) => ({ node: `kafka-${id}`, role: "kafka", zone: "abc"[(id - 1) % 3] ?? "" }));
const servers = [1, 2, 3].map((id) => ({ node: `zookeeper-${id}`, role: "zookeeper", zone: "abc"[id - 1] ?? "" }));
const opsHost = { node: "ops", role: "ops", zone: "a" };

/** Times in seconds from the scene's beginning. */
export interface Span {
  readonly from: number;
  readonly to: number;
}

type Sample = number | "stale";

/** The nodes that stand in a zone. */
export const nodesOf = (zone: string): string[] =>
  [...brokers, ...servers].filter((node) => node.zone === zone).map(({ node }) => node);

/** The series of a cluster, well at first, to which things happen. */
export class ClusterSeries {
  private readonly series = new Map<string, Sample[]>();
  private readonly steps: number;

  constructor(seconds: number) {
    this.steps = Math.ceil(seconds / stepSeconds);
    for (const broker of brokers) this.broker(broker);
    for (const [index, server] of servers.entries()) this.server(server, index === 0);
    this.ops();
  }

  /** The names of all metrics. */
  get metrics(): Set<string> {
    return new Set([...this.series.keys()].map((name) => name.replace(/\{.*/, "")));
  }

  /** As promtool's tests have them. */
  inputSeries(): { series: string; values: string }[] {
    return [...this.series].map(([series, values]) => ({ series, values: values.join(" ") }));
  }

  /** Sets what matches the selectors, `metric{label="value"}` without its other labels, to a value for a while. */
  set(metric: string, labels: Readonly<Record<string, string>>, value: Sample, { from, to }: Span): this {
    const wanted = Object.entries(labels).map(([name, label]) => `${name}="${label}"`);
    const found = [...this.series].filter(
      ([series]) => series.startsWith(`${metric}{`) && wanted.every((label) => series.includes(label)),
    );
    if (found.length === 0) throw new Error(`there is no ${metric} with ${wanted.join()}`);
    for (const [, values] of found)
      values.fill(value, Math.floor(from / stepSeconds), Math.max(0, Math.ceil(to / stepSeconds)));
    return this;
  }

  /**
   * A broker that is gone for a while. Its exporter answers 10 s after its start, the guardian has it in service once
   * it has been there for 30 s.
   * @param gap seconds for which the partition that it leads takes no write
   */
  brokerOut(node: string, span: Span, gap = 8): this {
    const { from, to } = span;
    this.allOf(node, "kafka", "stale", { from, to: to + 10 });
    this.set("up", { node, job: "kafka" }, 0, { from, to: to + 10 });
    this.set("kafka_ops_node_out", { node }, 1, { from: from + 5, to: to + 30 });
    this.set("kafka_canary_broker_up", { node }, 0, { from: from + 5, to: to + 5 });
    for (const other of brokers.filter((one) => one.node !== node)) {
      this.add("kafka_server_replicamanager_underreplicatedpartitions", { node: other.node }, 12, {
        from,
        to: to + 10,
      });
    }
    this.add("kafka_controller_kafkacontroller_activebrokercount", { node: "kafka-1" }, -1, { from: from + 5, to });
    this.canaryGap(
      brokers.findIndex((one) => one.node === node),
      from,
      gap,
    );
    return this;
  }

  /** A ZooKeeper node that is gone for a while; the others elect a leader for 5 s where it was that. */
  serverOut(node: string, span: Span): this {
    const { from, to } = span;
    this.allOf(node, "zookeeper", "stale", { from, to: to + 10 });
    this.set("up", { node, job: "zookeeper" }, 0, { from, to: to + 10 });
    this.set("kafka_ops_node_out", { node }, 1, { from: from + 5, to: to + 30 });
    if (node !== "zookeeper-1") return this;
    this.set("zookeeper_state", { state: "following" }, 0, { from, to: from + 5 });
    this.set("zookeeper_state", { node: "zookeeper-2", state: "following" }, 0, { from, to: Infinity });
    this.set("zookeeper_state", { node: "zookeeper-2", state: "leading" }, 1, { from: from + 5, to: Infinity });
    return this;
  }

  /** A whole machine that is silent: node_exporter too. */
  silent(node: string, span: Span): this {
    return this.exporterSilent(node, "node", span);
  }

  /** An exporter that does not answer. */
  exporterSilent(node: string, job: string, span: Span): this {
    this.allOf(node, job, "stale", span);
    return this.set("up", { node, job }, 0, span);
  }

  /** The canary's writes to a partition stand still, and so its reads. */
  canaryGap(partition: number, from: number, seconds: number): this {
    const at = (second: number) => ({ from: from + second, to: from + second + stepSeconds });
    for (const operation of ["write", "read"]) {
      const labels = { operation, partition: String(partition) };
      for (let gap = stepSeconds; gap <= seconds; gap += stepSeconds)
        this.set("kafka_canary_gap_seconds", labels, gap, at(gap));
      this.set("kafka_canary_longest_gap_seconds", labels, seconds, { from: from + seconds, to: from + seconds + 60 });
    }
    return this;
  }

  private add(metric: string, labels: Readonly<Record<string, string>>, value: number, { from, to }: Span): void {
    for (const [series, values] of this.series) {
      if (!series.startsWith(`${metric}{`) || !Object.values(labels).every((label) => series.includes(`"${label}"`)))
        continue;
      for (
        let step = Math.floor(from / stepSeconds);
        step < Math.min(this.steps, Math.ceil(to / stepSeconds));
        step++
      ) {
        const before = values[step];
        if (typeof before === "number") values[step] = before + value;
      }
    }
  }

  /** All that one job has of a node. */
  private allOf(node: string, job: string, value: Sample, { from, to }: Span): void {
    for (const [series, values] of this.series) {
      if (series.startsWith("up{") || !series.includes(`node="${node}"`) || !series.includes(`job="${job}"`)) continue;
      values.fill(value, Math.floor(from / stepSeconds), Math.ceil(to / stepSeconds));
    }
  }

  private put(metric: string, labels: Readonly<Record<string, string>>, value: number | ((step: number) => number)) {
    const text = Object.entries(labels).map(([name, label]) => `${name}="${label}"`);
    const values = Array.from({ length: this.steps }, (_, step) => (typeof value === "number" ? value : value(step)));
    this.series.set(`${metric}{${text.join(",")}}`, values);
  }

  private machine(node: typeof opsHost, volume: string): void {
    const labels = { job: "node", ...node };
    this.put("up", labels, 1);
    this.put("node_time_seconds", labels, (step) => step * stepSeconds + 0.2);
    this.put("node_textfile_scrape_error", labels, 0);
    for (const mountpoint of ["/", volume]) {
      this.put("node_filesystem_size_bytes", { ...labels, mountpoint }, 100e9);
      this.put("node_filesystem_avail_bytes", { ...labels, mountpoint }, 40e9);
    }
  }

  private broker(node: typeof opsHost): void {
    this.machine(node, "/var/lib/kafka");
    const labels = { job: "kafka", ...node };
    const controller = node.node === "kafka-1";
    this.put("up", labels, 1);
    const zeros = [
      ...["offlinepartitionscount"].map((name) => `kafka_controller_kafkacontroller_${name}`),
      ...["underminisrpartitioncount", "underreplicatedpartitions"].map(
        (name) => `kafka_server_replicamanager_${name}`,
      ),
      ...["failedpartitionscount", "deadthreadcount"].map((name) => `kafka_server_replicafetchermanager_${name}`),
      ...["kafka_log_logcleaner_deadthreadcount", "kafka_log_logcleanermanager_uncleanable_partitions_count"],
      ...["kafka_log_logmanager_offlinelogdirectorycount"],
      ...["kafka_controller_controllerstats_uncleanleaderelections_total", "jmx_scrape_error"],
      ...["kafka_server_sessionexpirelistener_zookeeperexpires_total", "kafka_network_socketserver_memorypoolused"],
    ];
    for (const metric of zeros) this.put(metric, labels, 0);
    this.put("kafka_controller_kafkacontroller_activecontrollercount", labels, controller ? 1 : 0);
    this.put("kafka_controller_kafkacontroller_activebrokercount", labels, controller ? brokers.length : 0);
    this.put("kafka_server_kafkarequesthandlerpool_requesthandleravgidlepercent", labels, 0.9);
    this.put("kafka_network_socketserver_networkprocessoravgidlepercent", labels, 0.9);
    this.put("kafka_network_socketserver_memorypoolavailable", labels, 100e6);
    this.put("process_open_fds", labels, 800);
    this.put("process_max_fds", labels, 100_000);
    const own = { ...labels, job: "node" };
    this.put("kafka_node_fences_total", own, 0);
    this.put("kafka_node_unregistered_restarts_total", own, 0);
    this.put("kafka_node_service_starts_total", own, 1);
    this.put("kafka_node_zookeeper_answers", own, 1);
  }

  private server(node: typeof opsHost, leads: boolean): void {
    this.machine(node, "/var/lib/zookeeper");
    const labels = { job: "zookeeper", ...node };
    this.put("up", labels, 1);
    for (const state of ["leading", "following", "looking"])
      this.put("zookeeper_state", { ...labels, state }, state === (leads ? "leading" : "following") ? 1 : 0);
    this.put("zookeeper_outstandingrequests", labels, 0);
    this.put("zookeeper_fsyncthresholdexceed_total", labels, 0);
  }

  private ops(): void {
    this.machine(opsHost, "/var/lib/prometheus");
    const labels = { job: "node", ...opsHost };
    const now = (step: number) => step * stepSeconds;
    for (const node of [...brokers, ...servers])
      for (const metric of ["out", "replacements"]) this.put(`kafka_ops_node_${metric}`, { ...node }, 0);
    for (const [partition, node] of brokers.entries()) {
      for (const operation of ["write", "read"]) {
        const of = { operation, partition: String(partition), ...node };
        this.put("kafka_canary_gap_seconds", of, operation === "write" ? 1 : 0);
        this.put("kafka_canary_longest_gap_seconds", of, 1.2);
      }
      this.put("kafka_canary_lost_total", { partition: String(partition), ...node }, 0);
    }
    for (const node of brokers) this.put("kafka_canary_broker_up", { ...node }, 1);
    this.put("kafka_canary_ready", labels, 1);
    this.put("kafka_canary_asleep_seconds_total", labels, 0);
    const file = "/run/kafka-ops/metrics/canary.prom";
    this.put("node_textfile_mtime_seconds", { ...labels, file }, now);
    this.put("kafka_group_look_timestamp_seconds", labels, now);
    this.put("kafka_group_lag_seconds", { ...labels, group: "store", topic: "events" }, 1);
    this.put("kafka_group_seconds_until_deleted", { ...labels, group: "store", topic: "events" }, 604_000);
    this.put("kafka_group_deleted_unread_messages", { ...labels, group: "store", topic: "events" }, 0);
    for (const name of ["look_failed", "groups_unknown"]) this.put(`kafka_ops_guardian_${name}`, labels, 0);
    this.put("kafka_ops_guardian_enabled", labels, 1);
    this.put("kafka_ops_guardian_look_timestamp_seconds", labels, now);
    this.put("kafka_ops_writing_stopped", labels, 0);
    this.put("kafka_ops_foreign_settings", labels, 0);
    this.put("kafka_ops_concerns", labels, 0);
    for (const program of ["roll kafka", "roll zookeeper", "balance"]) {
      this.put("kafka_ops_running", { ...labels, program }, 0);
    }
    const ended = { ...labels, program: "roll kafka", outcome: "done" };
    this.put("kafka_ops_run_ended_timestamp_seconds", ended, 1);
    this.put("kafka_ops_balance_bytes_done", labels, 0);
    this.put("kafka_cluster_brokers_expected", labels, brokers.length);
    this.put("kafka_cluster_zookeeper_expected", labels, servers.length);
    this.put("kafka_cluster_brokers_minimum", labels, 3);
    this.put("kafka_cluster_replication_factor", labels, 4);
    this.put("kafka_cluster_min_insync_replicas", labels, 2);
    for (const name of ["notifications", "notifications_failed"])
      this.put(`alertmanager_${name}_total`, { job: "alertmanager", ...opsHost }, 0);
    const own = { job: "prometheus", ...opsHost };
    this.put("prometheus_notifications_alertmanagers_discovered", own, 1);
    this.put("prometheus_config_last_reload_successful", own, 1);
    for (const name of ["rule_evaluation_failures", "tsdb_wal_corruptions", "remote_storage_samples_failed"])
      this.put(`prometheus_${name}_total`, own, 0);
  }
}
