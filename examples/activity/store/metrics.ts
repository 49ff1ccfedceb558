import { createServer, type Server } from "node:http";
import { Counter, Gauge, Histogram } from "prom-client";
import { openMetrics } from "../service/metrics";

/** What the gauges and `/healthz` read. */
export interface State {
  /** Messages that come after those which were read, by partition. */
  readonly lag: ReadonlyMap<number, number>;
  readonly queueBytes: () => number;
  /** Why the database does not take anything now. */
  readonly away: () => { readonly reason: string; readonly sinceMs: number } | undefined;
}

/** The store's metrics, as OpenMetrics. */
export function makeMetrics(state: State) {
  const { registry, registers, gauge } = openMetrics();
  gauge("store_queue_bytes", "Bytes of events that wait for the database", state.queueBytes);
  gauge("store_database_up", "0 while the database does not take anything", () => Number(state.away() === undefined));
  new Gauge({
    name: "store_lag_messages",
    help: "Messages of a partition that have not been read",
    labelNames: ["partition"],
    registers,
    collect() {
      this.reset();
      for (const [partition, lag] of state.lag) this.set({ partition: String(partition) }, lag);
    },
  });
  return {
    registry,
    messages: new Counter({
      name: "store_messages_total",
      help: "Messages by what became of them: stored, rejected, double",
      labelNames: ["outcome"],
      registers,
    }),
    gone: new Counter({
      name: "store_gone_total",
      help: "Offsets that Kafka's retention removed before they were read",
      registers,
    }),
    transactions: new Histogram({
      name: "store_transaction_seconds",
      help: "Seconds for a transaction",
      buckets: [0.01, 0.03, 0.1, 0.3, 1, 3, 10, 30],
      registers,
    }),
  };
}

/** The store's metrics. */
export type Metrics = ReturnType<typeof makeMetrics>;

/**
 * Serves `/metrics`, and `/healthz` with 200 for as long as the process does its work. That a database is away is no
 * fault of the process, which starting it anew would mend: it is in the text, and in the metrics.
 */
export function serve(metrics: Metrics, { away }: State, { HOST, PORT }: { HOST: string; PORT: number }): Server {
  const answers: Readonly<Record<string, () => Promise<[string, string]>>> = {
    "/metrics": async () => [metrics.registry.contentType, await metrics.registry.metrics()],
    "/healthz": () => {
      const { reason, sinceMs } = away() ?? {};
      const waiting = reason === undefined ? {} : { waitsSeconds: (Date.now() - Number(sinceMs)) / 1000, reason };
      return Promise.resolve(["application/json", `${JSON.stringify({ ok: true, ...waiting })}\n`]);
    },
  };
  const server = createServer({ requestTimeout: 10_000 }, (request, response) => {
    const answer = answers[request.url ?? ""];
    if (request.method !== "GET" || answer === undefined) {
      response.writeHead(404).end("GET /metrics or /healthz\n");
      return;
    }
    answer().then(
      ([type, text]) => response.writeHead(200, { "content-type": type }).end(text),
      (error: Error) => response.writeHead(500).end(error.message),
    );
  });
  return server.listen(PORT, HOST);
}
