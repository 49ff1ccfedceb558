import type { Entry } from "../../../ops/logs/entry";
import type { ClientReport, LoadReport } from "../../../trials/drills/loadReport";
import type { DrillRun } from "../../../trials/drills/report";

/** Start of the load; the fault comes 10 s later. */
export const start = Date.parse("2026-11-24T01:00:00Z");
export const faultAt = start + 10_000;

export function clientReport(
  client: ClientReport["client"],
  gapMs: number,
  changes: Partial<ClientReport> = {},
): ClientReport {
  return {
    client,
    acknowledged: 11_250,
    lost: 0,
    lostExamples: [],
    duplicates: 0,
    errors: 0,
    errorExamples: [],
    longestGapMs: gapMs,
    gaps: [
      { partition: 0, ms: 25, from: faultAt - 10, to: faultAt + 15 },
      { partition: 3, ms: gapMs, from: faultAt - 20, to: faultAt - 20 + gapMs },
    ],
    acknowledgedPerSecond: Array.from({ length: 30 }, (_, second) => (second === 10 ? 120 : 375)),
    ...changes,
  };
}

/** A line of Kafka's in a node's journal. */
export function entry(node: string, at: number, message = ""): Entry {
  const said = { cursor: "", unit: "kafka.service", identifier: "java", pid: "288", priority: "6" };
  return { ...said, node, micros: at * 1000, message };
}

export function loadReport(changes: Partial<LoadReport> = {}): LoadReport {
  const healthy = { controllerId: 3, brokers: [1, 2, 3, 4, 5], underReplicated: 0, offline: 0 };
  return {
    startedAt: start,
    faultAt,
    undoneAt: faultAt,
    fullIsrAt: faultAt + 7_400,
    endedAt: start + 30_000,
    clients: [clientReport("kafkajs", 2310), clientReport("java", 1900)],
    consumer: { longestGapMs: 2500, gaps: [{ partition: 3, ms: 2500, from: faultAt, to: faultAt + 2500 }] },
    observations: [
      { ...healthy, at: start + 200 },
      { at: faultAt + 900, controllerId: 1, brokers: [1, 2, 4, 5], underReplicated: 12, offline: 0 },
      { at: faultAt + 5000, controllerId: 1, brokers: [1, 2, 3, 4, 5], underReplicated: 12, offline: 0 },
      { ...healthy, at: faultAt + 7400, controllerId: 1 },
    ],
    ...changes,
  };
}

export function drillRun(changes: Partial<DrillRun> = {}): DrillRun {
  return {
    fault: "kill-leader",
    title: "broker killed: a leader",
    against: "ours",
    run: 1,
    budgetMs: 3000,
    partitions: 15,
    startedAt: start - 40_000,
    what: "kill -9 of kafka-3 (leads 3 of 15 partitions)",
    nodes: ["kafka-3"],
    load: loadReport(),
    repairedSeconds: 8.1,
    ...changes,
  };
}

/** The same fault with the shipped settings: 20 s, and something lost. */
export function stockRun(changes: Partial<DrillRun> = {}): DrillRun {
  const clients = [
    clientReport("kafkajs", 20_200, { errors: 3, errorExamples: ["KafkaJSNumberOfRetriesExceeded"] }),
    clientReport("java", 19_800, { lost: 2, lostExamples: [17, 18] }),
  ];
  return drillRun({ against: "stock", load: loadReport({ clients, endedAt: start + 60_000 }), ...changes });
}
