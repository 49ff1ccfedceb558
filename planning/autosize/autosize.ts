import { maximumBrokers } from "../../settings/networkLayout";
import type { Settings } from "../../settings/settings";
import { gp3 } from "../../settings/volumes";
import { diskPressures } from "./diskGrowth";
import type { Measurements } from "./measurements";
import { acts, type Pressure, type SizeKey } from "./pressure";
import { pressures } from "./pressures";
import { machineCost } from "../cluster/cost";
import { percent } from "../cluster/figures";
import { instanceFacts } from "../node/instanceTypes";
import { iopsFor, sizesOfFamily } from "../capacity/sizing";

export type { Measurements, Pressure, SizeKey };

/** Bounds that no proposal goes beyond. */
export interface Limits {
  readonly maxVolumeGiB: number;
  readonly maxCount: number;
  /** USD, as `plan.monthlyCostUsd.total` counts them. */
  readonly maxCostUsd: number;
}

/** The limits of `npm run autosize`, in which the cost may at most double in one run. */
export function defaultLimits(settings: Settings): Limits {
  return { maxVolumeGiB: 16_384, maxCount: 15, maxCostUsd: Math.ceil(2 * monthlyCost(settings)) };
}

/** One setting that a proposal changes. */
export interface Change {
  readonly key: SizeKey;
  readonly from: number | string;
  readonly to: number | string;
  readonly reason: string;
}

/** What autosize proposes after a measurement. */
export interface Proposal {
  /** What to set; empty when nothing is to be done. */
  readonly changes: readonly Change[];
  /** What is left for a later run, or is not proposed, and why. */
  readonly notes: readonly string[];
  /** What is needed and can't be had within the limits, so that a person has to decide. */
  readonly beyondLimits: readonly string[];
  /** USD a month more, by the plan's prices. */
  readonly costDifference: number;
  /** Every pressure that was measured, the tightest first. */
  readonly pressures: readonly Pressure[];
}

/** The least factor by which a proposal enlarges a setting. */
const smallestStep = 1.1;

/** One way to relieve a pressure: larger settings of one kind, each candidate larger than the one before. */
interface Step {
  /** The settings that the step changes: the first is what pressures name, the others go with it. */
  readonly keys: readonly SizeKey[];
  readonly candidates: (settings: Settings, limits: Limits) => Settings[];
  /**
   * Whether the largest candidate is taken where none is large enough: better than nothing, and not at the price of a
   * larger machine.
   */
  readonly partly: boolean;
}

/**
 * The steps in the order in which they are tried, one in a run: from what costs little and interrupts nothing to what
 * moves data.
 */
const steps: readonly Step[] = [
  {
    keys: ["brokerVolumeGiB"],
    candidates: (settings, limits) =>
      ladder(settings.brokers.volumeGiB, 10, Math.min(limits.maxVolumeGiB, gp3.largestGiB)).map((volumeGiB) =>
        withBrokers(settings, { volumeGiB }),
      ),
    partly: true,
  },
  {
    keys: ["zookeeperVolumeGiB"],
    candidates: (settings, limits) =>
      ladder(settings.zookeeper.volumeGiB, 4, Math.min(limits.maxVolumeGiB, gp3.largestGiB)).map((volumeGiB) => ({
        ...settings,
        zookeeper: { ...settings.zookeeper, volumeGiB },
      })),
    partly: true,
  },
  {
    keys: ["brokerVolumeThroughputMiBps", "brokerVolumeIops"],
    candidates: (settings) =>
      ladder(settings.brokers.volumeThroughputMiBps, 25, largestThroughput(settings)).map((volumeThroughputMiBps) =>
        withBrokers(settings, {
          volumeThroughputMiBps,
          volumeIops: Math.max(settings.brokers.volumeIops, iopsFor(volumeThroughputMiBps)),
        }),
      ),
    partly: true,
  },
  {
    keys: ["brokerVolumeIops"],
    candidates: (settings) =>
      ladder(
        settings.brokers.volumeIops,
        500,
        Math.min(
          largestIops(settings.brokers.volumeGiB),
          instanceFacts(settings.brokers.instanceType, settings).ebsIops,
        ),
      ).map((volumeIops) => withBrokers(settings, { volumeIops })),
    partly: true,
  },
  {
    keys: ["brokerInstanceType"],
    candidates: (settings) => largerTypes(settings).map((instanceType) => withBrokers(settings, { instanceType })),
    partly: false,
  },
  {
    keys: ["brokerCount"],
    candidates: (settings, limits) =>
      Array.from(
        { length: Math.max(0, Math.min(limits.maxCount, maximumBrokers) - settings.brokers.count) },
        (_, index) => withBrokers(settings, { count: settings.brokers.count + index + 1 }),
      ),
    partly: false,
  },
];

/**
 * Proposes larger settings for what a healthy cluster was seen to do. It grows, never shrinks, and makes one kind of
 * change at a time. What is proposed, and then measured under the same load, calls for no more of the same kind.
 */
export function propose(settings: Settings, measured: Measurements, limits: Limits): Proposal {
  const tightness = ({ share, actAt }: Pressure) => share / actAt;
  const now = pressures(settings, measured, settings).sort((a, b) => tightness(b) - tightness(a));
  const acting = now.filter(acts);
  const failed: Step[] = [];
  let chosen: { readonly step: Step; readonly relieves: readonly Pressure[]; readonly settings: Settings } | undefined;
  for (const step of steps) {
    const relieves = acting.filter((pressure) => helps(step, pressure));
    const larger = relieves.length === 0 ? undefined : choose(step, relieves, settings, measured, limits);
    if (larger !== undefined) {
      chosen = { step, relieves, settings: larger };
      break;
    }
    failed.push(step);
  }
  const stuck = acting.filter((pressure) => !steps.some((step) => !failed.includes(step) && helps(step, pressure)));
  const then = chosen === undefined ? [] : pressures(chosen.settings, measured, settings);
  const later = then.filter(
    (pressure) => acts(pressure) && !stuck.some(({ resource }) => resource === pressure.resource),
  );
  const { note } = diskPressures(settings, measured, settings);
  return {
    changes: chosen === undefined ? [] : changes(settings, chosen.settings, chosen.step, reason(chosen.relieves, then)),
    notes: [
      ...(note === undefined ? [] : [note]),
      ...later.map(({ text }) => `for a later run, as one kind of change is made at a time: ${text}`),
    ],
    beyondLimits: stuck.map(({ text, relief }) => `${text}; ${relief.join(" and ")} can't grow enough`),
    costDifference:
      chosen === undefined ? 0 : Math.round((monthlyCost(chosen.settings) - monthlyCost(settings)) * 100) / 100,
    pressures: now,
  };
}

function helps({ keys }: Step, { relief }: Pressure): boolean {
  return keys[0] !== undefined && relief.includes(keys[0]);
}

/** The smallest candidate within the limits that brings all given pressures down to where they are to be. */
function choose(
  step: Step,
  relieves: readonly Pressure[],
  settings: Settings,
  measured: Measurements,
  limits: Limits,
): Settings | undefined {
  const candidates = step.candidates(settings, limits).filter((one) => monthlyCost(one) <= limits.maxCostUsd);
  const enough = candidates.find((candidate) => {
    const then = pressures(candidate, measured, settings);
    return relieves.every(({ resource }) => {
      const left = then.find((one) => one.resource === resource);
      return left === undefined || left.share <= left.growTo;
    });
  });
  return enough ?? (step.partly ? candidates.at(-1) : undefined);
}

/** What was measured, and what it will be. */
function reason(relieved: readonly Pressure[], then: readonly Pressure[]): string {
  return relieved
    .map(({ resource, text }) => {
      const left = then.find((one) => one.resource === resource);
      return left === undefined ? text : `${text}, then ${percent(left.share)}`;
    })
    .join("; ");
}

function changes(from: Settings, to: Settings, { keys }: Step, why: string): Change[] {
  return keys
    .map((key) => ({ key, from: sizeOf(from, key), to: sizeOf(to, key), reason: why }))
    .filter((change) => change.from !== change.to);
}

function sizeOf({ brokers, zookeeper }: Settings, key: SizeKey): number | string {
  switch (key) {
    case "brokerVolumeGiB":
      return brokers.volumeGiB;
    case "zookeeperVolumeGiB":
      return zookeeper.volumeGiB;
    case "brokerVolumeThroughputMiBps":
      return brokers.volumeThroughputMiBps;
    case "brokerVolumeIops":
      return brokers.volumeIops;
    case "brokerInstanceType":
      return brokers.instanceType;
    case "brokerCount":
      return brokers.count;
  }
}

function withBrokers(settings: Settings, changed: Partial<Settings["brokers"]>): Settings {
  return { ...settings, brokers: { ...settings.brokers, ...changed } };
}

function monthlyCost(settings: Settings): number {
  return machineCost(settings).total;
}

/**
 * Numbers from a tenth above `from` (less is not worth a change), each about a tenth larger and a multiple of `unit`,
 * and the limit.
 */
function ladder(from: number, unit: number, limit: number): number[] {
  const numbers: number[] = [];
  for (let last = from; ;) {
    const next = Math.min(limit, Math.ceil((last * smallestStep) / unit) * unit);
    if (next === last || next < from * smallestStep) return numbers;
    numbers.push(next);
    last = next;
  }
}

/**
 * The largest throughput that a volume can have: beyond the machine's own baseline it is paid for and not to be had.
 */
function largestThroughput(settings: Settings): number {
  const { brokers } = settings;
  const baseline = Math.ceil((instanceFacts(brokers.instanceType, settings).ebsMbps * 1e6) / 8 / 1024 ** 2);
  return Math.min(gp3.largestMiBps, Math.floor(largestIops(brokers.volumeGiB) * gp3.mibpsPerIops), baseline);
}

function largestIops(volumeGiB: number): number {
  return Math.min(gp3.largestIops, Math.max(gp3.includedIops, volumeGiB * gp3.iopsPerGiB));
}

/** The larger sizes of the same family, the cheapest first. */
function largerTypes(settings: Settings): string[] {
  const now = instanceFacts(settings.brokers.instanceType, settings);
  return sizesOfFamily(now.type).flatMap(({ type, usdPerHour }) => (usdPerHour > now.usdPerHour ? [type] : []));
}
