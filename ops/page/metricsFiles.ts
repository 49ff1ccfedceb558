/**
 * What the programs of the ops host say of themselves: the files that node_exporter's textfile collector reads. They
 * are there, and of this moment, whether or not Prometheus is.
 */
import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { metricsFolder } from "../metrics";
import type { Sample } from "./prometheus";

/** The samples of some files, by the name of the metric. */
export class Metrics {
  private readonly byName = new Map<string, Sample[]>();

  /** @param writtenAt when each program wrote last, by the name of its file without `.prom`, ms since 1970 */
  constructor(
    samples: Iterable<Sample & { readonly name: string }> = [],
    readonly writtenAt: ReadonlyMap<string, number> = new Map(),
  ) {
    for (const { name, ...sample } of samples) this.byName.set(name, [...(this.byName.get(name) ?? []), sample]);
  }

  /** Every sample of a metric that has these labels. */
  all(name: string, labels: Readonly<Record<string, string>> = {}): readonly Sample[] {
    return (this.byName.get(name) ?? []).filter((sample) =>
      Object.entries(labels).every(([label, value]) => sample.labels[label] === value),
    );
  }

  /** The value of the one sample of a metric with these labels. */
  one(name: string, labels: Readonly<Record<string, string>> = {}): number | undefined {
    return this.all(name, labels)[0]?.value;
  }
}

/** Reads all files of a folder; one that can't be read has no samples, nor has a folder that is not there. */
export function readMetrics(folder = metricsFolder): Metrics {
  const samples: (Sample & { readonly name: string })[] = [];
  const writtenAt = new Map<string, number>();
  for (const name of filesOf(folder)) {
    try {
      samples.push(...parseMetrics(readFileSync(join(folder, name), "utf8")));
      writtenAt.set(name.replace(/\.prom$/, ""), statSync(join(folder, name)).mtimeMs);
    } catch {
      // It is being replaced, or another user's.
    }
  }
  return new Metrics(samples, writtenAt);
}

function filesOf(folder: string): string[] {
  try {
    return readdirSync(folder).filter((name) => name.endsWith(".prom"));
  } catch {
    return [];
  }
}

/**
 * Reads Prometheus' text format (https://prometheus.io/docs/instrumenting/exposition_formats/). Lines that are none of
 * it are left out.
 */
export function parseMetrics(text: string): (Sample & { readonly name: string })[] {
  return text.split("\n").flatMap((line) => {
    const match = /^([a-zA-Z_:][\w:]*)(?:\{(.*)\})?\s+(\S+)(?:\s+-?\d+)?\s*$/.exec(line);
    const [, name, labels = "", value = ""] = match ?? [];
    const number = Number(value.replace("Inf", "Infinity"));
    return name === undefined || Number.isNaN(number) ? [] : [{ name, labels: labelsOf(labels), value: number }];
  });
}

function labelsOf(text: string): Record<string, string> {
  const pairs = text.matchAll(/([a-zA-Z_]\w*)="((?:[^"\\]|\\.)*)"/g);
  const unescaped = (value: string) => value.replace(/\\(.)/g, (_, one: string) => (one === "n" ? "\n" : one));
  return Object.fromEntries([...pairs].map(([, label = "", value = ""]) => [label, unescaped(value)]));
}
