/** The benchmark's work on the cluster itself: its topics, and who is in service. */
import { setTimeout as pause } from "node:timers/promises";
import { Kafka, logLevel } from "kafkajs";
import type { ClusterView, PartitionView } from "../../../ops/kafkaGate";
import { KafkaAdmin, type LogDir } from "../../../ops/kafka/admin";
import { brokerAddress } from "../../../ops/kafka/metadata";
import { until } from "../drill/within";
import type { BenchParameters } from "./parameters";

const serviceLimitMs = 60_000;
/** The time in ms for a controlled stop, which may take 180 s. */
const stopLimitMs = 240_000;
const observeEveryMs = 250;
const diskEveryMs = 5_000;
/** The least free share of a disk: a broker whose disk is full ends, and does not come back by itself. */
const leastFree = 0.15;

/** The cluster as the benchmark needs it. */
export class Cluster {
  private readonly admin: KafkaAdmin;

  constructor(private readonly parameters: BenchParameters) {
    this.admin = new KafkaAdmin(parameters.brokers.map(brokerAddress));
  }

  /** Makes a topic, and waits until it is in full service. */
  async makeTopic(name: string): Promise<void> {
    const { replicaAssignment, config } = this.parameters;
    await this.admin.createTopics([{ name, replicaAssignment, config }]);
    await until(serviceLimitMs, async () => {
      const behind = (await this.partitions(name)).filter((partition) => !inService(partition)).length;
      return behind === 0 ? "" : `${behind} partitions of topic ${name} are not in full service`;
    });
  }

  /** Removes the topic and the groups, as far as the cluster lets it. */
  async remove(topic: string, groups: readonly string[]): Promise<void> {
    const { client } = this.parameters.clientProperties.kafkajs;
    const kafka = new Kafka({
      clientId: "kafka-on-ec2-bench",
      ...client,
      brokers: [...client.brokers],
      logLevel: logLevel.NOTHING,
    });
    const admin = kafka.admin();
    try {
      await admin.connect();
      // A group that a killed member has not left yet is no fault: its offsets expire.
      for (const group of groups) await admin.deleteGroups([group]).catch(() => undefined);
      await admin.deleteTopics({ topics: [topic], timeout: 10_000 });
    } catch (error) {
      console.log(`topic ${topic} stays: ${(error as Error).message}`);
    } finally {
      await admin.disconnect().catch(() => undefined);
    }
  }

  /** Waits until a broker has gone, and others have taken over what it led. */
  async brokerGone(topic: string): Promise<void> {
    await until(stopLimitMs, async () => {
      const view = await this.admin.metadata();
      if (this.parameters.brokers.every(({ id }) => view.brokers.some((one) => one.id === id)))
        return "every broker is in service";
      const { length } = partitionsOf(view, topic).filter(({ leader, isr }) => leader < 0 || !known(view, isr));
      return length === 0 ? "" : `${length} partitions of topic ${topic} still count on the broker that has gone`;
    });
  }

  /** The time at which every ISR of the topic was full, ms since 1970; undefined: not before `deadline()`. */
  async fullIsr(topic: string, deadline: () => number): Promise<number | undefined> {
    while (Date.now() < deadline()) {
      // A broker that comes back may refuse to answer for a moment.
      const partitions = await this.partitions(topic).catch(() => []);
      if (partitions.length > 0 && partitions.every(inService)) return Date.now();
      await pause(observeEveryMs);
    }
    return undefined;
  }

  /**
   * Rejects when a broker's disk is nearly full.
   * @param done when to look no more
   */
  async watchDisks(done: () => boolean): Promise<void> {
    while (!done()) {
      // A broker that does not answer is somebody else's concern.
      const brokers = await this.admin.logDirs().catch(() => new Map<number, LogDir[]>());
      for (const [id, dirs] of brokers) {
        const free = Math.min(...dirs.map(({ usableBytes = 1, totalBytes = 1 }) => usableBytes / totalBytes));
        if (free < leastFree) {
          throw new Error(
            `${Math.round(100 * free)} % of a disk of broker ${id} are free, and the benchmark ends below ` +
              `${100 * leastFree} %; give fewer --seconds or a lower --rate`,
          );
        }
      }
      await pause(diskEveryMs);
    }
  }

  private async partitions(topic: string): Promise<readonly PartitionView[]> {
    return partitionsOf(await this.admin.metadata(), topic);
  }
}

const partitionsOf = ({ topics }: ClusterView, topic: string) =>
  topics.find(({ name }) => name === topic)?.partitions ?? [];

const inService = ({ leader, isr, replicas }: PartitionView) => leader >= 0 && isr.length === replicas.length;

const known = ({ brokers }: ClusterView, ids: readonly number[]) =>
  ids.every((id) => brokers.some((broker) => broker.id === id));
