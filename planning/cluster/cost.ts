import type { Settings } from "../../settings/settings";
import { billOf, cents, machineItems, networkItems, totalOf, trafficItems, type CostItem } from "./bill";
import { onMskExpress, onMskStandard, type ExpressCost, type MskCost } from "./msk";
import { hoursPerMonth, pricesOf } from "./prices";
import { savingsOf, type Saving } from "./savings";

/** A month's cost, USD: 730 hours, on demand, the declared mean load. */
export interface Cost {
  readonly items: readonly CostItem[];
  readonly total: number;
  /** What makes it smaller, or would, and what that asks of the applications. */
  readonly savings: readonly Saving[];
  /** The sums by which the bill would be higher without them; 0 where the setting is not used. */
  readonly saved: { readonly byCompression: number; readonly byNearestCopy: number };
  /** The sum that reading the nearest copy would save, if it is not done. */
  readonly nearestCopyWouldSave: number;
  /** The same load on Amazon MSK's Standard brokers; absent where their prices are not known. */
  readonly msk?: MskCost & {
    /** MB/s of events up to which this cluster is the cheaper one, both with the machines that they have. */
    readonly dearerUpToMBps: number;
  };
  /** The same load on its Express brokers, which always keep three copies. */
  readonly mskExpress?: ExpressCost;
  /** The region of the prices, their date, and where they are from. */
  readonly prices: { readonly region: string; readonly date: string; readonly source: string };
}

/** The bill of a month. Types whose price is not known cost nothing here, and `of` says so. */
export function planCost(settings: Settings): Cost {
  const items = billOf(settings);
  const total = cents(totalOf(items));
  const savings = savingsOf(settings);
  const by = (name: string) => savings.find((saving) => saving.by === name);
  const sum = (saving: Saving | undefined, isTaken: boolean) => (saving?.isTaken === isTaken ? saving.usd : 0);
  const { region, date, source } = pricesOf(settings.region);
  const msk = onMskStandard(settings);
  const mskExpress = onMskExpress(settings);
  return {
    items,
    total,
    savings,
    saved: { byCompression: sum(by("compression"), true), byNearestCopy: sum(by("nearest copy"), true) },
    nearestCopyWouldSave: sum(by("nearest copy"), false),
    ...(msk && { msk: { ...msk, dearerUpToMBps: breakEven(settings, total, msk) } }),
    ...(mskExpress && { mskExpress }),
    prices: { region, date, source },
  };
}

/** The whole bill of a month, and nothing about it. */
export function monthlyUsd(settings: Settings): number {
  return cents(totalOf(billOf(settings)));
}

/** The load at which both bills are the same, if only the traffic grows with it. */
function breakEven(settings: Settings, total: number, msk: MskCost): number {
  const traffic = totalOf(trafficItems(settings));
  const fixed = msk.total - msk.traffic - (total - traffic);
  const perMBps = (traffic - msk.traffic) / settings.workload.ingestMBps;
  return perMBps <= 0 ? Infinity : Math.max(0, Math.round((fixed / perMBps) * 10) / 10);
}

/** USD a month of instances and of volumes alone. */
export function machineCost(settings: Settings): { instances: number; volumes: number; total: number } {
  const items = machineItems(settings);
  const instances = totalOf(items.filter(({ item }) => item.endsWith("instances") || item === "ops host"));
  return { instances: cents(instances), volumes: cents(totalOf(items) - instances), total: cents(totalOf(items)) };
}

/** USD for standing there, without traffic: by the hour, and what is billed for each month that has begun. */
export function standingCost(settings: Settings): { readonly hourly: number; readonly monthly: number } {
  const monthly = pricesOf(settings.region).hostedZoneMonth;
  const month = totalOf([...machineItems(settings), ...networkItems(settings)]);
  return { hourly: (month - monthly) / hoursPerMonth, monthly };
}
