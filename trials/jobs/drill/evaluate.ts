import {
  beforeFaultMs,
  gapsAfter,
  longestGaps,
  longestOf,
  perSecond,
  type ClientReport,
  type LoadReport,
} from "../../drills/loadReport";
import type { DrillParameters } from "./parameters";
import { percentiles } from "../statistics";
import type { Load } from "./load";
import type { Content } from "./readBack";

/** The times of a run, and how long the load's own process stood still at most. */
export interface Measured {
  readonly startedAt: number;
  readonly faultAt: number;
  readonly undoneAt: number;
  readonly fullIsrAt: number | null;
  readonly endedAt: number;
  readonly longestPauseMs: number;
}

/**
 * The load's report, made of what was acknowledged and what is in the topic.
 * @param gapsFrom when times without an acknowledgement begin to count; `undone`: what came before is left out of them
 */
export function evaluate(
  load: Load,
  content: Content,
  measured: Measured,
  gapsFrom: DrillParameters["gapsFrom"],
): LoadReport {
  const { startedAt, faultAt, undoneAt, endedAt } = measured;
  const from = gapsFrom === "undone" ? undoneAt : faultAt - beforeFaultMs;
  const clients = load.written.map((acknowledgements): ClientReport => {
    const copies = content[acknowledgements.client];
    const lost = copies.lost(acknowledgements);
    const gaps = (gapsFrom === "undone" ? gapsAfter : longestGaps)(acknowledgements.times, from, endedAt);
    return {
      client: acknowledgements.client,
      acknowledged: acknowledgements.acknowledged,
      lost: lost.length,
      lostExamples: lost.slice(0, 10),
      duplicates: copies.duplicates,
      errors: acknowledgements.errors,
      errorExamples: acknowledgements.errorExamples,
      longestGapMs: longestOf(gaps),
      gaps,
      acknowledgedPerSecond: perSecond(acknowledgements.times, startedAt, endedAt),
      ...(acknowledgements.client === "kafkajs" && { ackP99Ms: percentiles([...load.kafkajs.latencies.view()]).p99 }),
    };
  });
  const waits = load.readers.waits(load.written, load.partitions, from, endedAt);
  return {
    ...measured,
    clients,
    consumer: { longestGapMs: longestOf(waits), gaps: waits },
    observations: load.observer.observations,
    isrShrinks: load.observer.shrinksSince(faultAt),
  };
}
