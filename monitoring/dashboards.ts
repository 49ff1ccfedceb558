/** Dashboards for those who have a Grafana, from the same expressions as the page. Pure. */
import { causePanels } from "./causes";
import { brokerPanels, consumerPanels, panels, type Panel, type Unit } from "./queries";

/** Grafana's names of the units. */
const units: Readonly<Record<Unit, string>> = {
  "bytes/s": "Bps",
  bytes: "bytes",
  "events/s": "cps",
  "requests/s": "reqps",
  "/s": "cps",
  events: "short",
  seconds: "s",
  share: "percentunit",
  count: "short",
};

/** The version of Grafana's dashboard schema that these are of: Grafana 10 and later take them up. */
const schemaVersion = 39;
const columns = 24;
const panelWidth = 8;
const panelHeight = 8;
const dataSource = { type: "prometheus", uid: "${datasource}" } as const;

function panelJson(panel: Panel, index: number) {
  const perRow = columns / panelWidth;
  return {
    id: index + 1,
    type: "timeseries",
    title: panel.title,
    description: panel.about,
    datasource: dataSource,
    gridPos: {
      x: (index % perRow) * panelWidth,
      y: Math.floor(index / perRow) * panelHeight,
      w: panelWidth,
      h: panelHeight,
    },
    fieldConfig: {
      defaults: {
        unit: units[panel.unit],
        min: 0,
        ...(panel.unit === "share" ? { max: 1 } : {}),
        custom: { lineWidth: 1, fillOpacity: 0, showPoints: "never", spanNulls: false },
      },
      overrides: [],
    },
    options: { legend: { displayMode: "list", placement: "bottom", showLegend: true }, tooltip: { mode: "multi" } },
    targets: panel.lines.map(({ legend, expression }, line) => ({
      refId: String.fromCharCode("A".charCodeAt(0) + line),
      datasource: dataSource,
      // Grafana puts in what fits the time that is shown, and the nodes that are chosen.
      expr: expression.replaceAll("$window", "$__rate_interval").replaceAll("$nodes", "$node"),
      legendFormat: legend,
      range: true,
    })),
  };
}

/** A dashboard's variable for the nodes of a role. */
const nodesVariable = (role: string) => ({
  name: "node",
  label: "Node",
  type: "query",
  datasource: dataSource,
  query: { query: `label_values(up{role=~"${role}"}, node)`, refId: "nodes" },
  refresh: 2,
  sort: 3,
  multi: true,
  includeAll: true,
  allValue: ".+",
  current: { text: ["All"], value: ["$__all"] },
});

function dashboard(uid: string, title: string, description: string, some: readonly Panel[], role?: string) {
  return {
    uid,
    title,
    description,
    tags: ["kafka-on-ec2"],
    schemaVersion,
    version: 1,
    editable: true,
    graphTooltip: 1,
    refresh: "10s",
    time: { from: "now-1h", to: "now" },
    timezone: "browser",
    templating: {
      list: [
        { name: "datasource", label: "Prometheus", type: "datasource", query: "prometheus", refresh: 1 },
        ...(role === undefined ? [] : [nodesVariable(role)]),
      ],
    },
    annotations: {
      list: [
        {
          name: "Alerts",
          datasource: dataSource,
          enable: true,
          iconColor: "red",
          expr: 'ALERTS{alertstate="firing",alertname!="Watchdog"}',
          titleFormat: "{{alertname}}",
          textFormat: "{{node}}",
        },
      ],
    },
    panels: some.map(panelJson),
  };
}

/** The dashboards by the names of their files in `monitoring/dashboards`. */
export const dashboards = {
  "cluster.json": dashboard(
    "kafka-on-ec2-cluster",
    "Kafka: the cluster",
    "What all brokers do together, and whether every partition is whole.",
    Object.values(panels),
    "kafka|zookeeper",
  ),
  "broker.json": dashboard(
    "kafka-on-ec2-broker",
    "Kafka: brokers",
    "One broker, or several beside each other: traffic, requests, threads, memory, disks.",
    Object.values(brokerPanels),
    "kafka",
  ),
  "causes.json": dashboard(
    "kafka-on-ec2-causes",
    "Kafka: causes",
    "Why something is slow, or has ended: phases of requests, what waits for what, memory, disks, network, ZooKeeper.",
    Object.values(causePanels),
    "kafka|zookeeper",
  ),
  "consumers.json": dashboard(
    "kafka-on-ec2-consumers",
    "Kafka: consumer groups",
    "How far each group is behind, and when that costs it events.",
    Object.values(consumerPanels),
  ),
} as const;
