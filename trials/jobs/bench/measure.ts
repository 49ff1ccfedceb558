/** One measurement: producers, and the groups that read meanwhile. */
import { setTimeout as pause } from "node:timers/promises";
import { sum } from "../../../planning/sum";
import type { BenchParameters, Measured, Measurement } from "./parameters";
import { worstLatencies } from "./perfTools";
import { commonWindow, ratePerSecond, type Point } from "./rates";
import type { Group, Producer, Tools } from "./tools";

/** The lines of a warm-up: the tool says something every 5 s, so that this is about 15 s. */
const warmUpLines = 3;
const warmUpLimitMs = 60_000;
/** More events than any producer writes before it is ended; the tool's memory grows with it up to 500,000 only. */
const endless = 1_000_000_000;
/** The time in ms for a JVM to start on a busy machine. */
const startLimitMs = 60_000;
/**
 * The time in ms for a group to join: Kafka waits 3 s for other members before a new group reads; stock: not at all.
 */
const joinMs = 5_000;
const progressEveryMs = 5_000;
/** Seconds before a producer's first line, which is where the rate begins. */
const firstLineSeconds = 5;
/**
 * The factor by which brokers that have just started may get faster; the rate is to last for the time wanted all the
 * same.
 */
const luck = 1.2;
/** The share of the seconds wanted that a rate must have lasted to count as sustained. */
const leastShare = 0.8;
/**
 * The multiple of the seconds wanted after which a measurement is given up: the warm-up may have been luckier than what
 * follows.
 */
const patience = 4;

/** The work of one measurement. */
export interface Work {
  readonly topic: string;
  readonly measurement: Measurement;
  /** Events a second of all producers together; absent: as fast as it goes. */
  readonly eventsPerSecond?: number;
}

/**
 * Warms up, then measures. ProducerPerformance knows a number of events only, and tells its percentiles only when it
 * has written them all. So each producer is given its share of what the warm-up's last 5 s promise for the time wanted,
 * and some; the rate is taken over the time in which all of them run, whatever their ends. Rejects when a tool fails,
 * or when it takes several times as long as wanted. Leaves no process behind.
 */
export async function measure(work: Work, tools: Tools, parameters: BenchParameters): Promise<Measured> {
  const { topic, measurement, eventsPerSecond: target } = work;
  const { producers: count, seconds } = parameters;
  const say = (text: string) => console.log(`${nameOf(measurement)}: ${text}`);
  try {
    const groups = Array.from({ length: measurement.groups }, (_, index) =>
      tools.consume(topic, groupId(topic, index)),
    );
    await standing(groups);

    const each = target === undefined ? undefined : target / count;
    const produce = (events: number) => Array.from({ length: count }, () => tools.produce(topic, events, each));
    const write = async (eventsPerSecond: number): Promise<Written> => {
      const events = Math.max(1, Math.ceil((eventsPerSecond * (seconds + firstLineSeconds)) / count));
      const producers = produce(events);
      await finished(producers, seconds, say);
      return { producers, groups, events };
    };
    // The brokers are warm from the search for the rate that a percentage is of.
    const promised = measurement.percent === undefined ? luck * (await warmUp(produce(endless), say)) : 0;
    let written = await write(target ?? promised);
    const lasted = windowSeconds(written);
    if (target === undefined && lasted < leastShare * seconds) {
      say(`faster than the warm-up promised, so that it lasted for ${lasted.toFixed(0)} of ${seconds} s: once more`);
      written = await write((promised * seconds) / Math.max(lasted, seconds / patience));
    }
    return figures(work, written, tools.meanBytes);
  } finally {
    await tools.kill();
  }
}

/** A measurement's name: `latency at 50 %`. */
export const nameOf = ({ phase, percent }: Pick<Measurement, "phase" | "percent">): string =>
  percent === undefined ? phase : `${phase} at ${percent} %`;

/** The id of a consumer group. */
export const groupId = (topic: string, index: number): string => `${topic}-group-${index + 1}`;

async function standing(groups: readonly Group[]): Promise<void> {
  if (groups.length === 0) return;
  const deadline = Date.now() + startLimitMs;
  while (groups.some(({ points }) => points.length === 0)) {
    if (Date.now() > deadline) throw new Error(`a consumer did not start within ${startLimitMs / 1000} s`);
    await pause(200);
  }
  await pause(joinMs);
}

/**
 * Waits until the producers have warmed up.
 * @returns events a second of all producers together, by their last lines
 */
async function warmUp(producers: readonly Producer[], say: (text: string) => void): Promise<number> {
  say("warming up");
  const deadline = Date.now() + warmUpLimitMs;
  const ended = allEnded(producers);
  while (producers.some(({ points }) => points.length < warmUpLines)) {
    if (Date.now() > deadline) throw new Error(`the producers did not write for 15 s within ${warmUpLimitMs / 1000} s`);
    await Promise.race([pause(200), ended]);
  }
  const rate = producers.reduce((sum, { points }) => sum + lastRate(points), 0);
  await Promise.all(producers.map((producer) => producer.kill()));
  return rate;
}

async function finished(producers: readonly Producer[], seconds: number, say: (text: string) => void): Promise<void> {
  const limitMs = (patience * seconds + startLimitMs / 1000) * 1000;
  const deadline = Date.now() + limitMs;
  let done = false;
  const ended = allEnded(producers).then(() => {
    done = true;
  });
  for (let said = Date.now(); !done;) {
    await Promise.race([pause(200), ended]);
    if (Date.now() > deadline) throw new Error(`not done within ${limitMs / 1000} s, ${seconds} s were wanted`);
    if (Date.now() - said < progressEveryMs) continue;
    said = Date.now();
    const rate = Math.round(producers.reduce((sum, { points }) => sum + lastRate(points), 0));
    say(rate === 0 ? "the producers begin" : `${rate} events/s`);
  }
}

async function allEnded(producers: readonly Producer[]): Promise<void> {
  await Promise.all(producers.map(({ ended }) => ended));
}

function lastRate(points: readonly Point[]): number {
  const [before, last] = points.slice(-2);
  return before === undefined || last === undefined ? 0 : ratePerSecond(points, { from: before.at, to: last.at });
}

interface Written {
  readonly producers: readonly Producer[];
  readonly groups: readonly Group[];
  /** The number of events of each producer. */
  readonly events: number;
}

function windowSeconds({ producers }: Pick<Written, "producers">): number {
  const window = commonWindow(producers.map(({ points }) => points));
  return window === undefined ? 0 : (window.to - window.from) / 1000;
}

/** The figures of a measurement. Pure, once everything has ended. */
export function figures(
  { measurement, eventsPerSecond: target }: Pick<Work, "measurement" | "eventsPerSecond">,
  { producers, groups, events }: Written,
  meanBytes: number,
): Measured {
  const totals = producers.flatMap(({ total }) => total ?? []);
  const window = commonWindow(producers.map(({ points }) => points));
  if (window === undefined || totals.length < producers.length)
    throw new Error("the producers did not all run at the same time: give more --seconds");
  const rate = producers.reduce((sum, { points }) => sum + ratePerSecond(points, window), 0);
  const compressed = producers.flatMap(({ compressionRate }) => compressionRate ?? []);
  return {
    ...measurement,
    targetMBps: target === undefined ? undefined : (target * meanBytes) / 1e6,
    MBps: (rate * meanBytes) / 1e6,
    eventsPerSecond: rate,
    latencyMs: worstLatencies(totals),
    consumedMBps:
      groups.length === 0
        ? undefined
        : groups.reduce((sum, { points }) => sum + ratePerSecond(points, window), 0) / 1e6,
    compressionRatio: compressed.length === 0 ? undefined : compressed.length / sum(compressed),
    failedEvents: totals.reduce((sum, total) => sum + events - total.events, 0),
    seconds: windowSeconds({ producers }),
  };
}
