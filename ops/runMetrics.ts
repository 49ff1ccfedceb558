import { Registry } from "prom-client";
import { addGauge, MetricsFile, type Labels } from "./metrics";
import type { Outcome } from "./outcome";

/** The programs that come and go, with what they tell of how far they are. */
const programs = {
  "roll kafka": { prefix: "kafka_ops_roll", labels: { pool: "kafka" } },
  "roll zookeeper": { prefix: "kafka_ops_roll", labels: { pool: "zookeeper" } },
  balance: { prefix: "kafka_ops_balance", labels: {} },
} as const;

const helps = {
  nodes: "Nodes that it has to replace",
  nodes_done: "Of these, replaced and back",
  partitions: "Partitions that it has to move",
  partitions_done: "Of these, moved",
  bytes: "Bytes that it has to copy",
  bytes_done: "Of these, copied",
} as const;

/** What a program tells of how far it is. */
export type Figures = Readonly<Partial<Record<keyof typeof helps, number>>>;

/** The metrics of one run of a program that comes and goes. They stay as it leaves them. Nothing here ever fails. */
export class RunMetrics {
  private readonly began: number;
  private figures: Figures = {};
  private writing = Promise.resolve();

  constructor(
    private readonly program: keyof typeof programs,
    // Where there is no such folder, as on another machine than the ops host, nothing is told.
    private readonly file: Pick<MetricsFile, "write"> = new MetricsFile(
      program.replace(" ", "-"),
      undefined,
      () => undefined,
    ),
    private readonly now: () => number = Date.now,
  ) {
    this.began = now();
  }

  /** Tells how far it is; what is not given is as it was. */
  tell(figures: Figures): void {
    this.figures = { ...this.figures, ...figures };
    void this.write();
  }

  /** Does the work, and tells how it ended. */
  async whole<O extends Outcome | boolean>(work: () => Promise<O>): Promise<O> {
    let outcome: Outcome = "failed";
    this.tell({});
    try {
      const result = await work();
      outcome = typeof result === "string" ? result : result === true ? "done" : "failed";
      return result;
    } finally {
      await this.write(outcome);
    }
  }

  private write(outcome?: Outcome): Promise<void> {
    const registry = new Registry();
    const { prefix, labels } = programs[this.program];
    const one = (name: string, help: string, with_: Labels, value: number) =>
      addGauge(registry, name, help, [[with_, value]]);
    one(`${prefix}_began_timestamp_seconds`, "When the last run began", labels, this.began / 1000);
    for (const [figure, help] of Object.entries(helps)) {
      const value = this.figures[figure as keyof Figures];
      if (value !== undefined) one(`${prefix}_${figure}`, help, labels, value);
    }
    if (outcome !== undefined) {
      const ended = { program: this.program, outcome };
      one("kafka_ops_run_ended_timestamp_seconds", "When its last run ended, and how", ended, this.now() / 1000);
    }
    // One after the other: the last one counts.
    this.writing = this.writing.then(() => this.file.write(registry));
    return this.writing;
  }
}
