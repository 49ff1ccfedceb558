/**
 * The output of Kafka's performance tools (kafka-tools 3.9: ProducerPerformance, ConsumerPerformance, ToolsUtils).
 * Pure.
 */
import type { Latencies } from "./parameters";

const mebibyte = 1024 * 1024;

/** The total that a producer prints at the end; failed events are not in it. */
export interface ProducerTotal {
  readonly kind: "total";
  readonly events: number;
  readonly latencyMs: Latencies;
}

/** A line of a producer. */
export type ProducerLine =
  /** Printed about every 5 s: what was acknowledged since the last one. */
  | { readonly kind: "interval"; readonly events: number }
  | ProducerTotal
  /** The compressed size divided by the size, of the last 30 s or so. */
  | { readonly kind: "compression"; readonly rate: number };

const number = String.raw`([\d.]+)`;
const sent = String.raw`^(\d+) records sent, ${number} records/sec \(${number} MB/sec\), ${number} ms avg latency, ${number} ms max latency`;
const interval = new RegExp(`${sent}\\.$`);
const total = new RegExp(`${sent}, (\\d+) ms 50th, (\\d+) ms 95th, (\\d+) ms 99th, (\\d+) ms 99\\.9th\\.$`);
const compression = /^producer-metrics:compression-rate-avg:\{[^}]*\}\s*: ([\d.]+)$/;

/**
 * Reads a line of a producer.
 * @returns undefined for any other line
 */
export function readProducerLine(line: string): ProducerLine | undefined {
  const ended = figures(total, line);
  if (ended !== undefined) {
    const [events = 0, , , mean = 0, max = 0, p50 = 0, p95 = 0, p99 = 0, p999 = 0] = ended;
    return { kind: "total", events, latencyMs: { mean, p50, p95, p99, p999, max } };
  }
  const window = figures(interval, line);
  if (window !== undefined) return { kind: "interval", events: window[0] ?? 0 };
  const [rate] = figures(compression, line) ?? [];
  return rate === undefined ? undefined : { kind: "compression", rate };
}

function figures(pattern: RegExp, line: string): number[] | undefined {
  return pattern.exec(line)?.slice(1).map(Number);
}

/**
 * The bytes of events that were read since the start, from a line of `--show-detailed-stats`.
 * @returns undefined for any other line
 */
export function readConsumerLine(line: string): number | undefined {
  const fields = line.split(", ");
  const mebibytes = Number(fields[2]);
  return fields.length === 10 && /^\d{4}-/.test(line) && Number.isFinite(mebibytes) ? mebibytes * mebibyte : undefined;
}

/** Whether a line is the header, with which the consumer's process is on its feet. */
export const isConsumerHeader = (line: string): boolean => line.startsWith("time, threadId, ");

/** The percentiles of the worst of several producers: those of all together can't be told from each one's. */
export function worstLatencies(totals: readonly Pick<ProducerTotal, "events" | "latencyMs">[]): Latencies {
  const events = totals.reduce((sum, one) => sum + one.events, 0);
  const worst = (key: keyof Latencies) => Math.max(0, ...totals.map(({ latencyMs }) => latencyMs[key]));
  return {
    mean: totals.reduce((sum, one) => sum + (one.latencyMs.mean * one.events) / Math.max(1, events), 0),
    p50: worst("p50"),
    p95: worst("p95"),
    p99: worst("p99"),
    p999: worst("p999"),
    max: worst("max"),
  };
}
