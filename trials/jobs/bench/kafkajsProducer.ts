import { setTimeout as pause } from "node:timers/promises";
import { Kafka, logLevel } from "kafkajs";
import { silenceLimited, silenceMs } from "../../../examples/consumer/silenceLimited";
import { zonePartitioner } from "../../../examples/consumer/zonePartitioner";
import { percentiles } from "../statistics";
import type { BenchParameters } from "./parameters";
import type { ProducerTotal } from "./perfTools";
import type { Point } from "./rates";

/** The bytes of one `send` at most: a batch of a partition may have a million. */
const mostBytes = 512 * 1024;
/** The time in ms between two `send`s. */
const sendEveryMs = 50;
/** The time in ms between two points, as Kafka's own tool has it. */
const pointEveryMs = 5_000;

/** A producer by kafkajs in this process, which says what Kafka's own tool does. It does not compress. */
export class KafkajsProducer {
  readonly points: Point[] = [];
  total?: ProducerTotal;
  readonly ended: Promise<void>;
  private stopping = false;

  /**
   * Starts the producer.
   * @param lines events, which it sends in turn
   */
  constructor(
    private readonly parameters: Pick<BenchParameters, "brokers" | "clientProperties" | "kafkajsZone">,
    private readonly lines: readonly string[],
    private readonly work: { readonly topic: string; readonly events: number; readonly eventsPerSecond?: number },
  ) {
    this.ended = this.run();
    // Whoever waits for it learns of it; until then it is no unhandled rejection.
    this.ended.catch(() => undefined);
  }

  /** Ends it; what is on its way is acknowledged before. */
  async kill(): Promise<void> {
    this.stopping = true;
    await this.ended.catch(() => undefined);
  }

  private async run(): Promise<void> {
    const { brokers, clientProperties, kafkajsZone: zone } = this.parameters;
    const { client, producer: settings, send } = clientProperties.kafkajs;
    const { topic, events, eventsPerSecond } = this.work;
    if (eventsPerSecond === undefined) throw new Error("a producer by kafkajs needs a rate");
    const kafka = new Kafka({
      clientId: "kafka-on-ec2-bench",
      ...client,
      brokers: [...client.brokers],
      logLevel: logLevel.NOTHING,
      socketFactory: silenceLimited(silenceMs.producer),
    });
    const producer = kafka.producer({ ...settings, createPartitioner: zonePartitioner({ zone, brokers }) });
    await producer.connect();
    try {
      const begun = Date.now();
      const latencies: number[] = [];
      // One that is behind may have more than a broker takes in one batch.
      const mostAtOnce = Math.max(1, Math.floor(mostBytes / (this.lines[0] ?? "").length));
      let sent = 0;
      for (let nextPoint = begun + pointEveryMs; sent < events && !this.stopping;) {
        await pause(sendEveryMs);
        const from = Date.now();
        const wanted = Math.floor((eventsPerSecond * (from - begun)) / 1000);
        const due = Math.min(events, wanted, sent + mostAtOnce);
        const messages = Array.from({ length: due - sent }, (_, index) => ({
          value: this.lines[(sent + index) % this.lines.length] ?? "",
        }));
        if (messages.length === 0) continue;
        await producer.send({ topic, messages, ...send, compression: 0 });
        sent = due;
        const at = Date.now();
        latencies.push(at - from);
        if (at >= nextPoint || sent === events) this.points.push({ at, sum: sent });
        if (at >= nextPoint) nextPoint = at + pointEveryMs;
      }
      this.total = { kind: "total", events: sent, latencyMs: latenciesOf(latencies) };
    } finally {
      await producer.disconnect().catch(() => undefined);
    }
  }
}

/** The latencies of `send`s, not of events. */
function latenciesOf(values: readonly number[]): ProducerTotal["latencyMs"] {
  const mean = values.reduce((sum, value) => sum + value, 0) / Math.max(1, values.length);
  const { p50, p95, p99, max } = percentiles(values);
  return { mean, p50, p95, p99, p999: max, max };
}
