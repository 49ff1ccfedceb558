import { wireFactorOf, type Scenario } from "../capacity/capacity";
import { percent, tenths } from "./figures";
import type { Cost } from "./cost";
import type { ExpressCost } from "./msk";
import type { Plan } from "./plan";

/** One line of the plan: what it is about, and what is so. */
export type PlanRow = readonly [label: string, text: string];

/** The plan as it is shown at a preview and by `npm run plan`. */
function planRows(plan: Plan): PlanRow[] {
  const { workload, capacity, retention, cost } = plan;
  const { limits } = capacity;
  const peak = workload.ingestMBps * workload.peakFactor;
  const groups = `${workload.consumerGroups} consumer group${workload.consumerGroups === 1 ? "" : "s"}`;
  return [
    [
      "workload",
      `${tidy(workload.ingestMBps)} MB/s, ${tidy(peak)} at the peak (${tidy(peak * wireFactorOf(workload))} ` +
        `compressed), ${groups}`,
    ],
    [
      "a broker has",
      `network ${tidy(limits.network)} each way, EBS ${tidy(limits["instance EBS bandwidth"])}, volume ` +
        `${tidy(limits["volume throughput"])}, CPU ${tidy(limits.CPU)} MB/s`,
    ],
    ...capacity.scenarios.map((scenario): PlanRow => [scenario.name, scenarioText(scenario)]),
    [
      "survives",
      `any ${plan.toleratedBrokerFailures} brokers, ${plan.toleratedZoneFailures === 0 ? "no zone" : "any zone"}, ` +
        `${plan.toleratedZooKeeperFailures} ZooKeeper node${plan.toleratedZooKeeperFailures === 1 ? "" : "s"}`,
    ],
    [
      "catches up",
      `after 10 minutes away in ${minutes(capacity.catchUpMinutes.afterTenMinutes)}, from an empty disk in ` +
        `${minutes(capacity.catchUpMinutes.withEmptyDisk)}`,
    ],
    [
      "page cache",
      `${capacity.pageCache.MiB} MiB a broker, the writes of ${Math.floor(capacity.pageCache.seconds)} s at the peak`,
    ],
    [
      "retention",
      retention.topics.map(({ name, hours }) => `${name} ${tidy(hours)} h`).join(", ") +
        `; disks ${percent(retention.diskFill.allBrokers)} full, ${percent(retention.diskFill.oneBrokerLost)} with ` +
        "one broker gone for good",
    ],
    [
      "cost a month",
      `$${usd(cost.total)} (${cost.items
        .filter((item) => item.usd >= cost.total / 20)
        .map(({ item, usd: amount }) => `${item} ${usd(amount)}`)
        .join(", ")})`,
    ],
    ...cost.savings.map(({ by, usd: sum, isTaken, asks }): PlanRow => [
      `  ${by}`,
      `${isTaken ? "saves" : "would save"} $${usd(sum)}: asks ${asks}`,
    ]),
    ["on Amazon MSK", onStandard(plan)],
    ...(cost.mskExpress ? [["on MSK Express", onExpress(cost, cost.mskExpress)] as const] : []),
    ["prices", `${cost.prices.region}, ${cost.prices.date}, on demand`],
  ];
}

/** Two columns or more, one for each plan. */
export function planTable(plans: readonly { readonly title: string; readonly plan: Plan }[]): string {
  const rows = plans.map(({ plan }) => planRows(plan));
  // In the order of the longest: savings are not the same ones for all.
  const longestFirst = [...rows].sort((a, b) => b.length - a.length);
  const labels = [...new Set(longestFirst.flatMap((one) => one.map(([label]) => label)))];
  const textOf = (index: number, label: string) => rows[index]?.find(([one]) => one === label)?.[1] ?? "-";
  const wide = Math.max(...labels.map(({ length }) => length)) + 2;
  if (plans.length === 1) return labels.map((label) => `${label.padEnd(wide)}${textOf(0, label)}`).join("\n");
  // Side by side the lines would be too long to read: one below the other, and only where they differ twice.
  const names = Math.max(...plans.map(({ title }) => title.length)) + 2;
  return labels
    .flatMap((label) => {
      const texts = plans.map((_, index) => textOf(index, label));
      if (new Set(texts).size === 1) return [`${label.padEnd(wide)}${"both".padEnd(names)}${texts[0]}`];
      return texts.map(
        (text, index) => `${(index === 0 ? label : "").padEnd(wide)}${plans[index]?.title.padEnd(names)}${text}`,
      );
    })
    .join("\n");
}

function scenarioText({ name, away, busiest, limitedBy, headroom, maxIngestMBps }: Scenario): string {
  const { broker, networkInMBps, networkOutMBps, diskWriteMBps, diskReadMBps } = busiest;
  const others = away.filter((name) => name !== broker);
  const how = name === "one broker catches up" ? "while there comes back" : "without";
  const who = others.length === 0 ? broker : `${broker} ${how} ${others.join(", ")}`;
  return (
    `${percent(1 - headroom)} of the ${limitedBy}${headroom < 0 ? ", TOO MUCH" : ""} (${who}: in ` +
    `${tidy(networkInMBps)}, out ${tidy(networkOutMBps)}, write ${tidy(diskWriteMBps)}, read ${tidy(diskReadMBps)} ` +
    `MB/s); holds ${tidy(maxIngestMBps)} MB/s`
  );
}

function onStandard({ cost, replicationFactor }: Plan): string {
  const { msk } = cost;
  if (msk === undefined) return `not known: no source has all of its prices in ${cost.prices.region}`;
  const { of, total, dearerUpToMBps } = msk;
  const bill = `$${usd(total)} (${of}, ${replicationFactor} copies, the same clients): `;
  return total < cost.total
    ? `${bill}MSK is $${usd(cost.total - total)} cheaper; on these machines up to ${tidy(dearerUpToMBps)} MB/s it is not`
    : `${bill}$${usd(total - cost.total)} more`;
}

function onExpress(cost: Cost, { of, total, written }: ExpressCost): string {
  const difference =
    total < cost.total ? `MSK is $${usd(cost.total - total)} cheaper` : `$${usd(total - cost.total)} more`;
  return (
    `$${usd(total)} (${of}, of it ${usd(written)} for what is written): ${difference}; always 3 copies, which survive ` +
    "one broker or a zone, and not two brokers"
  );
}

function minutes(value: number | null): string {
  if (value === null) return "never";
  return value < 120 ? `${tidy(value)} min` : `${tidy(value / 60)} h`;
}

function tidy(value: number): string {
  return value >= 100 ? Math.round(value).toLocaleString("en-US") : tenths(value);
}

function usd(value: number): string {
  return Math.round(value).toLocaleString("en-US");
}
