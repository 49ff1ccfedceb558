import assert from "node:assert/strict";
import { causePanels } from "../../monitoring/causes";
import {
  brokerPanels,
  consumerPanels,
  expressionOf,
  figures,
  panels,
  past,
  slowFigures,
  type Panel,
} from "../../monitoring/queries";
import { chartOf, labelOf } from "../../ops/page/charts";
import { judge } from "../../ops/page/health";
import { nowAnswer } from "../../ops/page/html";
import { Lookout } from "../../ops/page/lookout";
import { prometheusAt, type AskPrometheus } from "../../ops/page/prometheus";
import { startPrometheus, type StartedPrometheus } from "./prometheus";
import { cluster, scenes } from "../unit/ops/page/pageFixtures";

const begun = Date.now();

let scrapes = 0;

/**
 * What the machines of a cluster say at this moment, as monitoring/metrics.yml has it; kafka-3 is out, and so is
 * zookeeper-1 for a moment.
 */
function clusterMetrics(): string {
  scrapes++;
  const seconds = (Date.now() - begun) / 1000;
  const of = ({ name, zone }: { readonly name: string; readonly zone: string }, more = "") =>
    `{node="${name}",role="${name.replace(/-\d+$/, "")}",zone="${zone}"${more === "" ? "" : `,${more}`}}`;
  const broker = cluster.brokers.flatMap((node) => {
    const topic = (name: string, value: number) => [
      `kafka_server_brokertopicmetrics_${name}_total${of(node)} ${value}`,
      `kafka_server_brokertopicmetrics_${name}_total${of(node, 'topic="orders"')} ${value / 2}`,
    ];
    const request = ["Produce", "FetchConsumer", "FetchFollower"].flatMap((one) => [
      `kafka_network_requestmetrics_requests_total${of(node, `request="${one}"`)} ${seconds * 100}`,
      `kafka_network_requestmetrics_totaltimems${of(node, `request="${one}",quantile="0.99"`)} 12`,
      ...["requestqueue", "local", "remote", "throttle", "responsequeue", "responsesend"].map(
        (part) => `kafka_network_requestmetrics_${part}timems${of(node, `request="${one}",quantile="0.99"`)} 1`,
      ),
    ]);
    const canary = ["write", "end_to_end"].flatMap((what) => [
      `kafka_canary_${what}_seconds_bucket${of(node, `partition="${node.id}",le="0.05"`)} ${Math.floor(seconds)}`,
      `kafka_canary_${what}_seconds_bucket${of(node, `partition="${node.id}",le="+Inf"`)} ${Math.floor(seconds)}`,
    ]);
    return [
      ...topic("bytesin", seconds * 1e6),
      ...topic("bytesout", seconds * 2e6),
      ...topic("messagesin", seconds * 5000),
      ...request,
      ...canary,
      `kafka_server_brokertopicmetrics_replicationbytesin_total${of(node)} ${seconds * 3e6}`,
      `kafka_server_brokertopicmetrics_replicationbytesout_total${of(node)} ${seconds * 3e6}`,
      `kafka_server_brokertopicmetrics_reassignmentbytesin_total${of(node)} ${seconds * 1e6}`,
      `kafka_server_kafkaserver_brokerstate${of(node)} 3`,
      `kafka_network_requestchannel_requestqueuesize${of(node)} 0`,
      `kafka_network_requestmetrics_errors_total${of(node, 'request="Produce",error="REQUEST_TIMED_OUT"')} ${seconds}`,
      `kafka_server_delayedoperationpurgatory_purgatorysize${of(node)} 9`,
      `kafka_server_socketservermetrics_connections${of(node, 'listener="PLAINTEXT",processor="0"')} 40`,
      `kafka_server_replicafetchermanager_maxlag${of(node)} 12`,
      `kafka_server_zookeeperclientmetrics_zookeeperrequestlatencyms${of(node, 'quantile="0.99"')} 4`,
      `kafka_server_groupcoordinatormetrics_rebalances_total${of(node)} ${Math.floor(seconds / 10)}`,
      `kafka_controller_controllereventmanager_eventqueuesize${of(node)} 0`,
      `kafka_controller_kafkacontroller_preferredreplicaimbalancecount${of(node)} 0`,
      `kafka_log_logflushstats_logflushrateandtimems${of(node, 'quantile="0.99"')} 3`,
      `kafka_node_deaths_total${of(node, 'expel="expelled"')} 1`,
      `kafka_node_expulsions_total${of(node, 'peer="kafka-9"')} 1`,
      `kafka_node_fenced${of(node, 'kind="network"')} 1`,
      `kafka_node_peer_silent_seconds${of(node, `peer="kafka-${node.id === 3 ? 4 : 3}"`)} 7`,
      `kafka_node_set_aside${of(node)} 2`,
      `kafka_server_replicamanager_underreplicatedpartitions${of(node)} ${node.id === 3 ? 0 : 14}`,
      `kafka_server_replicamanager_underminisrpartitioncount${of(node)} 0`,
      `kafka_server_replicamanager_partitioncount${of(node)} 58`,
      `kafka_server_replicamanager_leadercount${of(node)} 14`,
      `kafka_server_replicamanager_isrshrinks_total${of(node)} ${seconds}`,
      `kafka_server_replicamanager_isrexpands_total${of(node)} ${seconds}`,
      `kafka_controller_kafkacontroller_offlinepartitionscount${of(node)} 0`,
      `kafka_controller_kafkacontroller_activecontrollercount${of(node)} ${node.id === 2 ? 1 : 0}`,
      `kafka_network_socketserver_networkprocessoravgidlepercent${of(node)} 0.9`,
      `kafka_server_kafkarequesthandlerpool_requesthandleravgidlepercent${of(node)} 0.8`,
      `kafka_coordinator_group_groupmetadatamanager_numgroupspreparingrebalance${of(node)} 0`,
      `jvm_memory_used_bytes${of(node, 'area="heap"')} 2e8`,
      `jvm_memory_max_bytes${of(node, 'area="heap"')} 5e8`,
      `jvm_gc_collection_seconds_sum${of(node, 'gc="G1 Young Generation"')} ${seconds / 100}`,
      `jvm_gc_collection_seconds_count${of(node, 'gc="G1 Young Generation"')} ${seconds}`,
      ...["data", "root"].flatMap((disk) => [
        `kafka_node_disk_write_running_seconds${of(node, `disk="${disk}"`)} 0`,
        `kafka_node_disk_write_seconds_total${of(node, `disk="${disk}"`)} ${seconds / 250}`,
        `kafka_node_disk_writes_total${of(node, `disk="${disk}"`)} ${Math.floor(seconds)}`,
      ]),
      `kafka_canary_longest_gap_seconds${of(node, `partition="${node.id}",operation="write"`)} ${node.id === 3 ? 7 : 0.5}`,
      `kafka_canary_unavailable_seconds_total${of(node, `partition="${node.id}",operation="write"`)} ${node.id === 3 ? seconds : 0}`,
      `kafka_canary_observed_seconds_total${of(node, `partition="${node.id}",operation="write"`)} ${seconds}`,
    ];
  });
  const machines = [...cluster.brokers, ...cluster.zookeeper].flatMap((node) => [
    `node_cpu_seconds_total${of(node, 'cpu="0",mode="idle"')} ${seconds * 0.75}`,
    `node_cpu_seconds_total${of(node, 'cpu="0",mode="user"')} ${seconds * 0.25}`,
    `node_filesystem_avail_bytes${of(node, `mountpoint="/var/lib/${node.name.replace(/-\d+$/, "")}"`)} ${8e11 - seconds * 1e6}`,
    `node_filesystem_size_bytes${of(node, `mountpoint="/var/lib/${node.name.replace(/-\d+$/, "")}"`)} 2e12`,
    `node_filesystem_avail_bytes${of(node, 'mountpoint="/"')} 1e9`,
    `node_filesystem_size_bytes${of(node, 'mountpoint="/"')} 1e10`,
    ...["iowait", "steal"].map((mode) => `node_cpu_seconds_total${of(node, `cpu="0",mode="${mode}"`)} 0`),
    ...["cpu", "memory", "io"].map((what) => `node_pressure_${what}_waiting_seconds_total${of(node)} ${seconds / 50}`),
    ...["MemAvailable", "Cached", "Dirty"].map((what) => `node_memory_${what}_bytes${of(node)} 2e9`),
    ...["receive_bytes", "transmit_bytes", "receive_drop", "transmit_drop"].map(
      (what) => `node_network_${what}_total${of(node, 'device="ens5"')} ${seconds * 4e6}`,
    ),
    ...["bw_in", "bw_out", "pps", "conntrack"].map(
      (what) => `node_ethtool_${what}_allowance_exceeded${of(node, 'device="ens5"')} ${seconds}`,
    ),
    ...["read_bytes", "written_bytes", "reads_completed", "writes_completed"].map(
      (what) => `node_disk_${what}_total${of(node, 'device="nvme1n1"')} ${seconds * 100}`,
    ),
    ...["read", "write", "io"].map(
      (what) => `node_disk_${what}_time_seconds_total${of(node, 'device="nvme1n1"')} ${seconds * 0.3}`,
    ),
    ...["netstat_Tcp_RetransSegs", "netstat_TcpExt_ListenOverflows"].map(
      (what) => `node_${what}${of(node)} ${seconds}`,
    ),
    `node_vmstat_oom_kill${of(node)} 1`,
    `node_boot_time_seconds${of(node)} ${begun / 1000 - 3600}`,
    `kafka_ops_node_out${of(node)} ${node.name === "kafka-3" || (node.name === "zookeeper-1" && scrapes < 4) ? 1 : 0}`,
  ]);
  const servers = cluster.zookeeper.flatMap((node) => [
    `zookeeper_outstandingrequests${of(node)} 0`,
    `zookeeper_txnlogelapsedsynctime${of(node)} 2`,
    `zookeeper_packetsreceived_total${of(node)} ${seconds * 20}`,
  ]);
  const groups = [
    "kafka_group_lag_messages 1200",
    "kafka_group_lag_seconds 3.5",
    "kafka_group_deleted_unread_messages 0",
  ];
  return [
    ...broker,
    ...machines,
    ...servers,
    ...groups.map((text) => text.replace(" ", '{group="store",topic="orders"} ')),
    'kafka_group_seconds_until_deleted{group="store",topic="orders"} 80000',
    'kafka_group_seconds_until_deleted{group="idle",topic="orders"} +Inf',
    'kafka_group_state{group="store",state="Stable"} 1',
    "kafka_group_left_out 0",
    `kafka_canary_errors_total{operation="read"} ${seconds / 10}`,
    `kafka_cluster_broker_bytes_per_second ${cluster.brokerBytesPerSecond}`,
    'kafka_ops_running{program="roll kafka"} 1',
    'kafka_ops_running{program="balance"} 0',
    "",
  ].join("\n");
}

const alerts = {
  groups: [
    {
      name: "test",
      rules: [
        {
          alert: "BrokerDown",
          expr: 'kafka_ops_node_out{role="kafka"} == 1',
          labels: { severity: "page" },
        },
        { alert: "Watchdog", expr: "vector(1)", labels: { severity: "none" } },
      ],
    },
  ],
};

describe("what people look at, asked of a real Prometheus", function () {
  this.timeout(180_000);
  let started: StartedPrometheus;
  let prometheus: AskPrometheus;
  before(async () => {
    started = await startPrometheus(clusterMetrics, alerts);
    prometheus = prometheusAt(started.url);
    await started.scraped(8);
  });
  after(() => started?.end());

  const windowSeconds = 5;
  const range = () => {
    const to = Math.floor(Date.now() / 1000);
    return { from: to - 4, to, step: 1 };
  };

  it("has an answer for every line of every panel, under the name that the legend gives it", async () => {
    const all: Readonly<Record<string, Panel>> = { ...panels, ...brokerPanels, ...causePanels, ...consumerPanels };
    for (const [name, { lines }] of Object.entries(all)) {
      for (const line of lines) {
        const curves = await prometheus.over(expressionOf(line.expression, { windowSeconds }), range());
        const labels = curves.map((curve) => labelOf(line, curve));
        assert.ok(labels.length > 0, `${name}: ${line.expression}`);
        assert.ok(
          labels.every((label) => !label.includes("?")),
          `${name}: ${labels.join()}`,
        );
        assert.equal(new Set(labels).size, labels.length, `${name}: two lines of one name: ${labels.join()}`);
        assert.ok(
          curves.every(({ points }) => points.every(([, value]) => value >= 0)),
          name,
        );
      }
    }
  });

  it("has an answer for every figure and for the day", async () => {
    for (const [name, expression] of Object.entries({ ...figures, ...slowFigures })) {
      assert.ok((await prometheus.now(expression)).length > 0, name);
    }
    for (const [name, expression] of Object.entries(past)) {
      assert.ok((await prometheus.over(expression, range())).length > 0, name);
    }
  });

  it("narrows a panel to the nodes that are chosen", async () => {
    const [line] = brokerPanels.traffic.lines;
    const found = await prometheus.now(expressionOf(line.expression, { windowSeconds, nodes: "kafka-[12]" }));
    assert.deepEqual(found.map(({ labels }) => labels.node).sort(), ["kafka-1", "kafka-2"]);
  });

  it("shows on the page what it says: figures, volumes, the day", async () => {
    const lookout = new Lookout(cluster, { ...scenes.well(), prometheus });
    const seen = await lookout.seen();
    assert.ok("value" in seen.past);
    assert.deepEqual(
      seen.past.value.alerts.map(({ name, node }) => [name, node]),
      [["BrokerDown", "kafka-3"]],
    );
    assert.deepEqual([...new Set(seen.past.value.out.map(({ node }) => node))].sort(), ["kafka-3", "zookeeper-1"]);
    assert.deepEqual(
      seen.past.value.controllers.map(({ node }) => node),
      ["kafka-2"],
    );
    assert.deepEqual(
      seen.past.value.works.map(({ program }) => program),
      ["roll kafka"],
    );
    const { parts } = nowAnswer(seen);
    // How much it is depends on how long it has watched: the rates are those of a minute.
    assert.match(parts.figures ?? "", /Written<\/dt><dd><strong>[\d.]+ [kM]B\/s/);
    assert.match(parts.nodes ?? "", /60 %<span class="wide"> of 2\.0 TB/);
    assert.equal(judge(seen).promises.at(-1)?.state, "broken", "the fixtures' guardian and canary are of another time");
    const chart = await chartOf("disks", range(), prometheus);
    assert.equal(chart.lines.length, 8);
  });
});
