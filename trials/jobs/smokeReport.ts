import type { ClientProperties } from "../../planning/cluster/clientProperties";
import type { Percentiles } from "./statistics";

/** The parameters that the operator's side gives the smoke test on the client host. */
export interface SmokeParameters {
  readonly runId: string;
  readonly topic: string;
  readonly count: number;
  readonly seed: number;
  /** The time of the first event, ms since 1970. */
  readonly startTime: number;
  readonly clientProperties: ClientProperties;
  /** Folder with Kafka's own jars, when they were fetched. */
  readonly kafkaLibraries?: string;
  /** Seconds that the whole job may take. */
  readonly deadlineSeconds: number;
}

/** The report of the client that shares no code with kafkajs. */
export interface SecondClientReport {
  /** The client's name: `Kafka's Java console tools`, `kcat`. */
  readonly client: string;
  readonly written: number;
  /** The number of its own and kafkajs' events that it read. */
  readonly read: number;
  readonly expected: number;
  /** The number of its events that kafkajs read. */
  readonly readByKafkajs: number;
}

/** The report of a smoke test. */
export interface SmokeReport {
  readonly runId: string;
  readonly topic: string;
  /** The written events; `bytes` are those of keys and values. */
  readonly written: { readonly events: number; readonly bytes: number; readonly seconds: number };
  readonly ackLatencyMs: Percentiles;
  readonly eventsPerBatch: number;
  readonly read: { readonly events: number; readonly seconds: number };
  readonly missing: number;
  /** The first few numbers of missing events. */
  readonly missingExamples: readonly number[];
  readonly duplicates: number;
  readonly outOfOrder: number;
  readonly secondClient?: SecondClientReport;
  /** The reason for which there was no second client. */
  readonly secondClientNote?: string;
}

/** The faults for which the smoke test fails, one sentence each; empty when it passed. */
export function smokeFaults(report: SmokeReport): string[] {
  const faults: string[] = [];
  if (report.missing > 0) {
    faults.push(
      `${report.missing} of ${report.written.events} acknowledged events were not read back, among them number ` +
        `${report.missingExamples.join(", ")}`,
    );
  }
  const second = report.secondClient;
  if (second !== undefined && second.read < second.expected) {
    faults.push(`${second.client} read ${second.read} of ${second.expected} events`);
  }
  if (second !== undefined && second.readByKafkajs < second.written) {
    faults.push(`kafkajs read ${second.readByKafkajs} of the ${second.written} events that ${second.client} wrote`);
  }
  return faults;
}

const grouped = (value: number) => Math.round(value).toLocaleString("en-US");

/** The report as a person reads it. */
export function smokeText(report: SmokeReport): string {
  const { written, read, ackLatencyMs: ack } = report;
  const rate = (bytes: number, seconds: number) => `${(bytes / 1e6 / seconds).toFixed(1)} MB/s`;
  const lines = [
    `written     ${grouped(written.events)} events (${(written.bytes / 1e6).toFixed(1)} MB) to ${report.topic} ` +
      `with acks=all in ${written.seconds.toFixed(1)} s: ${grouped(written.events / written.seconds)} events/s, ` +
      `${rate(written.bytes, written.seconds)}`,
    `latency     p50 ${ack.p50} ms, p95 ${ack.p95} ms, p99 ${ack.p99} ms, max ${ack.max} ms from send to ` +
      `acknowledgement of ${report.eventsPerBatch} events`,
    `read back   ${grouped(read.events)} events by a new consumer group in ${read.seconds.toFixed(1)} s: ` +
      `${grouped(read.events / read.seconds)} events/s, ` +
      rate((written.bytes * read.events) / written.events, read.seconds),
    `missing     ${report.missing}, duplicates ${report.duplicates}, out of order ${report.outOfOrder}`,
  ];
  const second = report.secondClient;
  if (second !== undefined) {
    lines.push(
      `${second.client}: wrote ${second.written} events (kafkajs read ${second.readByKafkajs}), read ` +
        `${second.read} of ${second.expected}`,
    );
  } else if (report.secondClientNote !== undefined) {
    lines.push(`second client skipped: ${report.secondClientNote}`);
  }
  return lines.join("\n");
}
