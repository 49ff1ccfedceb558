import { Counter, Histogram } from "prom-client";
import { openMetrics } from "../service/metrics";

/** What the gauges read. */
export interface Gauged {
  readonly inFlightBytes: () => number;
  readonly spoolBytes: () => number;
  readonly connected: () => boolean;
}

/** The collector's metrics, as OpenMetrics. */
export function makeMetrics(gauged: Gauged) {
  const { registry, registers, gauge } = openMetrics();
  gauge("collector_in_flight_bytes", "Bytes of requests that are not answered yet", gauged.inFlightBytes);
  gauge("collector_spool_bytes", "Bytes that wait on the disk for Kafka", gauged.spoolBytes);
  gauge("collector_kafka_connected", "1 while events go to Kafka", () => Number(gauged.connected()));
  return {
    registry,
    events: new Counter({
      name: "collector_events_total",
      help: "Events by what became of them: acknowledged, spooled, refused",
      labelNames: ["outcome"],
      registers,
    }),
    sentAgain: new Counter({
      name: "collector_spool_sent_total",
      help: "Events of the spool that Kafka has",
      registers,
    }),
    answers: new Counter({
      name: "collector_answers_total",
      help: "Answers to POST /events by status",
      labelNames: ["status"],
      registers,
    }),
    batchEvents: new Histogram({
      name: "collector_batch_events",
      help: "Events of a batch for Kafka",
      buckets: [1, 3, 10, 30, 100, 300, 1000, 3000],
      registers,
    }),
    batchSeconds: new Histogram({
      name: "collector_batch_seconds",
      help: "Seconds until a batch was kept, by where it is",
      labelNames: ["outcome"],
      buckets: [0.003, 0.01, 0.03, 0.1, 0.3, 1, 3, 10],
      registers,
    }),
  };
}

/** The collector's metrics. */
export type Metrics = ReturnType<typeof makeMetrics>;
