import { brokerAddress } from "../../../ops/kafka/metadata";
import { Acknowledgements } from "./acknowledgements";
import type { Clients } from "./clients";
import { JavaLoad } from "./javaLoad";
import { KafkajsLoad } from "./kafkajsLoad";
import { Observer } from "./observer";
import type { DrillParameters } from "./parameters";
import { until } from "./within";
import { Readers } from "./readers";

const steadyForMs = 5000;

/** The load of a drill: both clients write, a group reads, and an observer follows the cluster. */
export class Load {
  readonly partitions: number;
  readonly observer: Observer;
  readonly readers: Readers;
  readonly kafkajs: KafkajsLoad;
  readonly written: readonly [Acknowledgements, Acknowledgements];
  private readonly java: JavaLoad;

  constructor(clients: Clients, parameters: DrillParameters, groupId: string) {
    const { topic, replicaAssignment, eventsPerSecond, brokers } = parameters;
    this.partitions = replicaAssignment.length;
    this.written = [new Acknowledgements("kafkajs", this.partitions), new Acknowledgements("java", this.partitions)];
    this.observer = new Observer(brokers.map(brokerAddress), topic);
    this.readers = new Readers({ parameters, groupId });
    this.java = new JavaLoad(parameters, this.written[1]);
    const intervalMs = (1000 * this.partitions) / eventsPerSecond;
    this.kafkajs = new KafkajsLoad(clients, topic, this.partitions, intervalMs, this.written[0]);
  }

  /**
   * Waits until both clients write to every partition without a stop, and every ISR is full. Throws what is missing.
   */
  async steady(limitMs: number): Promise<void> {
    await until(limitMs, () => {
      const now = Date.now();
      const unsteady = this.written.flatMap((one) => {
        const partitions = one.unsteady(now, steadyForMs);
        const example = one.errorExamples[0];
        return partitions.length === 0
          ? []
          : [
              `${one.client} does not write steadily to partition ` +
                `${partitions.join(", ")}${example === undefined ? "" : ` (${example})`}`,
            ];
      });
      const unread = this.readers.unread(this.written);
      return [
        ...unsteady,
        ...(this.observer.missing === "" ? [] : [this.observer.missing]),
        ...(unsteady.length === 0 && unread > 2000 ? [`the consumer group is ${unread} events behind`] : []),
      ].join("; ");
    });
  }

  /** Lets both clients finish what they have begun. */
  async stopWriting(limitMs: number): Promise<void> {
    await Promise.all([this.java.stop(limitMs), this.kafkajs.stop(limitMs)]);
  }

  /** Waits until the group has read everything that was acknowledged. */
  async caughtUp(limitMs: number): Promise<void> {
    try {
      await until(limitMs, () => {
        const unread = this.readers.unread(this.written);
        return unread === 0 ? "" : `the consumer group has not read ${unread} events`;
      });
    } catch (error) {
      // Events that are lost can't be read; whether they are is found out next.
      console.log((error as Error).message);
    }
  }

  async stop(): Promise<void> {
    this.observer.stop();
    await Promise.all([this.stopWriting(1000), this.readers.stop()]);
  }
}
