import { Histogram, Registry } from "prom-client";
import type { ClusterNode } from "../../planning/cluster/clusterDescription";
import { addCounter, addGauge, nodeLabels, type Labels, type Sample } from "../metrics";
import type { PartitionRecord } from "./partitionRecord";
import type { CanaryPartition } from "./topic";

/** Upper bounds in seconds: a write takes milliseconds, and at a failover seconds. */
const buckets = [0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 60];
const labelNames = ["partition", "node", "role", "zone"];

/** Whether a broker answers, by its name. */
export type Answering = ReadonlyMap<string, boolean>;

/** All that the canary knows at a moment. */
export interface CanaryState {
  readonly records: ReadonlyMap<number, PartitionRecord>;
  readonly writeErrors: ReadonlyMap<number, number>;
  readonly readErrors: number;
  readonly asleepSeconds: number;
  readonly answering: Answering;
}

/** The metrics of the canary. */
export class CanaryMetrics {
  private readonly lasting = new Registry();
  private readonly writes = this.histogram("kafka_canary_write_seconds", "From send to the acknowledgement");
  private readonly reads = this.histogram("kafka_canary_end_to_end_seconds", "From send until the event was read");
  private readonly labels: ReadonlyMap<number, Labels>;

  constructor(
    private readonly brokers: readonly ClusterNode[],
    partitions: readonly CanaryPartition[],
  ) {
    const nodes = new Map(brokers.map((node) => [node.id, nodeLabels(node, "kafka")]));
    this.labels = new Map(
      partitions.map(({ partition, broker }) => [partition, { partition: String(partition), ...nodes.get(broker) }]),
    );
  }

  written(partition: number, seconds: number): void {
    this.writes.observe({ ...this.labelsOf(partition) }, seconds);
  }

  read(partition: number, seconds: number): void {
    this.reads.observe({ ...this.labelsOf(partition) }, seconds);
  }

  /** Every metric as of now. */
  registries(state: CanaryState): Registry[] {
    const now = new Registry();
    const { records, writeErrors, readErrors, asleepSeconds, answering } = state;
    const each = (value: (record: PartitionRecord, partition: number) => number): Sample[] =>
      [...records].map(([partition, record]) => [this.labelsOf(partition), value(record, partition)]);
    const both = (write: (record: PartitionRecord) => number, read: (record: PartitionRecord) => number): Sample[] => [
      ...each(write).map(([labels, value]): Sample => [{ operation: "write", ...labels }, value]),
      ...each(read).map(([labels, value]): Sample => [{ operation: "read", ...labels }, value]),
    ];
    addGauge(now, "kafka_canary_ready", "Whether the topic is there and is written and read", [[{}, 1]]);
    addGauge(
      now,
      "kafka_canary_gap_seconds",
      "Since the last acknowledged write; or how long the oldest such event has been waiting to be read",
      both(
        ({ writeGap }) => writeGap,
        ({ readGap }) => readGap,
      ),
    );
    addGauge(
      now,
      "kafka_canary_longest_gap_seconds",
      "The longest such gap of the last 60 s",
      both(
        ({ writes }) => writes.longest,
        ({ reads }) => reads.longest,
      ),
    );
    addCounter(
      now,
      "kafka_canary_unavailable_seconds_total",
      "Time in which the gap was longer than 2 s",
      both(
        ({ writes }) => writes.interrupted,
        ({ reads }) => reads.interrupted,
      ),
    );
    addCounter(
      now,
      "kafka_canary_observed_seconds_total",
      "Time in all",
      both(
        ({ writes }) => writes.observed,
        ({ reads }) => reads.observed,
      ),
    );
    addCounter(now, "kafka_canary_errors_total", "Errors that reached the application", [
      ...each((_, partition) => writeErrors.get(partition) ?? 0).map(([labels, value]): Sample => [
        { operation: "write", ...labels },
        value,
      ]),
      [{ operation: "read" }, readErrors],
    ]);
    addCounter(
      now,
      "kafka_canary_lost_total",
      "Acknowledged events that are not in the topic",
      each(({ lost }) => lost),
    );
    addCounter(now, "kafka_canary_asleep_seconds_total", "Time in which the canary did not run", [[{}, asleepSeconds]]);
    addBrokers(now, this.brokers, answering);
    return [now, this.lasting];
  }

  private labelsOf(partition: number): Labels {
    return this.labels.get(partition) ?? {};
  }

  private histogram(name: string, help: string): Histogram {
    return new Histogram({ name, help, labelNames, buckets, registers: [this.lasting] });
  }
}

/** What there is to say while the topic is not there yet. */
export function waitingRegistry(brokers: readonly ClusterNode[], answering: Answering): Registry {
  const registry = new Registry();
  addGauge(registry, "kafka_canary_ready", "Whether the topic is there and is written and read", [[{}, 0]]);
  addBrokers(registry, brokers, answering);
  return registry;
}

function addBrokers(registry: Registry, brokers: readonly ClusterNode[], answering: Answering): void {
  const samples = brokers.flatMap((node): Sample[] => {
    const answers = answering.get(node.name);
    return answers === undefined ? [] : [[nodeLabels(node, "kafka"), Number(answers)]];
  });
  addGauge(registry, "kafka_canary_broker_up", "Whether the broker answers", samples);
}
