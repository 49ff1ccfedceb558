import type { Settings } from "../../settings/settings";
import { sum } from "../sum";
import { wireFactor } from "../capacity/capacity";
import { hoursKept } from "../capacity/retention";
import { instanceFacts, tabledType } from "../node/instanceTypes";
import { cents, gigabytesSent, totalOf, trafficItems } from "./bill";
import { hoursPerMonth, pricesOf } from "./prices";

/** A month of the same load on Amazon MSK, USD, with clients that save traffic as ours are said to. */
export interface MskCost {
  /** `6 × kafka.m7g.xlarge`. */
  readonly of: string;
  readonly brokers: number;
  readonly storage: number;
  /** What clients send and get from zone to zone. MSK bills no copying. */
  readonly traffic: number;
  readonly total: number;
}

/** The same on Express brokers, which are billed what is written, too. */
export interface ExpressCost extends MskCost {
  readonly written: number;
}

/** The sizes of kafka.m7g, as multiples of `large`. */
const standardSizes = {
  large: 1,
  xlarge: 2,
  "2xlarge": 4,
  "4xlarge": 8,
  "8xlarge": 16,
  "12xlarge": 24,
  "16xlarge": 32,
};
const largestSize = ["16xlarge", standardSizes["16xlarge"]] as const;
/** MB/s that an Express broker takes in and gives, for each multiple of `large` ("Best practices for Express"). */
const expressMBps = { in: 15.6, out: 31.2 };
/** MSK keeps three copies on Express brokers, whatever is asked. */
const expressCopies = 3;

/**
 * The bill on Standard brokers, which come as many to a zone: of the smallest type that is no smaller than ours, with
 * the same copies. A broker that fails gets its volume back, so that theirs need no room for its copies on the others.
 * Undefined where a price is not known.
 */
export function onMskStandard(settings: Settings): MskCost | undefined {
  const { brokers, region } = settings;
  const { msk } = pricesOf(region);
  if (msk === undefined) return undefined;
  const zones = settings.network.zones.length;
  const count = Math.ceil(brokers.count / zones) * zones;
  const { vcpus, memoryMiB } = instanceFacts(brokers.instanceType, settings);
  const sizes = Object.entries(standardSizes);
  const enough = sizes.find(([size]) => {
    const facts = tabledType(`m7g.${size}`);
    return facts !== undefined && facts.vcpus >= vcpus && facts.memoryMiB >= memoryMiB;
  });
  const [size, multiple] = enough ?? largestSize;
  const spare = brokers.count > brokers.replicationFactor ? (brokers.count - 1) / brokers.count : 1;
  return summed(`${count} × kafka.m7g.${size}`, {
    brokers: count * multiple * msk.largeHour * hoursPerMonth,
    storage: brokers.count * brokers.volumeGiB * spare * msk.storageGB,
    traffic: clientTraffic(settings, brokers.replicationFactor),
  });
}

/**
 * The bill on the fewest Express brokers that take the peak with a zone lost, by AWS's own limits. Storage is billed as
 * used; its three copies are reckoned once. Undefined where a price is not known, and where there are not three zones.
 */
export function onMskExpress(settings: Settings): ExpressCost | undefined {
  const express = pricesOf(settings.region).msk?.express;
  const { workload, network, topics } = settings;
  const zones = network.zones.length;
  if (express === undefined || zones !== expressCopies) return undefined;
  const peak = workload.ingestMBps * workload.peakFactor * wireFactor(settings);
  const needed = Math.max(peak / expressMBps.in, (peak * workload.consumerGroups) / expressMBps.out);
  // As many brokers in each zone, of which one is lost: the price goes with the multiple, so any size is as good.
  const [size, multiple] = Object.entries(standardSizes).find(([, one]) => one * (zones - 1) >= needed) ?? largestSize;
  const count = zones * Math.max(1, Math.ceil(needed / multiple / (zones - 1)));
  const partitions = sum(topics.map((topic) => topic.partitions));
  const bytesPerSecond = workload.ingestMBps * wireFactor(settings) * 1e6;
  const hours = sum(
    topics.map((topic) => (hoursKept(topic, settings, bytesPerSecond) * topic.partitions) / partitions),
  );
  const bill = {
    brokers: count * multiple * express.largeHour * hoursPerMonth,
    storage: ((bytesPerSecond * 3600 * hours) / 1e9) * express.storageGB,
    traffic: clientTraffic(settings, expressCopies),
  };
  const written = gigabytesSent(settings) * express.writtenGB;
  const { total, ...parts } = summed(`${count} × express.m7g.${size}`, bill);
  return { ...parts, written: cents(written), total: cents(total + written) };
}

/** Clients that read the nearest copy, or produce in their zone, do so there too; leaders are in all zones alike. */
function clientTraffic(settings: Settings, copies: number): number {
  const { workload, network } = settings;
  const away = 1 - 1 / network.zones.length;
  return totalOf(
    trafficItems(settings, {
      copies: 0,
      producers: workload.produceInZone ? 0 : away,
      consumers: workload.readNearestCopy ? Math.max(0, 1 - copies / network.zones.length) : away,
    }),
  );
}

function summed(of: string, bill: Omit<MskCost, "of" | "total">): MskCost {
  const { brokers, storage, traffic } = bill;
  return {
    of,
    brokers: cents(brokers),
    storage: cents(storage),
    traffic: cents(traffic),
    total: cents(brokers + storage + traffic),
  };
}
