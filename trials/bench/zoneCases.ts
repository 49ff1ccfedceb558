/** What crosses zones while clients do more and more to keep it down, and what that costs. Pure. */
import { totalOf, trafficItems } from "../../planning/cluster/bill";
import { crossingsOf, type Crossings } from "../../planning/cluster/crossings";
import { sum } from "../../planning/sum";
import type { Settings } from "../../settings/settings";
import type { Traffic } from "../drills/machines";
import { aligned, grouped } from "../drills/table";

/** What the clients of one case do. */
export interface ZoneCase {
  readonly name: string;
  /** Whether the consumer gives its zone. */
  readonly readNearestCopy: boolean;
  /** What chooses a partition in the producer's zone; absent: nothing does. */
  readonly partitioner?: "java" | "kafkajs";
}

/** The cases, in their order. */
export const zoneCases: readonly ZoneCase[] = [
  { name: "plain settings", readNearestCopy: false },
  { name: "client.rack", readNearestCopy: true },
  { name: "client.rack, ZonePartitioner.java", readNearestCopy: true, partitioner: "java" },
  { name: "client.rack, zonePartitioner.ts", readNearestCopy: true, partitioner: "kafkajs" },
];

/** A machine as it matters here. */
export interface Place {
  readonly address: string;
  readonly zone: string;
}

/**
 * Bytes that cross zones, for each byte that the client sends to brokers: `producers` is what it sends, requests for
 * events among it, and `consumers` what it gets, acknowledgements among it. Throws an Error when it sent nothing.
 * @param before and after: two counts
 */
export function crossed(
  before: readonly Traffic[],
  after: readonly Traffic[],
  client: Place,
  brokers: readonly Place[],
): Crossings {
  const counted = new Map(before.map(({ from, to, bytes }) => [`${from} ${to}`, bytes]));
  const zoneOf = new Map([client, ...brokers].map(({ address, zone }) => [address, zone]));
  const isClient = (address: string) => address === client.address;
  const between = after.flatMap(({ from, to, bytes }) => {
    const [fromZone, toZone] = [zoneOf.get(from), zoneOf.get(to)];
    if (fromZone === undefined || toZone === undefined) return [];
    return [{ from, to, bytes: bytes - (counted.get(`${from} ${to}`) ?? 0), crosses: fromZone !== toZone }];
  });
  const of = (some: (one: (typeof between)[number]) => boolean) => sum(between.filter(some).map(({ bytes }) => bytes));
  const sent = of(({ from }) => isClient(from));
  if (sent === 0) throw new Error(`the client at ${client.address} has sent nothing to the brokers`);
  return {
    producers: of(({ from, crosses }) => crosses && isClient(from)) / sent,
    consumers: of(({ to, crosses }) => crosses && isClient(to)) / sent,
    copies: of(({ from, to, crosses }) => crosses && !isClient(from) && !isClient(to)) / sent,
  };
}

/** The result of one case. */
export interface ZoneResult {
  readonly zoneCase: ZoneCase;
  /** The zone of the client. */
  readonly zone: string;
  readonly MBps: number;
  readonly measured: Crossings;
  /** By the plan's model, with all clients in this zone. */
  readonly predicted: Crossings;
  /** USD a month of what was measured, at `priced`. */
  readonly usd: number;
}

/** What the sums are of: the load of Pulumi.prod.yaml. */
const priced = { ingestMBps: 100, eventBytes: 400, compressionRatio: 4, consumerGroups: 1 };

/** What the plan's model says of a case. */
export function predictedCrossings(
  settings: Settings,
  { readNearestCopy, partitioner }: ZoneCase,
  placement: readonly (readonly number[])[],
  zone: string,
): Crossings {
  const workload = { ...settings.workload, readNearestCopy, produceInZone: partitioner !== undefined };
  return crossingsOf({ ...settings, workload }, placement, [zone]);
}

/** USD a month of these crossings at the load of `priced`, by the prices of the settings' region. */
export function monthlyUsdOf(settings: Settings, crossings: Crossings): number {
  return totalOf(trafficItems({ ...settings, workload: { ...settings.workload, ...priced } }, crossings));
}

const together = ({ producers, consumers, copies }: Crossings) => producers + consumers + copies;

/** The share by which the model may be wrong. */
const tolerance = 0.1;

/** Whether as much crosses as the plan reckons with. */
export const isAsPlanned = ({ measured, predicted }: ZoneResult): boolean =>
  Math.abs(together(measured) / together(predicted) - 1) <= tolerance;

/** The results as a table. */
export function zoneTable(results: readonly ZoneResult[]): string {
  const figures = (of: (crossings: Crossings) => number, { measured, predicted }: ZoneResult) =>
    `${of(measured).toFixed(2)} (${of(predicted).toFixed(2)})`;
  const rows = results.map((result) => {
    const off = Math.round((together(result.measured) / together(result.predicted) - 1) * 100);
    return [
      result.zoneCase.name,
      figures(({ producers }) => producers, result),
      figures(({ consumers }) => consumers, result),
      figures(({ copies }) => copies, result),
      figures(together, result),
      `${off >= 0 ? "+" : ""}${off} %`,
      `$${grouped(result.usd)}`,
      isAsPlanned(result) ? "right" : "WRONG",
    ];
  });
  const [first] = results;
  const head = ["clients", "client to leaders", "to the client", "copies", "together", "off by", "a month", ""];
  return [
    aligned([head, ...rows]),
    `Bytes across zones for each byte that the client${first === undefined ? "" : ` in ${first.zone}`} sends, and by ` +
      `the plan (in brackets); what they cost at ${priced.ingestMBps} MB/s of events that get ` +
      `${priced.compressionRatio} times smaller, all clients in that zone.`,
  ].join("\n");
}
