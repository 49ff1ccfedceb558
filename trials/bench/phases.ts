/** What is measured, in which order, and how long that takes. Pure. */
import { phaseNames, type Measurement, type Phase } from "../jobs/bench/parameters";

/** Of the highest rate. */
const latencyPercents = [25, 50, 75, 100] as const;
const halfLoad = 50;

/** What a phase says in the help. */
export const phaseTitles: Readonly<Record<Phase, string>> = {
  rate: "the highest sustained rate",
  latency: `latency at ${latencyPercents.join(", ")} % of the highest rate`,
  consumers: `producers at ${halfLoad} % of it, and a consumer group that reads at once`,
  "broker-away": "the highest rate while one broker is stopped",
  "catch-up": `that broker is back: producers at ${halfLoad} %, and how long until every ISR is full`,
};

/** The phases wanted, and those that they need: a share of the highest rate needs that, who is to catch up must have been away. */
export function neededPhases(wanted: readonly Phase[], rateMBps: number | undefined): readonly Phase[] {
  const needed = new Set<Phase>(wanted);
  if (needed.has("catch-up")) needed.add("broker-away");
  const shares = (["latency", "consumers", "catch-up"] as const).some((phase) => needed.has(phase));
  if (shares && rateMBps === undefined) needed.add("rate");
  return phaseNames.filter((phase) => needed.has(phase));
}

/** @param groups that read during `rate` and `broker-away` */
export function measurementsOf(phases: readonly Phase[], groups: number): readonly Measurement[] {
  return phases.flatMap((phase): Measurement[] => {
    switch (phase) {
      case "rate":
      case "broker-away":
        return [{ phase, groups }];
      case "latency":
        return latencyPercents.map((percent) => ({ phase, percent, groups: 0 }));
      case "consumers":
        return [{ phase, percent: halfLoad, groups: Math.max(1, groups) }];
      case "catch-up":
        return [{ phase, percent: halfLoad, groups: 0 }];
    }
  });
}

/** A rate that did not last is measured once more. */
const twice = 2;
/** Besides the seconds measured: the tools' start, a new topic, a warm-up of 15 s, and the end. */
const aroundSeconds = 40;
/** A controlled stop may take 180 s, catching up 300. */
const brokerSeconds = 500;

/** How long a job takes if everything takes its time. */
export function jobSeconds(measurements: readonly Measurement[], seconds: number): number {
  const away = measurements.some(({ phase }) => phase === "broker-away");
  return Math.ceil(measurements.length * (twice * seconds + aroundSeconds) + (away ? brokerSeconds : 0));
}

/** Less than the 40 minutes after which a client host counts as left behind. */
export const longestJobSeconds = 36 * 60;
