/** The panels of the dashboard for who looks for a cause: what ended, what waits, and for what. */
import { broker as chosen, each, type Line, type Panel } from "./queries";

const rate = (metric: string) => `rate(${metric}{${chosen}}[$window])`;
const perNode = (expression: string) => `sum by (node) (${expression})`;
const highest = (metric: string) => `max by (node) (${metric}{${chosen}})`;

/**
 * The 99th percentile of each phase of a request, of the slowest broker.
 * @param phases their legends, by Kafka's names
 */
const phasesOf = (request: string, phases: Readonly<Record<string, string>>): Line[] =>
  Object.entries(phases).map(([name, legend]) => ({
    legend,
    expression: `max(kafka_network_requestmetrics_${name}timems{quantile="0.99",request="${request}",${chosen}}) / 1000`,
  }));
const limit = {
  legend: "what a broker's machine gives for good",
  expression: "max(kafka_cluster_broker_bytes_per_second)",
};
const diskTime = `${rate("node_disk_read_time_seconds_total")} + ${rate("node_disk_write_time_seconds_total")}`;
const diskOperations = `${rate("node_disk_reads_completed_total")} + ${rate("node_disk_writes_completed_total")}`;
const heldBack = (what: string) => `${each(`node_ethtool_${what}_allowance_exceeded`, chosen)} > 0`;

/** The panels, from what has ended down to ZooKeeper. */
export const causePanels = {
  ended: {
    title: "What ended a service",
    about:
      "Since the machine's start: deaths of Kafka, processes that the kernel killed for want of memory, files that " +
      "could not be read, brokers that the others expelled as they answered nobody; and for what self-fence holds " +
      "Kafka back now. Nothing is drawn where nothing is.",
    unit: "count",
    lines: [
      { legend: "{{node}} died", expression: `${perNode(`kafka_node_deaths_total{${chosen}}`)} > 0` },
      { legend: "{{node}} killed", expression: `${highest("node_vmstat_oom_kill")} > 0` },
      { legend: "{{node}} set aside", expression: `${highest("kafka_node_set_aside")} > 0` },
      { legend: "{{peer}} expelled", expression: `max by (peer) (kafka_node_expulsions_total{${chosen}}) > 0` },
      {
        legend: "{{node}} fenced: {{kind}}",
        expression: `max by (node, kind) (kafka_node_fenced{kind!="",${chosen}}) > 0`,
      },
    ],
  },
  state: {
    title: "State of a broker",
    about: "1 starts, 2 reads its log back, 3 runs, 6 hands its partitions over, 7 ends.",
    unit: "count",
    lines: [{ legend: "{{node}}", expression: highest("kafka_server_kafkaserver_brokerstate") }],
  },
  peers: {
    title: "Peers that do not answer",
    about: "For how long another broker's machine has not answered this one. Nothing is drawn where all do.",
    unit: "seconds",
    lines: [
      {
        legend: "{{peer}} from {{node}}",
        expression: `max by (node, peer) (kafka_node_peer_silent_seconds{${chosen}}) > 0`,
      },
    ],
  },
  write: {
    title: "A write by phase",
    about: "The 99th percentile of each phase, of the slowest broker. Phases of one request need not be slow together.",
    unit: "seconds",
    lines: phasesOf("Produce", {
      requestqueue: "waits for a request thread",
      local: "the leader writes",
      remote: "waits for other copies",
      throttle: "held back by a quota",
      responsequeue: "waits for a network thread",
      responsesend: "the answer is sent",
    }),
  },
  read: {
    title: "A consumer's read by phase",
    about: "The same of reads, without the time for which they wait for events.",
    unit: "seconds",
    lines: phasesOf("FetchConsumer", {
      requestqueue: "waits for a request thread",
      local: "the leader reads",
      throttle: "held back by a quota",
      responsequeue: "waits for a network thread",
      responsesend: "the answer is sent",
    }),
  },
  waiting: {
    title: "Requests that wait",
    about: "For a request thread; for other copies, in purgatory; and in ZooKeeper.",
    unit: "count",
    lines: [
      { legend: "{{node}} for a thread", expression: highest("kafka_network_requestchannel_requestqueuesize") },
      { legend: "{{node}} for copies", expression: highest("kafka_server_delayedoperationpurgatory_purgatorysize") },
      { legend: "{{node}}", expression: highest("zookeeper_outstandingrequests") },
    ],
  },
  errors: {
    title: "Errors",
    about: "Errors a second by Kafka's names, and those with which the canary's client has given up.",
    unit: "/s",
    lines: [
      {
        legend: "{{request}}: {{error}}",
        expression: `sum by (request, error) (${rate("kafka_network_requestmetrics_errors_total")}) > 0`,
      },
      { legend: "canary: {{operation}}", expression: `sum by (operation) (rate(kafka_canary_errors_total[$window]))` },
    ],
  },
  connections: {
    title: "Connections",
    about: "Those of clients, of other brokers and of the ops host.",
    unit: "count",
    lines: [{ legend: "{{node}}", expression: perNode(`kafka_server_socketservermetrics_connections{${chosen}}`) }],
  },
  behind: {
    title: "Copies behind",
    about: "Events by which a broker's own copies are behind their leaders: of the partition that is the furthest.",
    unit: "events",
    lines: [{ legend: "{{node}}", expression: highest("kafka_server_replicafetchermanager_maxlag") }],
  },
  machine: {
    title: "Waiting for the machine",
    about:
      "The part of the time in which processors were given to others (steal) or idle for a disk (iowait); and in " +
      "which some process waited for processors, memory or disks, where the kernel counts it.",
    unit: "share",
    lines: [
      {
        legend: "{{node}} {{mode}}",
        expression: `avg by (node, mode) (rate(node_cpu_seconds_total{mode=~"steal|iowait",${chosen}}[$window]))`,
      },
      { legend: "{{node}} processors", expression: each("node_pressure_cpu_waiting_seconds_total", chosen) },
      { legend: "{{node}} memory", expression: each("node_pressure_memory_waiting_seconds_total", chosen) },
      { legend: "{{node}} disks", expression: each("node_pressure_io_waiting_seconds_total", chosen) },
    ],
  },
  pauses: {
    title: "A pause for garbage",
    about: "The mean pause of Kafka's or ZooKeeper's JVM. Nothing is drawn where there is none.",
    unit: "seconds",
    lines: [
      {
        legend: "{{node}}",
        expression:
          `${each("jvm_gc_collection_seconds_sum", chosen)} / ` +
          `${each("jvm_gc_collection_seconds_count", chosen)} > 0`,
      },
    ],
  },
  memory: {
    title: "Memory and page cache",
    about:
      "What programs could still have, the page cache, and what of it is not on the disk yet. What is not in the " +
      "page cache any more is read from the disk.",
    unit: "bytes",
    lines: [
      { legend: "{{node}} available", expression: highest("node_memory_MemAvailable_bytes") },
      { legend: "{{node}} page cache", expression: highest("node_memory_Cached_bytes") },
      { legend: "{{node}} dirty", expression: highest("node_memory_Dirty_bytes") },
    ],
  },
  diskTraffic: {
    title: "Disk traffic",
    about: "Bytes a second. Consumers that are far behind have the disk read.",
    unit: "bytes/s",
    lines: [
      { legend: "{{node}} read", expression: each("node_disk_read_bytes_total", chosen) },
      { legend: "{{node}} written", expression: each("node_disk_written_bytes_total", chosen) },
      limit,
    ],
  },
  diskOperation: {
    title: "Time of a disk operation",
    about: "The mean of reads and writes, waiting included; and the 99th percentile of Kafka's flushes.",
    unit: "seconds",
    lines: [
      {
        legend: "{{node}} {{device}}",
        expression: `sum by (node, device) (${diskTime}) / sum by (node, device) (${diskOperations}) > 0`,
      },
      {
        legend: "{{node}} flush",
        expression: `max by (node) (kafka_log_logflushstats_logflushrateandtimems{quantile="0.99",${chosen}}) / 1000`,
      },
    ],
  },
  diskQueue: {
    title: "Disk queue",
    about: "Operations that are under way or wait, on average.",
    unit: "count",
    lines: [{ legend: "{{node}} {{device}}", expression: `sum by (node, device) (${diskTime})` }],
  },
  network: {
    title: "Network traffic",
    about: "Bytes a second.",
    unit: "bytes/s",
    lines: [
      { legend: "{{node}} received", expression: each("node_network_receive_bytes_total", chosen) },
      { legend: "{{node}} sent", expression: each("node_network_transmit_bytes_total", chosen) },
      limit,
    ],
  },
  lost: {
    title: "Lost on the network",
    about: "TCP segments that were sent again, packets dropped, connections refused as nobody took them, a second.",
    unit: "/s",
    lines: [
      { legend: "{{node}} sent again", expression: each("node_netstat_Tcp_RetransSegs", chosen) },
      {
        legend: "{{node}} dropped",
        expression: perNode(`${rate("node_network_receive_drop_total")} + ${rate("node_network_transmit_drop_total")}`),
      },
      { legend: "{{node}} refused", expression: each("node_netstat_TcpExt_ListenOverflows", chosen) },
    ],
  },
  heldBack: {
    title: "Held back by AWS",
    about: "Packets a second over what the instance may. Nothing is drawn where there are none.",
    unit: "/s",
    lines: [
      { legend: "{{node}} bytes in", expression: heldBack("bw_in") },
      { legend: "{{node}} bytes out", expression: heldBack("bw_out") },
      { legend: "{{node}} packets", expression: heldBack("pps") },
      { legend: "{{node}} connections", expression: heldBack("conntrack") },
    ],
  },
  zooKeeper: {
    title: "ZooKeeper's answers",
    about: "The 99th percentile as a broker sees it; and a ZooKeeper node's last sync of its log.",
    unit: "seconds",
    lines: [
      {
        legend: "{{node}}",
        expression:
          "max by (node) (kafka_server_zookeeperclientmetrics_zookeeperrequestlatencyms" +
          `{quantile="0.99",${chosen}}) / 1000`,
      },
      {
        legend: "{{node}} sync",
        expression: `max by (node) (zookeeper_txnlogelapsedsynctime{${chosen}} >= 0) / 1000`,
      },
    ],
  },
  zooKeeperRequests: {
    title: "ZooKeeper's requests",
    about: "Requests and pings a second.",
    unit: "requests/s",
    lines: [{ legend: "{{node}}", expression: each("zookeeper_packetsreceived_total", chosen) }],
  },
  controller: {
    title: "The controller",
    about: "What it has still to do; and partitions that are led by another broker than their first.",
    unit: "count",
    lines: [
      { legend: "waits", expression: "max(kafka_controller_controllereventmanager_eventqueuesize)" },
      {
        legend: "led by another",
        expression: "max(kafka_controller_kafkacontroller_preferredreplicaimbalancecount)",
      },
    ],
  },
} as const satisfies Readonly<Record<string, Panel>>;
