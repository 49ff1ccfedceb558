/** The figures of this moment, large enough to be read from afar. Pure. */
import { sum } from "../../../planning/sum";
import type { FigureName } from "../../../monitoring/queries";
import { element, type Markup } from "../markup";
import { valueOf, type Seen } from "../seen";
import { count, days, dollars, rate, seconds, share } from "../words";

interface Tile {
  readonly label: string;
  /** Undefined where it is not known. */
  readonly value?: string;
  readonly note?: string;
  readonly isBad?: boolean;
}

/** The sum of a figure over all nodes; undefined where it is not known. */
function totalOf(seen: Seen, name: FigureName): number | undefined {
  const samples = valueOf(seen.figures)?.get(name);
  return samples === undefined || samples.length === 0 ? undefined : sum(samples.map(({ value }) => value));
}

/** A figure of one node. */
export function figureOf(seen: Seen, name: FigureName, node: string): number | undefined {
  return valueOf(seen.figures)
    ?.get(name)
    ?.find(({ labels }) => labels.node === node)?.value;
}

/** A node's data volume. */
export interface VolumeUse {
  readonly node: string;
  readonly free: number;
  readonly size: number;
  /** Seconds until it is full at the rate of the last six hours; Infinity where it does not fill. */
  readonly secondsToFull: number;
}

/** The data volumes whose sizes are known, of all nodes. */
export function volumesOf(seen: Seen): VolumeUse[] {
  return [...seen.cluster.brokers, ...seen.cluster.zookeeper].flatMap(({ name: node }) => {
    const [free, size] = [figureOf(seen, "volumeFree", node), figureOf(seen, "volumeSize", node)];
    if (free === undefined || size === undefined) return [];
    const growth = figureOf(seen, "volumeGrowth", node) ?? 0;
    return [{ node, free, size, secondsToFull: growth > 0 ? free / growth : Infinity }];
  });
}

/** When a volume is full, in words. */
export const fullIn = ({ secondsToFull }: VolumeUse): string =>
  secondsToFull > 365 * 86_400 ? "does not fill" : `full in ${days(secondsToFull)}`;

/** A group and how far it is behind. */
export interface GroupLag {
  readonly group: string;
  readonly state: string;
  readonly events: number;
  /** The age in seconds of the oldest event that it has still to read. */
  readonly oldest: number;
  /** Seconds until an event that it has not read may be deleted. */
  readonly untilDeleted: number;
  /** Events that were deleted before it read them. */
  readonly missed: number;
}

/** Every consumer group, the one furthest behind first. */
export function groupsOf({ metrics }: Pick<Seen, "metrics">): GroupLag[] {
  const names = [...new Set(metrics.all("kafka_group_lag_messages").map(({ labels }) => labels.group ?? "?"))];
  const values = (name: string, group: string) => metrics.all(name, { group }).map(({ value }) => value);
  return names
    .map((group) => ({
      group,
      state: metrics.all("kafka_group_state", { group }).find(({ value }) => value === 1)?.labels.state ?? "",
      events: sum(values("kafka_group_lag_messages", group)),
      oldest: Math.max(0, ...values("kafka_group_lag_seconds", group)),
      untilDeleted: Math.min(Infinity, ...values("kafka_group_seconds_until_deleted", group)),
      missed: sum(values("kafka_group_deleted_unread_messages", group)),
    }))
    .sort((a, b) => b.events - a.events || a.group.localeCompare(b.group));
}

/** The tiles. */
export function figuresSection(seen: Seen): Markup {
  return element(
    "dl",
    { class: "tiles" },
    ...tilesOf(seen).map(({ label, value, note, isBad }) =>
      element(
        "div",
        { class: isBad === true ? "bad" : undefined },
        element("dt", {}, label),
        element(
          "dd",
          {},
          element("strong", {}, value ?? "–"),
          note === undefined ? undefined : element("span", {}, note),
        ),
      ),
    ),
  );
}

function tilesOf(seen: Seen): Tile[] {
  const { bill } = seen.cluster;
  const shown = (value: number | undefined, words: (value: number) => string) =>
    value === undefined ? undefined : words(value);
  const [written, read] = [totalOf(seen, "written"), totalOf(seen, "read")];
  const available = totalOf(seen, "available");
  const [worst] = groupsOf(seen);
  const copies = sum(seen.status.partitions.map(({ replicas }) => replicas.length));
  const inSync = sum(seen.status.partitions.map(({ isr }) => isr.length));
  const [fullest] = volumesOf(seen).sort((a, b) => a.free / a.size - b.free / b.size);
  const soonest = volumesOf(seen).sort((a, b) => a.secondsToFull - b.secondsToFull)[0];
  const traffic = shown(written, (now) => dollars(bill.standing + (bill.traffic * now) / bill.bytesPerSecond));
  return [
    {
      label: "Written",
      value: shown(written, rate),
      note: shown(totalOf(seen, "events"), (one) => `${count(one)} events/s`),
    },
    { label: "Read", value: shown(read, rate), note: "by consumers" },
    { label: "Latency", value: shown(totalOf(seen, "latency"), seconds), note: "99 of 100 events, until read" },
    {
      label: "Available",
      value: shown(available, share),
      note: shown(totalOf(seen, "longestGap"), (one) => `longest gap of a day ${seconds(one)}`),
      isBad: available !== undefined && available < 0.999,
    },
    {
      label: "In sync",
      value: copies === 0 ? undefined : share(inSync / copies),
      note: `${inSync} of ${copies} copies`,
      isBad: inSync < copies,
    },
    {
      label: "Fullest disk",
      value: fullest && share(1 - fullest.free / fullest.size),
      note:
        fullest &&
        soonest &&
        `${fullest.node}; ${soonest === fullest || soonest.secondsToFull === Infinity ? "" : `${soonest.node} `}${fullIn(soonest)}`,
      isBad: fullest && fullest.free / fullest.size < 0.15,
    },
    {
      label: "Furthest behind",
      value: worst && `${count(worst.events)}`,
      note: worst && `events, ${worst.group}${worst.oldest > 0 ? `, ${seconds(worst.oldest)}` : ""}`,
      isBad: worst && worst.oldest > worst.untilDeleted,
    },
    {
      label: "A month costs",
      value: traffic ?? dollars(bill.standing + bill.traffic),
      note:
        traffic === undefined
          ? "at the declared load"
          : `at this load; ${dollars(bill.standing + bill.traffic)} as declared`,
    },
  ];
}

/** What a month costs, line by line. */
export function costSection({ cluster: { bill } }: Seen): Markup {
  return element(
    "div",
    {},
    element("h2", {}, "Cost"),
    element("p", { class: "fine" }, `${dollars(bill.standing + bill.traffic)} a month at the declared load; mostly:`),
    element(
      "table",
      {},
      element(
        "tbody",
        {},
        ...bill.items.map(({ item, of, usd }) =>
          element(
            "tr",
            {},
            element("th", {}, item),
            element("td", { class: "text" }, of),
            element("td", {}, dollars(usd)),
          ),
        ),
      ),
    ),
    element("p", { class: "fine" }, `On demand, prices of ${bill.prices}. npm run plan has every line.`),
  );
}
