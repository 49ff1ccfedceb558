/** The names of all metrics that Prometheus keeps, by who tells them: by the filters, and by our own programs. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { Registry } from "prom-client";
import { parse } from "yaml";
import { repository } from "../../../artifacts/repository";
import { prometheusConfig } from "../../../monitoring/prometheus";
import { CanaryBook } from "../../../ops/canary/book";
import { groupRegistry } from "../../../ops/groups/groupMetrics";
import { guardianRegistry } from "../../../ops/guardian/guardianMetrics";
import { freshMemory } from "../../../ops/guardian/memory";
import { RunMetrics } from "../../../ops/runMetrics";
import { describeCluster } from "../../../planning/cluster/clusterDescription";
import { sampleSettings } from "../settings/sampleSettings";

const cluster = describeCluster(sampleSettings(), "bucket");
const sorted = (names: Iterable<string>) => [...new Set(names)].sort();

/** Every metric that Prometheus keeps, by who tells it. `up` is Prometheus' own. */
export async function toldMetrics(): Promise<Readonly<Record<string, readonly string[]>>> {
  const { node = [], prometheus = [], alertmanager = [] } = keptByPrometheus();
  return {
    brokers: toldByJmx("kafka"),
    zookeeper: toldByJmx("zookeeper"),
    machines: sorted(node.filter((name) => name !== "kafka_.*")),
    "node programs": toldByNodePrograms(),
    "ops programs": await toldByOpsPrograms(),
    monitoring: sorted(["up", ...prometheus, ...alertmanager]),
  };
}

/** The names that a rule of prometheus.yml keeps, by job. */
export function keptByPrometheus(): Record<string, readonly string[]> {
  const { scrape_configs } = parse(prometheusConfig(cluster, { opsZone: "us-east-1a", remoteWriteUrl: "" })) as {
    readonly scrape_configs: readonly {
      readonly job_name: string;
      readonly metric_relabel_configs: readonly { readonly action: string; readonly regex: string }[];
    }[];
  };
  return Object.fromEntries(
    scrape_configs.map(({ job_name, metric_relabel_configs }) => [
      job_name,
      metric_relabel_configs.flatMap(({ action, regex }) => (action === "keep" ? regex.split("|") : [])),
    ]),
  );
}

/** What the JMX exporter tells by `node/etc/ROLE/metrics.yml`, and the one of its own that Prometheus keeps. */
export function toldByJmx(role: "kafka" | "zookeeper"): string[] {
  const { includeObjectNames, excludeObjectNameAttributes, rules } = parse(
    readFileSync(join(repository, "node/etc", role, "metrics.yml"), "utf8"),
  ) as {
    readonly includeObjectNames: readonly string[];
    readonly excludeObjectNameAttributes?: Readonly<Record<string, readonly string[]>>;
    readonly rules: readonly { readonly pattern: string; readonly name: string }[];
  };
  const lines = includeObjectNames.flatMap((name) => {
    const excluded = excludeObjectNameAttributes?.[name] ?? [];
    return attributesOf(name)
      .filter((attribute) => !excluded.includes(attribute))
      .map((attribute) => lineOf(name, attribute));
  });
  const names = lines.flatMap((line) => {
    // The first rule that fits counts; one without a name drops.
    const rule = rules.find(({ pattern }) => new RegExp(pattern).test(line));
    const match = new RegExp(rule?.pattern ?? "$").exec(line);
    return rule?.name ? [rule.name.replace(/\$(\d)/g, (_, group: string) => match?.[Number(group)] ?? "")] : [];
  });
  return sorted(["jmx_scrape_error", ...names.map((name) => name.toLowerCase().replace(/[-.]/g, "_"))]);
}

/** The attributes of an MBean, by the kinds that Kafka, ZooKeeper and the JVM have. */
function attributesOf(objectName: string): readonly string[] {
  const percentiles = ["50", "75", "95", "98", "99", "999"].map((each) => `${each}thPercentile`);
  const rates = ["Mean", "OneMinute", "FiveMinute", "FifteenMinute"].map((each) => `${each}Rate`);
  if (objectName.startsWith("org.apache.ZooKeeperService")) {
    const latencies = ["Min", "Avg", "Max"].map((each) => `${each}RequestLatency`);
    const counts = ["PacketsReceived", "PacketsSent", "OutstandingRequests", "NumAliveConnections"];
    return [
      "State",
      ...latencies,
      ...counts,
      "TxnLogElapsedSyncTime",
      "FsyncThresholdExceedCount",
      "ElectionTimeTaken",
    ];
  }
  if (/type=GarbageCollector/.test(objectName)) return ["CollectionTime", "CollectionCount", "LastGcInfo"];
  if (/type=Memory$/.test(objectName))
    return ["HeapMemoryUsage>used", "HeapMemoryUsage>max", "NonHeapMemoryUsage>used"];
  if (/type=OperatingSystem/.test(objectName))
    return ["OpenFileDescriptorCount", "MaxFileDescriptorCount", "ProcessCpuTime", "SystemLoadAverage"];
  if (/-metrics/.test(objectName)) return ["connection-count", "request-rate", "group-completed-rebalance-count"];
  if (/Ms(,|$)/.test(objectName)) return ["Count", "Min", "Max", "Mean", "StdDev", ...percentiles];
  if (/PerSec|RequestHandlerAvg/.test(objectName)) return ["Count", "EventType", "RateUnit", ...rates];
  return ["Value"];
}

/** The text that the exporter's rules are held against. */
function lineOf(objectName: string, attribute: string): string {
  const values = { name0: "ReplicatedServer_id1", name1: "replica.1", name2: "Follower", error: "REQUEST_TIMED_OUT" };
  const [domain = "", keys = ""] = objectName.replace(/,\*$/, "").split(":");
  const pairs = keys.split(",").map((pair) => {
    const [key = "", value = ""] = pair.split("=");
    return `${key}=${value === "*" ? ((values as Record<string, string>)[key] ?? "1") : value}`;
  });
  // The JVM's own stand by their names' order.
  const ordered = domain === "java.lang" ? pairs.sort() : pairs;
  const [composite, part] = attribute.split(">");
  const value = attribute === "State" ? "following" : "1";
  return `${domain}<${ordered.join(", ")}><${part ? composite : ""}>${part ?? composite}: ${value}`;
}

/** What the programs on nodes write, by their sources. */
function toldByNodePrograms(): string[] {
  const files = ["node/bin", "node/lib"].flatMap((folder) =>
    readdirSync(join(repository, folder)).map((file) => join(repository, folder, file)),
  );
  return sorted(files.flatMap((file) => readFileSync(file, "utf8").match(/\bkafka_node_\w+/g) ?? []));
}

/** All that any program of the ops host tells. */
async function toldByOpsPrograms(): Promise<string[]> {
  const texts: string[] = [];
  const file = {
    write: async (...registries: readonly Pick<Registry, "metrics">[]) => {
      for (const registry of registries) texts.push(await registry.metrics());
    },
  };
  const node = { outSince: 1, attempts: 1, next: "waits", person: "damaged" } as const;
  const memory = { ...freshMemory("test"), nodes: { "kafka-1": node }, concerns: ["a throttle"] };
  await file.write(guardianRegistry(cluster, memory, { failed: false, runs: () => false }));
  const book = new CanaryBook(cluster.brokers, [{ partition: 0, broker: 1 }], () => undefined);
  book.sent(0, 0);
  book.acknowledged(0, 0);
  book.read(0, 0);
  await file.write(...book.registries(new Map([["kafka-1", true]])));
  const lag = { group: "g", topic: "t", messages: 1, seconds: 1, secondsUntilDeleted: 1, deletedUnread: 1 };
  await file.write(groupRegistry({ lags: [lag], states: new Map([["g", "Empty"]]) }, 1));
  for (const program of ["roll kafka", "balance"] as const) {
    const metrics = new RunMetrics(program, file);
    const figures = program === "balance" ? { partitions: 1, partitions_done: 1, bytes: 1, bytes_done: 1 } : undefined;
    metrics.tell(figures ?? { nodes: 1, nodes_done: 1 });
    await metrics.whole(() => Promise.resolve(true));
  }
  return sorted(texts.flatMap((text) => [...text.matchAll(/^# TYPE (\S+)/gm)].map(([, name = ""]) => name)));
}
