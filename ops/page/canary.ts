/** What the canary says: whether events are written and read at this moment, as an application sees it. Pure. */
import type { Metrics } from "./metricsFiles";

/** The time in ms after which what it last said is of no use: it says something each 2 s. */
const silenceMs = 30_000;

/** The canary's view of this moment. */
export interface Canary {
  /** The longest time in seconds that any of its partitions has gone without an acknowledged write; and its node. */
  readonly gapSeconds: number;
  readonly node?: string;
}

/** The canary's view; the reason for which there is none, in words; undefined where there is no canary at all. */
export function canaryOf(metrics: Metrics, now: number): Canary | string | undefined {
  const writtenAt = metrics.writtenAt.get("canary");
  if (writtenAt === undefined) return undefined;
  if (now - writtenAt > silenceMs) return `the canary has said nothing for ${Math.round((now - writtenAt) / 1000)} s`;
  if (metrics.one("kafka_canary_ready") !== 1) return "the canary waits for its topic";
  const gaps = metrics.all("kafka_canary_gap_seconds", { operation: "write" });
  const [longest] = [...gaps].sort((a, b) => b.value - a.value);
  return longest === undefined
    ? "the canary has written nothing yet"
    : { gapSeconds: longest.value, node: longest.labels.node };
}
