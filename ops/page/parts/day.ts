/** The last day: a lane for each node, and its events one by one. Pure. */
import { element, type Child, type Markup } from "../markup";
import { valueOf, type Past, type Seen, type Stretch } from "../seen";
import { seconds } from "../words";
import { worksOf } from "../works";
import { moment, withMoments } from "./moment";

const dayMs = 86_400_000;
/** How near to a moment Prometheus is asked what was then. */
const dayStepMs = 60_000;
const tickMs = 4 * 3_600_000;
/** Events that are shown at once; the others are folded away. */
const shownEvents = 12;
const mostEvents = 200;

/** An event of the day. */
export interface DayEvent {
  /** ms since 1970. */
  readonly at: number;
  /** The node, or `cluster`. */
  readonly who: string;
  readonly text: string;
  readonly kind: "bad" | "good" | "work" | "plain";
}

/** The lanes and the list. */
export function daySection(seen: Seen): Markup {
  const past = valueOf(seen.past);
  const events = eventsOf(seen);
  const item = ({ at, who, text, kind }: DayEvent) =>
    element(
      "li",
      { class: kind },
      moment(at, "day"),
      element("b", {}, who),
      element("span", {}, withMoments(text, at)),
    );
  const rest = events.slice(shownEvents, mostEvents);
  return element(
    "div",
    {},
    element("h2", {}, "The last day"),
    past === undefined
      ? element(
          "p",
          { class: "nothing" },
          "The guardian's decisions alone: Prometheus, which has the rest, " +
            `${seen.cluster.monitored ? "does not answer" : "is not there"}.`,
        )
      : lanes(seen, past),
    events.length === 0
      ? element("p", { class: "nothing" }, "Nothing happened.")
      : element("ol", { class: "events" }, ...events.slice(0, shownEvents).map(item)),
    rest.length === 0
      ? undefined
      : element(
          "details",
          { "data-key": "events" },
          element("summary", {}, `${rest.length} more`),
          element("ol", { class: "events" }, ...rest.map(item)),
        ),
  );
}

/** Every event of the day, the newest first. */
function eventsOf(seen: Seen): DayEvent[] {
  const from = seen.at - dayMs;
  const past = valueOf(seen.past);
  const decisions = (valueOf(seen.guardian)?.decisions ?? []).map(({ at, node, text }): DayEvent => {
    const kind = /^well again|lets clients write|^leads /.test(text)
      ? "good"
      : /^out since|stops all/.test(text)
        ? "bad"
        : "plain";
    return { at, who: node, text, kind };
  });
  const firing = valueOf(seen.alerts);
  const works = worksOf(seen.metrics);
  // Prometheus' past is a minute old: who knows better says whether it is over.
  const length = ({ from: begun, to }: Stretch, isOver: boolean | undefined) =>
    seen.at - to < 120_000 && isOver !== true ? "still" : `for ${seconds((to - begun) / 1000)}`;
  // Of what was before a new ops host's guardian only Prometheus knows.
  const isTold = (node: string, { from: begun, to }: Stretch) =>
    decisions.some(({ at, who }) => who === node && at >= begun - dayStepMs && at <= to + dayStepMs);
  const untold = (past?.out ?? []).filter((one) => !isTold(one.node, one));
  return [
    ...decisions,
    ...untold.map((one): DayEvent => {
      const isOver = valueOf(seen.guardian)?.nodes[one.node]?.outSince === undefined;
      return { at: one.from, who: one.node, text: `out, ${length(one, isOver)}`, kind: "bad" };
    }),
    ...(past?.alerts ?? []).map((one): DayEvent => {
      const isOver = firing?.every(({ name, node }) => name !== one.name || node !== one.node);
      const text = `alert ${one.name}, ${length(one, isOver)}`;
      return { at: one.from, who: one.node ?? "cluster", text, kind: "bad" };
    }),
    ...(past?.boots ?? []).map(({ node, at }): DayEvent => ({
      at,
      who: node,
      text: "a new machine began",
      kind: "work",
    })),
    ...(past?.controllers ?? []).slice(1).map(({ node, from: at }): DayEvent => {
      return { at, who: node, text: "became controller", kind: "plain" };
    }),
    ...(past?.works ?? []).map((one): DayEvent => {
      const isOver = works.some(({ name, isUnderWay }) => name === one.program && !isUnderWay);
      return { at: one.from, who: "cluster", text: `${one.program}, ${length(one, isOver)}`, kind: "work" };
    }),
  ]
    .filter(({ at }) => at >= from && at <= seen.at + 60_000)
    .sort((a, b) => b.at - a.at);
}

function lanes(seen: Seen, past: Past): Markup {
  // By whole minutes: what has not changed is not drawn anew.
  const now = Math.floor(seen.at / 60_000) * 60_000;
  const from = now - dayMs;
  const percent = (at: number) => ((Math.min(now, Math.max(from, at)) - from) / dayMs) * 100;
  const piece = (kind: string, { from: begun, to }: Stretch, title: string) => {
    const left = percent(begun);
    const width = Math.max(0, percent(to) - left);
    return element("i", {
      class: kind,
      style: `left:min(${left.toFixed(2)}%,100% - 3px);width:${width.toFixed(2)}%`,
      title,
    });
  };
  const lane = (name: string, ...pieces: readonly Child[]) =>
    element("div", { class: "lane" }, element("b", {}, name), element("div", {}, ...pieces));
  const ticks = Array.from({ length: 7 }, (_, index) => Math.ceil(from / tickMs) * tickMs + index * tickMs).filter(
    (at) => at < now,
  );
  const { brokers, zookeeper } = seen.cluster;
  return element(
    "div",
    { class: "lanes" },
    ...[...brokers, ...zookeeper].map(({ name }) =>
      lane(
        name,
        ...past.controllers.filter(({ node }) => node === name).map((one) => piece("controller", one, "controller")),
        ...past.out.filter(({ node }) => node === name).map((one) => piece("out", one, "out")),
        ...past.boots
          .filter(({ node }) => node === name)
          .map(({ at }) => piece("boot", { from: at, to: at }, "a new machine began")),
      ),
    ),
    lane("alerts", ...past.alerts.map((one) => piece(one.severity === "ticket" ? "ticket" : "out", one, one.name))),
    lane("rolls", ...past.works.map((one) => piece("work", one, one.program))),
    element(
      "div",
      { class: "lane axis" },
      element("b", {}),
      element(
        "div",
        {},
        ...ticks.map((at) => element("span", { style: `left:${percent(at).toFixed(2)}%` }, moment(at, "clock"))),
      ),
    ),
    element(
      "p",
      { class: "legend" },
      ...(
        [
          ["out", "out, or an alert for now"],
          ["ticket", "an alert for working hours"],
          ["controller", "controller"],
          ["boot", "a new machine"],
          ["work", "roll or move"],
        ] as const
      ).map(([kind, text]) => element("span", {}, element("i", { class: kind }), text)),
    ),
  );
}
