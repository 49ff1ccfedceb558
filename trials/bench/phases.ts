/** The measurements, their order, and how long they take. Pure. */
import { phaseNames, type Measurement, type Phase } from "../jobs/bench/parameters";

/** The shares of the highest rate at which latency is measured, percent. */
const latencyPercents = [25, 50, 75, 100] as const;
const halfLoad = 50;

/** The phases in words, for the help. */
export const phaseTitles: Readonly<Record<Phase, string>> = {
  rate: "the highest sustained rate",
  latency: `latency at ${latencyPercents.join(", ")} % of the highest rate`,
  consumers: `producers at ${halfLoad} % of it, and a consumer group that reads at once`,
  "broker-away": "the highest rate while one broker is stopped",
  "catch-up": `that broker is back: producers at ${halfLoad} %, and how long until every ISR is full`,
};

/**
 * The phases wanted, and those that they need: a share of the highest rate needs that, and a broker that catches up
 * must have been away.
 */
export function neededPhases(wanted: readonly Phase[], rateMBps: number | undefined): readonly Phase[] {
  const needed = new Set<Phase>(wanted);
  if (needed.has("catch-up")) needed.add("broker-away");
  const shares = (["latency", "consumers", "catch-up"] as const).some((phase) => needed.has(phase));
  if (shares && rateMBps === undefined) needed.add("rate");
  return phaseNames.filter((phase) => needed.has(phase));
}

/**
 * The measurements of the phases.
 * @param groups that read during `rate` and `broker-away`
 */
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

/** The factor for a rate that did not last and is measured once more. */
const twice = 2;
/** Seconds besides those measured: the tools' start, a new topic, a warm-up of 15 s, and the end. */
const aroundSeconds = 40;
/** Seconds for a broker to go and come: a controlled stop may take 180 s, catching up 300. */
const brokerSeconds = 500;

/** Seconds that a job takes if everything takes its time. */
export function jobSeconds(measurements: readonly Measurement[], seconds: number): number {
  const away = measurements.some(({ phase }) => phase === "broker-away");
  return Math.ceil(measurements.length * (twice * seconds + aroundSeconds) + (away ? brokerSeconds : 0));
}

/** The longest job in seconds: less than the 40 minutes after which a client host counts as left behind. */
export const longestJobSeconds = 36 * 60;
