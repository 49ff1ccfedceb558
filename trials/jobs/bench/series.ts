import { within } from "../drill/within";
import type { Cluster } from "./cluster";
import { groupId, measure, nameOf } from "./measure";
import { cueLine, type BenchParameters, type Measured, type Measurement } from "./parameters";
import type { Tools } from "./tools";

/** The time in ms that a broker which is back may take for what it has missed, once the producers are done. */
const catchUpLimitMs = 300_000;
const tidyLimitMs = 20_000;

/** The measurements of a job, one after the other. */
export class Series {
  /** The measurements that are done so far. */
  readonly measured: Measured[] = [];
  /** Events a second of all producers together, of which the percentages are taken. */
  private highest?: number;
  private topic?: { readonly name: string; readonly groups: readonly string[] };

  constructor(
    private readonly parameters: BenchParameters,
    private readonly cluster: Cluster,
    private readonly tools: Tools,
  ) {
    const { rateMBps } = parameters;
    this.highest = rateMBps === undefined ? undefined : (rateMBps * 1e6) / tools.meanBytes;
  }

  /** Makes the measurements. Rejects at the first that fails. */
  async run(): Promise<void> {
    for (const [index, measurement] of this.parameters.measurements.entries()) {
      // What a broker is to catch up with it must have missed. All others begin on an empty topic, so that nobody reads
      // what was written before, and no disk has to hold it.
      if (measurement.phase !== "catch-up") await this.newTopic(index + 1, measurement);
      const result = await this.one(measurement, this.topic?.name ?? "");
      if (measurement.phase === "rate") this.highest ??= result.eventsPerSecond;
      this.measured.push(result);
      console.log(`${nameOf(measurement)}: ${result.MBps.toFixed(1)} MB/s, p99 ${result.latencyMs.p99} ms`);
    }
  }

  async removeTopic(): Promise<void> {
    const { topic } = this;
    this.topic = undefined;
    if (topic !== undefined) await within(tidyLimitMs, this.cluster.remove(topic.name, topic.groups));
  }

  private async newTopic(number: number, { groups }: Measurement): Promise<void> {
    await this.removeTopic();
    const name = `bench-${this.parameters.id}-${number}`;
    this.topic = { name, groups: Array.from({ length: groups }, (_, index) => groupId(name, index)) };
    await this.cluster.makeTopic(name);
  }

  private async one(measurement: Measurement, topic: string): Promise<Measured> {
    const { cluster, tools, parameters } = this;
    const work = { topic, measurement, eventsPerSecond: this.target(measurement) };
    if (measurement.phase === "broker-away") {
      console.log(cueLine({ what: "stop", topic }));
      await cluster.brokerGone(topic);
    }
    if (measurement.phase !== "catch-up") return measure(work, tools, parameters);
    console.log(cueLine({ what: "start", topic }));
    let deadline = Infinity;
    const full = cluster.fullIsr(topic, () => deadline);
    const result = await measure(work, tools, parameters);
    deadline = Date.now() + catchUpLimitMs;
    return { ...result, fullIsrAt: await full };
  }

  private target({ phase, percent }: Measurement): number | undefined {
    if (percent === undefined) return this.parameters.rateMBps === undefined ? undefined : this.highest;
    if (this.highest === undefined) throw new Error(`${phase} needs the highest rate, which was not measured`);
    return (this.highest * percent) / 100;
  }
}
