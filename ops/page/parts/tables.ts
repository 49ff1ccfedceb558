/** The nodes and the consumer groups, row by row. Pure. */
import { element, type Child, type Markup } from "../markup";
import { valueOf, type Seen } from "../seen";
import { bytes, count, days, rate, seconds, share } from "../words";
import { figureOf, fullIn, groupsOf, volumesOf } from "./figures";

const known = (value: number | undefined, words: (value: number) => string) =>
  value === undefined ? "–" : words(value);

/** Every node: its state, what it leads and carries, its disk. */
export function nodesSection(seen: Seen): Markup {
  const { status, cluster } = seen;
  const memory = valueOf(seen.guardian);
  const volumes = new Map(volumesOf(seen).map((one) => [one.node, one]));
  const rows = [...cluster.brokers, ...cluster.zookeeper].map(({ name, zone, id }) => {
    const state = status.nodes.find((node) => node.name === name)?.state ?? "not known";
    const isBroker = cluster.brokers.some((broker) => broker.name === name);
    const isWell = /^(in service|leader|follower)/.test(state) && memory?.nodes[name]?.outSince === undefined;
    const leads = status.partitions.filter(({ leader }) => leader === id).length;
    const volume = volumes.get(name);
    return element(
      "tr",
      { class: isWell ? undefined : "bad" },
      element("th", { scope: "row" }, name, element("small", {}, zone)),
      element("td", { class: "text" }, element("span", { class: `dot ${isWell ? "good" : "bad"}` }), state),
      cell(isBroker ? leads : ""),
      cell(isBroker ? known(figureOf(seen, "written", name), rate) : "", "wide"),
      cell(isBroker ? known(figureOf(seen, "read", name), rate) : "", "wide"),
      cell(known(figureOf(seen, "processors", name), share), "wide"),
      element(
        "td",
        { class: "disk" },
        volume === undefined
          ? "–"
          : [
              meter(1 - volume.free / volume.size),
              share(1 - volume.free / volume.size),
              element("span", { class: "wide" }, ` of ${bytes(volume.size)}`),
              element("small", {}, fullIn(volume)),
            ],
      ),
    );
  });
  const headings = ["Leads", "Written", "Read", "Processors"] as const;
  return table(
    "Nodes",
    [
      element("th", { scope: "col" }, "Node"),
      element("th", { scope: "col", class: "text" }, "State"),
      ...headings.map((text, index) => element("th", { scope: "col", class: index > 0 ? "wide" : undefined }, text)),
      element("th", { scope: "col", class: "disk" }, "Data volume"),
    ],
    rows,
  );
}

const cell = (text: Child, className?: string) => element("td", { class: className }, text);

function meter(part: number): Markup {
  const level = part >= 0.9 ? "bad" : part >= 0.75 ? "thin" : "good";
  return element("i", { class: `meter ${level}` }, element("i", { style: `width:${(part * 100).toFixed(1)}%` }));
}

function table(title: string, headings: readonly Markup[], rows: readonly Markup[]): Markup {
  return element(
    "div",
    {},
    element("h2", {}, title),
    element(
      "div",
      { class: "scroll", "data-key": title },
      element("table", {}, element("thead", {}, element("tr", {}, ...headings)), element("tbody", {}, ...rows)),
    ),
  );
}

/** Every consumer group: how far it is behind, and when that costs it events. */
export function groupsSection(seen: Seen): Markup {
  const groups = groupsOf(seen);
  if (groups.length === 0) {
    const why = seen.metrics.writtenAt.has("groups")
      ? "No group has committed any offset."
      : "Not known: the canary has not looked.";
    return element("div", {}, element("h2", {}, "Consumer groups"), element("p", { class: "nothing" }, why));
  }
  const rows = groups.map(({ group, state, events, oldest, untilDeleted, missed }) =>
    element(
      "tr",
      { class: oldest > untilDeleted || missed > 0 ? "bad" : undefined },
      element("th", { scope: "row" }, group, element("small", {}, state.toLowerCase())),
      cell(count(events)),
      cell(oldest === 0 ? "–" : seconds(oldest)),
      cell(
        missed > 0 ? `${count(missed)} deleted unread` : untilDeleted === Infinity ? "–" : `in ${days(untilDeleted)}`,
      ),
    ),
  );
  const headings = ["Behind", "Oldest", "Deleted unread"];
  return table(
    "Consumer groups",
    [element("th", { scope: "col" }, "Group"), ...headings.map((text) => element("th", { scope: "col" }, text))],
    rows,
  );
}
