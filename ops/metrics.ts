/** What the programs of the ops host tell Prometheus: files that node_exporter reads. */
import { chmodSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Counter, Gauge, type Registry } from "prom-client";
import type { ClusterNode } from "../planning/cluster/clusterDescription";

/** The folder of these files, which the services make: empty after a boot. */
export const metricsFolder = "/run/kafka-ops/metrics";

/** Labels by their names. */
export type Labels = Readonly<Record<string, string>>;

/** A value and the labels that tell it from the others of its name. */
export type Sample = readonly [labels: Labels, value: number];

/** The labels of a node, those that Prometheus gives what it reads from the node itself. */
export function nodeLabels({ name, zone }: Pick<ClusterNode, "name" | "zone">, role: "kafka" | "zookeeper") {
  return { node: name, role, zone };
}

/** Adds a gauge with its values as they are; nothing where there are none. */
export function addGauge(registry: Registry, name: string, help: string, samples: readonly Sample[]): void {
  if (samples.length === 0) return;
  const gauge = new Gauge({ name, help, labelNames: labelNames(samples), registers: [registry] });
  for (const [labels, value] of samples) gauge.set({ ...labels }, value);
}

/** Adds a counter with its values as they are, which only rise while the program runs; nothing where there are none. */
export function addCounter(registry: Registry, name: string, help: string, samples: readonly Sample[]): void {
  if (samples.length === 0) return;
  const counter = new Counter({ name, help, labelNames: labelNames(samples), registers: [registry] });
  for (const [labels, value] of samples) counter.inc({ ...labels }, value);
}

const labelNames = (samples: readonly Sample[]) => [...new Set(samples.flatMap(([labels]) => Object.keys(labels)))];

/** The file of one program's metrics. */
export class MetricsFile {
  private said = "";

  /**
   * @param name of the file, without its ending
   * @param say takes the reason for which it can't be written, once
   */
  constructor(
    private readonly name: string,
    private readonly folder = metricsFolder,
    private readonly say: (line: string) => void = (line) => console.error(line),
  ) {}

  /** Writes it, whole or not at all. Never rejects: what it tells of matters more. */
  async write(...registries: readonly Pick<Registry, "metrics">[]): Promise<void> {
    const path = join(this.folder, `${this.name}.prom`);
    const draft = `${path}.new`;
    try {
      const texts = await Promise.all(registries.map((registry) => registry.metrics()));
      writeFileSync(draft, texts.join("\n"));
      // Whoever's umask it is, node_exporter is another user.
      chmodSync(draft, 0o644);
      renameSync(draft, path);
      this.said = "";
    } catch (error) {
      const problem = `metrics are not written: ${(error as Error).message}`;
      if (problem !== this.said) this.say(problem);
      this.said = problem;
    }
  }
}
