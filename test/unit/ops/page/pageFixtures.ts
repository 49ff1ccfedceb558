/** A cluster as the page sees it: well, and in each of the states that it can be in. */
import { describeCluster } from "../../../../planning/cluster/clusterDescription";
import { figures, panels, past, slowFigures, expressionOf, type Line } from "../../../../monitoring/queries";
import { kafkaVerdict, type ClusterView } from "../../../../ops/kafkaGate";
import { freshMemory, type Memory, type NodeMemory } from "../../../../ops/guardian/memory";
import type { Sources } from "../../../../ops/page/lookout";
import { Metrics, parseMetrics } from "../../../../ops/page/metricsFiles";
import type { AskPrometheus, Curve, Range, Sample } from "../../../../ops/page/prometheus";
import type { Alert, Seen } from "../../../../ops/page/seen";
import type { ClusterStatus } from "../../../../ops/status";
import { topicsVerdict } from "../../../../ops/topicChanges";
import { zooKeeperVerdict, type ZooKeeperObservation } from "../../../../ops/zookeeperGate";
import { sampleSettings } from "../../settings/sampleSettings";

export const cluster = describeCluster(
  sampleSettings({
    clusterName: "kafka-prod",
    topics: [
      { name: "user-activity", partitions: 60, retentionHours: 24 },
      { name: "orders", partitions: 12, retentionHours: 72 },
    ],
    workloadIngestMBps: 20,
  }),
  "bucket",
);

/** A moment in the afternoon of a day in winter. */
export const now = Date.parse("2026-11-29T15:42:10Z");
const minute = 60_000;
const nodes = [...cluster.brokers, ...cluster.zookeeper];

/** The status with some brokers silent: they are in no in-sync set, and others lead for them. */
export function statusOf(out: readonly number[] = [], zookeeperOut: readonly string[] = []): ClusterStatus {
  const isIn = (id: number) => !out.includes(id);
  const topics = cluster.topics.map(({ name, replicaAssignment }) => ({
    name,
    partitions: replicaAssignment.map((replicas, partition) => ({
      partition,
      leader: replicas.find(isIn) ?? -1,
      replicas,
      isr: replicas.filter(isIn),
    })),
  }));
  const view: ClusterView = {
    brokers: cluster.brokers
      .filter(({ id }) => isIn(id))
      .map(({ id, privateIp }) => ({ id, host: privateIp, port: 9092 })),
    controllerId: cluster.brokers.map(({ id }) => id).find(isIn) ?? -1,
    topics,
  };
  const brokers = cluster.brokers.map(({ id, name }) =>
    isIn(id) ? { node: name, view } : { node: name, problem: "no connection within 3 s" },
  );
  const leader = cluster.zookeeper.map(({ name }) => name).find((name) => !zookeeperOut.includes(name));
  const servers = cluster.zookeeper.map(({ name }): ZooKeeperObservation => {
    if (zookeeperOut.includes(name)) return { node: name, problem: "connection refused" };
    const serverState = name === leader ? "leader" : "follower";
    const syncedFollowers = name === leader ? cluster.zookeeper.length - 1 - zookeeperOut.length : undefined;
    return { node: name, mntr: { serverState, syncedFollowers } };
  });
  const answers = brokers.some((one) => "view" in one);
  const kafka = kafkaVerdict(cluster, brokers);
  const zookeeper = zooKeeperVerdict(servers);
  const verdict = topicsVerdict(
    cluster.topics.map(({ name }) => name),
    answers ? topics : [],
  );
  const states = new Map<string, string>([
    ...servers.map((one) => [one.node, "mntr" in one ? one.mntr.serverState : one.problem] as const),
    ...brokers.map((one) => [one.node, "view" in one ? "in service" : one.problem] as const),
  ]);
  const controller = cluster.brokers.find(({ id }) => id === view.controllerId)?.name;
  return {
    clusterName: cluster.clusterName,
    healthy: zookeeper.satisfied && kafka.satisfied && verdict.satisfied,
    zookeeper,
    kafka,
    topics: verdict,
    nodes: [...cluster.zookeeper, ...cluster.brokers].map(({ name, zone, privateIp }) => ({
      name,
      zone,
      address: privateIp,
      state: `${states.get(name)}${name === controller ? ", controller" : ""}`,
    })),
    controllerId: view.controllerId,
    zookeeperLeader: leader,
    partitions: answers
      ? topics.flatMap(({ name, partitions }) => partitions.map((partition) => ({ topic: name, ...partition })))
      : [],
  };
}

/** The guardian's memory, with some nodes out and what it says of them. */
export function memoryOf(out: Readonly<Record<string, Partial<NodeMemory>>> = {}): Memory {
  const well = (index: number): NodeMemory => ({ attempts: 0, next: "", wellSince: now - (190 + index) * minute });
  return {
    ...freshMemory(cluster.clusterName),
    lookedAt: now - 2000,
    nodes: Object.fromEntries(
      nodes.map(({ name }, index) => [
        name,
        out[name] === undefined ? well(index) : { attempts: 0, next: "", ...out[name] },
      ]),
    ),
    decisions: [
      {
        at: now - 11 * 60 * minute,
        node: "kafka-2",
        text: "out since 04:41:58Z (no connection within 3 s): waits until 04:46:58Z, then marks i-0a1b2c3d unhealthy",
      },
      { at: now - 11 * 60 * minute + 40_000, node: "kafka-2", text: "well again, was out since 04:41:58Z" },
      {
        at: now - 11 * 60 * minute + 110_000,
        node: "kafka-2",
        text: "leads 14 partitions again that others led while it was away",
      },
      { at: now - 190 * minute, node: "cluster", text: "put right: topic orders: retention.ms=3600000" },
    ],
  };
}

/** What the programs of the ops host have written. */
export const metricsText = (more = "", gap = 0.4) => `
kafka_canary_ready 1
${cluster.brokers.map(({ name, zone }, partition) => `kafka_canary_gap_seconds{operation="write",partition="${partition}",node="${name}",role="kafka",zone="${zone}"} ${partition === 2 ? gap : 0.3}`).join("\n")}
kafka_group_lag_messages{group="activity-store",topic="user-activity"} 18420
kafka_group_lag_seconds{group="activity-store",topic="user-activity"} 1.2
kafka_group_seconds_until_deleted{group="activity-store",topic="user-activity"} 86100
kafka_group_state{group="activity-store",state="Stable"} 1
kafka_group_lag_messages{group="order-mail",topic="orders"} 0
kafka_group_seconds_until_deleted{group="order-mail",topic="orders"} +Inf
kafka_group_state{group="order-mail",state="Empty"} 1
${more}`;

export const metricsOf = (text: string, ageMs = 1000) =>
  new Metrics(
    parseMetrics(text),
    new Map([
      ["canary", now - ageMs],
      ["groups", now - ageMs],
    ]),
  );

/** A roll of the brokers that has replaced two of five. */
export const rollMetrics = `
kafka_ops_running{program="roll kafka"} 1
kafka_ops_roll_began_timestamp_seconds{pool="kafka"} ${now / 1000 - 62}
kafka_ops_roll_nodes{pool="kafka"} 5
kafka_ops_roll_nodes_done{pool="kafka"} 2
`;

/** A number from 0 to 1 that looks like chance and is the same one each time. */
function noise(seed: number): number {
  const value = Math.sin(seed * 12.9898) * 43758.5453;
  return value - Math.floor(value);
}

type Wave = (seconds: number, node: number) => number;
const day = (seconds: number) => 0.6 + 0.4 * Math.sin(((seconds % 86_400) / 86_400) * 2 * Math.PI - 2);
const waves: Readonly<Record<string, Wave>> = {
  bytesin: (at) => 17e6 * day(at) * (0.93 + 0.14 * noise(at)),
  bytesout: (at) => 21e6 * day(at) * (0.9 + 0.2 * noise(at + 7)),
  messagesin: (at) => 61_000 * day(at),
  lag: (at, index) => (index === 0 ? 15_000 * (0.7 + 0.6 * noise(at)) : 40 * noise(at)),
  cpu: (at, index) => 0.13 + 0.06 * day(at) + 0.05 * noise(at + index * 31),
  disk: (at, index) => 0.52 + 0.012 * index + (at % 86_400) / 1_800_000,
};

/** A Prometheus that knows a cluster which has been well, but for what a test adds. */
function prometheusOf(awayFrom = Infinity): AskPrometheus {
  const points = ({ from, to, step }: Range, wave: (at: number) => number): Curve["points"] =>
    Array.from({ length: Math.round((to - from) / step) + 1 }, (_, index) => from + index * step).map((at) => [
      at,
      wave(at),
    ]);
  const over = (expression: string, range: Range): Curve[] => {
    const is = (line: Line) =>
      expression === expressionOf(line.expression, { windowSeconds: Math.max(30, range.step) });
    const all = (wave: (at: number) => number): Curve[] => [{ labels: {}, points: points(range, wave) }];
    const each = (some: readonly { readonly name: string }[], wave: Wave): Curve[] =>
      some.map(({ name }, index) => ({ labels: { node: name }, points: points(range, (at) => wave(at, index)) }));
    const isAway = (at: number) => at * 1000 >= awayFrom;
    const [written, read] = panels.throughput.lines;
    if (is(written)) return all((at) => waves.bytesin!(at, 0));
    if (is(read)) return all((at) => waves.bytesout!(at, 0));
    const [acknowledged, half] = panels.latency.lines;
    if (is(acknowledged)) return all((at) => 0.007 + 0.006 * noise(at) + (isAway(at) ? 0.01 : 0));
    if (is(half)) return all((at) => 0.009 + 0.002 * noise(at + 3));
    if (panels.latency.lines.some(is)) return all((at) => 0.021 + 0.02 * noise(at + 9));
    const [behind] = panels.copies.lines;
    if (is(behind)) return all((at) => (isAway(at) ? 57 : 0));
    if (panels.copies.lines.some(is)) return all(() => 0);
    if (panels.disks.lines.some(is)) return each(nodes, (at, index) => (index < 5 ? waves.disk!(at, index) : 0.04));
    if (panels.processors.lines.some(is))
      return each(nodes, (at, index) => waves.cpu!(at, index) * (index < 5 ? 1 : 0.3));
    if (panels.lag.lines.some(is)) {
      return ["activity-store", "order-mail"].map((group, index) => ({
        labels: { group },
        points: points(range, (at) => Math.round(waves.lag!(at, index))),
      }));
    }
    const when = (from: number, to: number) => (at: number) => (at * 1000 >= from && at * 1000 < to ? 1 : 0);
    const earlier = now - 11 * 60 * minute;
    switch (expression) {
      case past.alerts:
        return [
          {
            labels: { alertname: "BrokerDown", severity: "page", node: "kafka-2" },
            points: points(range, when(earlier, earlier + 2 * minute)).filter(([, value]) => value === 1),
          },
          {
            labels: { alertname: "ConsumerLagGrows", severity: "ticket" },
            points: points(range, when(now - 7 * 60 * minute, now - 6.2 * 60 * minute)).filter(
              ([, value]) => value === 1,
            ),
          },
        ];
      case past.out:
        return nodes.map(({ name }) => ({
          labels: { node: name },
          points: points(range, (at) =>
            (name === "kafka-2" && when(earlier, earlier + 2 * minute)(at)) || (name === "kafka-3" && isAway(at))
              ? 1
              : 0,
          ),
        }));
      case past.controller:
        return ["kafka-2", "kafka-1"].map((node) => ({
          labels: { node },
          points: points(range, (at) => Number(at * 1000 < earlier === (node === "kafka-2"))),
        }));
      case past.boots:
        return [
          {
            labels: { node: "kafka-5" },
            points: points(range, (at) => (at * 1000 < now - 3.3 * 60 * minute ? 1.7e9 : now / 1000 - 3.31 * 3600)),
          },
        ];
      case past.works:
        return [
          {
            labels: { program: "roll kafka" },
            points: points(range, when(now - 3.4 * 60 * minute, now - 3.2 * 60 * minute)),
          },
        ];
      default:
        return [];
    }
  };
  const one = (value: number): Sample[] => [{ labels: {}, value }];
  const each = (some: readonly { readonly name: string }[], value: (index: number) => number): Sample[] =>
    some.map(({ name }, index) => ({ labels: { node: name }, value: value(index) }));
  const instant = (expression: string): Sample[] => {
    const at = now / 1000;
    const volume = (index: number) => (index < 5 ? 2.9e12 : 10.7e9);
    const used = (index: number) => (index < 5 ? waves.disk!(at, index) : 0.04);
    switch (expression) {
      case figures.written:
        return each(cluster.brokers, (index) => (waves.bytesin!(at, 0) / 5) * (0.9 + 0.05 * index));
      case figures.read:
        return each(cluster.brokers, (index) => (waves.bytesout!(at, 0) / 5) * (1.1 - 0.05 * index));
      case figures.events:
        return one(waves.messagesin!(at, 0));
      case figures.latency:
        return one(0.031);
      case figures.processors:
        return each(nodes, (index) => waves.cpu!(at, index) * (index < 5 ? 1 : 0.3));
      case figures.volumeFree:
        return each(nodes, (index) => volume(index) * (1 - used(index)));
      case figures.volumeSize:
        return each(nodes, volume);
      case slowFigures.volumeGrowth:
        return each(nodes, (index) => (index < 5 ? 900_000 + 60_000 * index : 0));
      case slowFigures.available:
        return one(0.999971);
      case slowFigures.longestGap:
        return one(1.42);
      default:
        return [];
    }
  };
  return {
    now: (expression) => Promise.resolve(instant(expression)),
    over: (expression, range) => Promise.resolve(over(expression, range)),
  };
}

const refuses = (port: number) => () => Promise.reject(new Error(`nothing listens at 127.0.0.1:${port}`));

/** A Prometheus that is not there. */
export const noPrometheus: AskPrometheus = { now: refuses(9090), over: refuses(9090) };
export const noAlertmanager = refuses(9093);

const goneAt = now - 74_000;

/** An alert as Alertmanager gives it. */
export const brokerDown: Alert = {
  name: "BrokerDown",
  severity: "page",
  node: "kafka-3",
  summary: "kafka-3 serves nothing",
  description: "Its metrics have been away for 30 s.",
  runbook: "docs/runbook.md#brokerdown",
  since: goneAt + 35_000,
};

const lagGrows: Alert = {
  name: "ConsumerLagGrows",
  severity: "ticket",
  summary: "activity-store falls behind user-activity",
  description: "It reads less than is written: at this rate events are deleted unread in 31 hours.",
  runbook: "docs/runbook.md#consumerlaggrows",
  since: now - 26 * minute,
};

const outMemory = {
  "kafka-3": {
    outSince: goneAt,
    problem: "no connection within 3 s",
    next: "waits until 15:45:56Z, then marks i-0f3c91d2a7b64e5d8 unhealthy",
  },
};

/** The scenes, by name. */
export const scenes = {
  well: (): Sources => ({
    status: () => Promise.resolve(statusOf()),
    guardian: () => memoryOf(),
    metrics: () => metricsOf(metricsText()),
    alerts: () => Promise.resolve([]),
    prometheus: prometheusOf(),
  }),
  degraded: (): Sources => ({
    ...scenes.well(),
    status: () => Promise.resolve(statusOf([3])),
    guardian: () => {
      const memory = memoryOf(outMemory);
      const text = `out since 15:40:56Z (no connection within 3 s): ${outMemory["kafka-3"].next}`;
      return { ...memory, decisions: [...memory.decisions, { at: goneAt, node: "kafka-3", text }] };
    },
    alerts: () => Promise.resolve([brokerDown, lagGrows]),
    prometheus: prometheusOf(goneAt),
  }),
  roll: (): Sources => ({
    ...scenes.degraded(),
    metrics: () => metricsOf(metricsText(rollMetrics)),
    alerts: () => Promise.resolve([]),
  }),
  broken: (): Sources => ({
    ...scenes.degraded(),
    status: () => Promise.resolve(statusOf([1, 3, 4], ["zookeeper-1"])),
    metrics: () => metricsOf(metricsText("", 17)),
    guardian: () =>
      memoryOf({
        ...outMemory,
        "kafka-1": {
          outSince: goneAt - 4000,
          problem: "no connection within 3 s",
          next: "fenced for disk-hung, as kafka-3 is; waits until 16:10:52Z, then marks i-05d7e1f0 unhealthy",
        },
        "kafka-4": {
          outSince: goneAt + 9000,
          problem: "not registered",
          next: "waits for kafka-1, kafka-3: only 2 other brokers are in service, and brokerMinimumRunning is 3",
        },
      }),
  }),
  blind: (): Sources => ({ ...scenes.well(), prometheus: noPrometheus, alerts: noAlertmanager }),
} as const;

/** What is seen of a scene by hand, for the pure parts. */
export function seenOf(change: Partial<Seen> = {}): Seen {
  return {
    at: now,
    cluster,
    status: statusOf(),
    guardian: { value: memoryOf() },
    metrics: metricsOf(metricsText()),
    alerts: { value: [] },
    figures: { value: new Map() },
    past: { value: { alerts: [], out: [], controllers: [], boots: [], works: [] } },
    ...change,
  };
}
