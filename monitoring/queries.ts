/**
 * Every PromQL expression that people look at: those of the page, and the panels that it shares with the dashboards.
 * Tests ask a real Prometheus each of them.
 */

/** The unit of a figure. */
export type Unit = "bytes/s" | "bytes" | "events/s" | "requests/s" | "/s" | "events" | "seconds" | "share" | "count";

/** One or more lines of a chart. */
export interface Line {
  /** The name in the legend; `{{label}}` is the value of the series' label. */
  readonly legend: string;
  /** `$window` stands for the length of a rate, `$nodes` for a regular expression of nodes' names. */
  readonly expression: string;
}

/** A chart over time. */
export interface Panel {
  readonly title: string;
  /** What it shows and how to read it, in one or two sentences. */
  readonly about: string;
  readonly unit: Unit;
  readonly lines: readonly Line[];
}

/** The rate of one of a broker's topic metrics: the one of all topics, which has no label for it. */
const traffic = (name: string) =>
  `sum(rate(kafka_server_brokertopicmetrics_${name}_total{topic="",node=~"$nodes"}[$window]))`;
const canaryQuantile = (quantile: number, metric: string) =>
  `histogram_quantile(${quantile}, sum by (le) (rate(kafka_canary_${metric}_seconds_bucket[$window])))`;
const dataVolumes = `mountpoint=~"/var/lib/(kafka|zookeeper)"`;
const free = `node_filesystem_avail_bytes{${dataVolumes},node=~"$nodes"}`;
const size = `node_filesystem_size_bytes{${dataVolumes},node=~"$nodes"}`;

/** The panels of the overview dashboard; most are charts of the page too. */
export const panels = {
  throughput: {
    title: "Throughput",
    about: "Bytes a second that the brokers take from producers and give to consumers; copies are not counted.",
    unit: "bytes/s",
    lines: [
      { legend: "written", expression: traffic("bytesin") },
      { legend: "read", expression: traffic("bytesout") },
    ],
  },
  latency: {
    title: "Latency",
    about:
      "How long an event of the canary takes until it is acknowledged by all copies in sync, and until it is read.",
    unit: "seconds",
    lines: [
      { legend: "acknowledged, 99 of 100", expression: canaryQuantile(0.99, "write") },
      { legend: "read, half of them", expression: canaryQuantile(0.5, "end_to_end") },
      { legend: "read, 99 of 100", expression: canaryQuantile(0.99, "end_to_end") },
    ],
  },
  gaps: {
    title: "Longest time without a write",
    about: "The longest that any partition of the canary went without an acknowledged write, within a minute.",
    unit: "seconds",
    lines: [
      {
        legend: "longest",
        expression: `max(max_over_time(kafka_canary_longest_gap_seconds{operation="write"}[$window]))`,
      },
    ],
  },
  copies: {
    title: "Partitions that are not whole",
    about:
      "Partitions that lack a copy in sync; of these, those that take no acks=all writes, and that have no leader.",
    unit: "count",
    lines: [
      {
        legend: "lack a copy",
        expression: `sum(kafka_server_replicamanager_underreplicatedpartitions{node=~"$nodes"})`,
      },
      {
        legend: "take no writes",
        expression: `sum(kafka_server_replicamanager_underminisrpartitioncount{node=~"$nodes"})`,
      },
      { legend: "have no leader", expression: "max(kafka_controller_kafkacontroller_offlinepartitionscount)" },
    ],
  },
  disks: {
    title: "Data volumes",
    about:
      "The part of each volume that is taken. Where too many have less than 5 % left the guardian stops all writing.",
    unit: "share",
    lines: [{ legend: "{{node}}", expression: `max by (node) (1 - ${free} / ${size})` }],
  },
  lag: {
    title: "Consumer lag",
    about: "Events that each consumer group has still to read.",
    unit: "events",
    lines: [{ legend: "{{group}}", expression: "sum by (group) (kafka_group_lag_messages)" }],
  },
  processors: {
    title: "Processors",
    about: "The part of each node's processors that is busy.",
    unit: "share",
    lines: [
      {
        legend: "{{node}}",
        expression: `1 - avg by (node) (rate(node_cpu_seconds_total{mode="idle",role=~"kafka|zookeeper",node=~"$nodes"}[$window]))`,
      },
    ],
  },
  network: {
    title: "Network",
    about: "Bytes a second that each node sends, its copies to other brokers included.",
    unit: "bytes/s",
    lines: [
      {
        legend: "{{node}}",
        expression: `sum by (node) (rate(node_network_transmit_bytes_total{device!="lo",role=~"kafka|zookeeper",node=~"$nodes"}[$window]))`,
      },
    ],
  },
} as const satisfies Readonly<Record<string, Panel>>;

/** The labels of the nodes that are chosen. */
export const broker = `node=~"$nodes"`;
const request = `request=~"Produce|FetchConsumer|FetchFollower",node=~"$nodes"`;
/** The rate of a metric, node by node. */
export const each = (metric: string, labels: string) => `sum by (node) (rate(${metric}{${labels}}[$window]))`;

/** The dashboard of one broker, or of several beside each other. */
export const brokerPanels = {
  traffic: {
    title: "Clients' traffic",
    about: "Bytes a second that clients write to the broker and read from it.",
    unit: "bytes/s",
    lines: [
      {
        legend: "{{node}} written",
        expression: each("kafka_server_brokertopicmetrics_bytesin_total", `topic="",${broker}`),
      },
      {
        legend: "{{node}} read",
        expression: each("kafka_server_brokertopicmetrics_bytesout_total", `topic="",${broker}`),
      },
    ],
  },
  copying: {
    title: "Copying",
    about: "Bytes a second that the broker copies from others, those of copies that move, and others from it.",
    unit: "bytes/s",
    lines: [
      {
        legend: "{{node}} from others",
        expression: each("kafka_server_brokertopicmetrics_replicationbytesin_total", broker),
      },
      {
        legend: "{{node}} moves",
        expression: each("kafka_server_brokertopicmetrics_reassignmentbytesin_total", broker),
      },
      {
        legend: "{{node}} to others",
        expression: each("kafka_server_brokertopicmetrics_replicationbytesout_total", broker),
      },
    ],
  },
  requests: {
    title: "Requests",
    about: "Answered requests a second: writes, reads by consumers, reads by other brokers.",
    unit: "requests/s",
    lines: [
      {
        legend: "{{node}} {{request}}",
        expression: `sum by (node, request) (rate(kafka_network_requestmetrics_requests_total{${request}}[$window]))`,
      },
    ],
  },
  requestTime: {
    title: "Time of a request",
    about: "The 99th percentile from arrival to answer. A read waits for events where there are none.",
    unit: "seconds",
    lines: [
      {
        legend: "{{node}} {{request}}",
        expression: `max by (node, request) (kafka_network_requestmetrics_totaltimems{quantile="0.99",${request}}) / 1000`,
      },
    ],
  },
  waiting: {
    title: "Waiting for a thread",
    about: "The 99th percentile of the time that a request waits for a request thread.",
    unit: "seconds",
    lines: [
      {
        legend: "{{node}} {{request}}",
        expression: `max by (node, request) (kafka_network_requestmetrics_requestqueuetimems{quantile="0.99",${request}}) / 1000`,
      },
    ],
  },
  threads: {
    title: "Threads busy",
    about: "The part of the network threads and of the request threads that is busy. Above 70 % requests wait.",
    unit: "share",
    lines: [
      {
        legend: "{{node}} network",
        expression: `1 - min by (node) (kafka_network_socketserver_networkprocessoravgidlepercent{${broker}})`,
      },
      {
        legend: "{{node}} requests",
        expression: `1 - min by (node) (kafka_server_kafkarequesthandlerpool_requesthandleravgidlepercent{${broker}})`,
      },
    ],
  },
  inSync: {
    title: "In-sync sets",
    about: "Copies that fell out of sync and that came back, a second.",
    unit: "/s",
    lines: [
      { legend: "{{node}} fell out", expression: each("kafka_server_replicamanager_isrshrinks_total", broker) },
      { legend: "{{node}} came back", expression: each("kafka_server_replicamanager_isrexpands_total", broker) },
    ],
  },
  leads: {
    title: "Partitions",
    about: "Copies on the broker, and those of them that it leads.",
    unit: "count",
    lines: [
      {
        legend: "{{node}} copies",
        expression: `max by (node) (kafka_server_replicamanager_partitioncount{${broker}})`,
      },
      { legend: "{{node}} leads", expression: `max by (node) (kafka_server_replicamanager_leadercount{${broker}})` },
    ],
  },
  heap: {
    title: "Heap",
    about: "Memory of the JVM that is in use, of what it may have.",
    unit: "share",
    lines: [
      {
        legend: "{{node}}",
        expression:
          `max by (node) (jvm_memory_used_bytes{area="heap",role="kafka",${broker}} / ` +
          `jvm_memory_max_bytes{area="heap",role="kafka",${broker}})`,
      },
    ],
  },
  collections: {
    title: "Garbage collection",
    about: "The part of the time in which the JVM stands still for its garbage collector.",
    unit: "share",
    lines: [{ legend: "{{node}}", expression: each("jvm_gc_collection_seconds_sum", `role="kafka",${broker}`) }],
  },
  diskTime: {
    title: "Disks busy",
    about: "The part of the time in which a disk has something to do.",
    unit: "share",
    lines: [
      {
        legend: "{{node}} {{device}}",
        expression: `sum by (node, device) (rate(node_disk_io_time_seconds_total{${broker}}[$window]))`,
      },
    ],
  },
  diskWrite: {
    title: "A small write",
    about:
      "The mean time of a small write with a sync, which self-fence makes each second on both disks; and for how " +
      "long the present one has not ended.",
    unit: "seconds",
    lines: [
      {
        legend: "{{node}} {{disk}}",
        expression:
          `sum by (node, disk) (rate(kafka_node_disk_write_seconds_total{${broker}}[$window])) / ` +
          `sum by (node, disk) (rate(kafka_node_disk_writes_total{${broker}}[$window]))`,
      },
      {
        legend: "{{node}} {{disk}} now",
        expression: `max by (node, disk) (kafka_node_disk_write_running_seconds{${broker}})`,
      },
    ],
  },
} as const satisfies Readonly<Record<string, Panel>>;

/** The dashboard of the consumer groups. */
export const consumerPanels = {
  lag: panels.lag,
  age: {
    title: "Oldest unread event",
    about: "How old the oldest event is that a group has still to read.",
    unit: "seconds",
    lines: [{ legend: "{{group}} {{topic}}", expression: "max by (group, topic) (kafka_group_lag_seconds)" }],
  },
  untilDeleted: {
    title: "Until events are deleted unread",
    about: "How long until the oldest unread event may be deleted. Nothing is drawn where nothing is unread.",
    unit: "seconds",
    lines: [
      {
        legend: "{{group}} {{topic}}",
        expression: "min by (group, topic) (kafka_group_seconds_until_deleted < Inf)",
      },
    ],
  },
  missed: {
    title: "Deleted unread",
    about: "Events that were deleted before a group had read them.",
    unit: "events",
    lines: [
      { legend: "{{group}} {{topic}}", expression: "max by (group, topic) (kafka_group_deleted_unread_messages)" },
    ],
  },
  written: {
    title: "Written by topic",
    about: "Events a second that clients write to each topic.",
    unit: "events/s",
    lines: [
      {
        legend: "{{topic}}",
        expression: `sum by (topic) (rate(kafka_server_brokertopicmetrics_messagesin_total{topic!=""}[$window]))`,
      },
    ],
  },
  rebalances: {
    title: "Rebalances",
    about: "Groups that share their partitions out, and meanwhile read nothing: at this moment, and done with it.",
    unit: "count",
    lines: [
      {
        legend: "at this moment",
        expression: "sum(kafka_coordinator_group_groupmetadatamanager_numgroupspreparingrebalance)",
      },
      {
        legend: "done",
        expression: "sum(increase(kafka_server_groupcoordinatormetrics_rebalances_total[$window]))",
      },
    ],
  },
  groups: {
    title: "Groups",
    about: "Groups by their state, `Empty` without a member; and groups with topics that are too many to be told of.",
    unit: "count",
    lines: [
      { legend: "{{state}}", expression: "count by (state) (kafka_group_state == 1)" },
      { legend: "not told of", expression: "max(kafka_group_left_out)" },
    ],
  },
} as const satisfies Readonly<Record<string, Panel>>;

/** The name of a chart. */
export type PanelName = keyof typeof panels;

/** What the page asks for at this moment, each few seconds. */
export const figures = {
  written: `sum by (node) (rate(kafka_server_brokertopicmetrics_bytesin_total{topic=""}[1m]))`,
  read: `sum by (node) (rate(kafka_server_brokertopicmetrics_bytesout_total{topic=""}[1m]))`,
  events: `sum(rate(kafka_server_brokertopicmetrics_messagesin_total{topic=""}[1m]))`,
  latency: `histogram_quantile(0.99, sum by (le) (rate(kafka_canary_end_to_end_seconds_bucket[5m])))`,
  processors: `1 - avg by (node) (rate(node_cpu_seconds_total{mode="idle"}[1m]))`,
  volumeFree: `min by (node) (node_filesystem_avail_bytes{${dataVolumes}})`,
  volumeSize: `min by (node) (node_filesystem_size_bytes{${dataVolumes}})`,
} as const;

/** What it asks for each minute: these look at hours and days. */
export const slowFigures = {
  /** Bytes a second by which the room on each volume has become less, in six hours. */
  volumeGrowth: `-min by (node) (deriv(node_filesystem_avail_bytes{${dataVolumes}}[6h]))`,
  /** The part of the time in which every partition of the canary took writes, as long as Prometheus remembers. */
  available:
    '1 - sum(increase(kafka_canary_unavailable_seconds_total{operation="write"}[30d]))' +
    ' / sum(increase(kafka_canary_observed_seconds_total{operation="write"}[30d]))',
  /** The longest gap of the last day, in seconds. */
  longestGap: `max(max_over_time(kafka_canary_longest_gap_seconds{operation="write"}[1d]))`,
} as const;

/** The name of a figure. */
export type FigureName = keyof typeof figures | keyof typeof slowFigures;

/** What has happened within the last day: asked minute by minute, so that each has all that was in its minute. */
export const past = {
  alerts: `max by (alertname, severity, node) (max_over_time(ALERTS{alertstate="firing",alertname!="Watchdog"}[1m]))`,
  /** Whether a node is out, by the guardian. */
  out: "max by (node) (max_over_time(kafka_ops_node_out[1m]))",
  controller: "max by (node) (max_over_time(kafka_controller_kafkacontroller_activecontrollercount[1m]))",
  /** When each machine began, seconds since 1970. */
  boots: `max by (node) (node_boot_time_seconds{role=~"kafka|zookeeper"})`,
  /** Whether a roll or the moving of copies is under way. */
  works: "max by (program) (max_over_time(kafka_ops_running[1m]))",
} as const;

/** Puts a length of rates and the nodes into an expression. Default: a minute, and all nodes. */
export function expressionOf(
  expression: string,
  { windowSeconds = 60, nodes = ".+" }: { readonly windowSeconds?: number; readonly nodes?: string } = {},
): string {
  return expression.replaceAll("$window", `${windowSeconds}s`).replaceAll("$nodes", nodes);
}
