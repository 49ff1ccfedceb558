/** The course of one run as a drawing: what was acknowledged, and what the cluster went through. */
import { longestGap, type ClientReport, type LoadReport } from "../loadReport";
import { duration, kindOf, type DrillRun } from "../report";
import { element, type Child, type Markup } from "../../../ops/page/markup";
import { clamp, roundStep, segments, type Segment } from "./segments";

const width = 1000;
const left = 118;
const right = 20;
const top = 22;
const laneHeight = 64;
/** Room above the highest rate, for the gap's length. */
const headroom = 15;
const stepsHeight = 34;
const barHeight = 9;
const gutter = 10;

/**
 * The drawing of a run.
 * @param id unique on the page
 */
export function timeline(run: DrillRun, load: LoadReport, id: string): Markup {
  const scale = timeScale(load);
  const lanes: Markup[] = [];
  let y = top;
  const add = (label: string, height: number, ...children: readonly Child[]) => {
    lanes.push(
      element(
        "g",
        { transform: `translate(0 ${y})` },
        element("text", { class: "label", x: left - 10, y: labelY(height), "text-anchor": "end" }, label),
        ...children,
      ),
    );
    y += height + gutter;
  };
  for (const client of load.clients) add(`${client.client}, events/s`, laneHeight, ...clientLane(client, load, scale));
  add("under-replicated", stepsHeight, ...underReplicated(load, scale));
  add("controller", barHeight, ...controllers(load, scale));
  for (const broker of brokerIds(load)) {
    const registered = segments(load, ({ brokers }) => brokers.includes(broker));
    y -= gutter - 5;
    add(
      `broker ${broker}`,
      barHeight,
      ...bars(
        registered.filter(({ value }) => value),
        scale,
        "broker",
      ),
    );
  }
  const bottom = y - gutter + 4;
  const title =
    `Timeline of ${run.fault}, ${run.against === "ours" ? "our settings" : "stock settings"}, ` + `run ${run.run}`;
  return element(
    "svg",
    {
      viewBox: `0 0 ${width} ${bottom + 22}`,
      role: "img",
      "aria-labelledby": `${id}-title ${id}-text`,
      class: "timeline",
    },
    element("title", { id: `${id}-title` }, title),
    element("desc", { id: `${id}-text` }, description(run, load)),
    axis(load, scale, bottom),
    ...lanes,
    ...marks(run, load, scale, bottom),
  );
}

/** The position of a label: below the lane's greatest value, if it is high enough to have one. */
const labelY = (height: number) => (height > 20 ? height / 2 + 10 : height / 2 + 4);

type Scale = (at: number) => number;

function timeScale({ startedAt, endedAt }: LoadReport): Scale {
  const length = Math.max(1, endedAt - startedAt);
  return (at) => round(left + (clamp(at, startedAt, endedAt) - startedAt) * ((width - left - right) / length));
}

const round = (value: number) => Math.round(value * 10) / 10;

/** The drawing in words, for those who don't see it. */
function description(run: DrillRun, load: LoadReport): string {
  const gaps = load.clients.map(({ client, longestGapMs }) => `${client} ${duration(longestGapMs)}`).join(", ");
  return `${run.what ?? "nothing was done"}. Longest time without an acknowledgement: ${gaps}.`;
}

/** Acknowledged events in each second as an area, the longest gap shaded. */
function clientLane(client: ClientReport, { startedAt, endedAt }: LoadReport, scale: Scale): Child[] {
  const rates = client.acknowledgedPerSecond;
  const most = Math.max(1, ...rates);
  const height = (rate: number) => round(laneHeight - (rate / most) * (laneHeight - headroom));
  const second = (index: number) => scale(Math.min(endedAt, startedAt + index * 1000));
  const tops = rates.map((rate, index) => `V${height(rate)}H${second(index + 1)}`).join("");
  const gap = longestGap(client);
  return [
    element("line", { class: "base", x1: left, x2: width - right, y1: laneHeight, y2: laneHeight }),
    element("path", { class: `area ${client.client}`, d: `M${second(0)} ${laneHeight}${tops}V${laneHeight}Z` }),
    gap && gapShade(client, gap.from, gap.to, gap.partition, scale),
    element(
      "text",
      { class: "small", x: left - 10, y: headroom + 4, "text-anchor": "end" },
      most.toLocaleString("en-US"),
    ),
  ];
}

function gapShade(client: ClientReport, from: number, to: number, partition: number, scale: Scale): Markup {
  const [x1, x2] = [scale(from), scale(to)];
  const beside = x2 + 160 < width;
  return element(
    "g",
    {},
    element("title", {}, `longest gap of ${client.client}: ${duration(client.longestGapMs)}, partition ${partition}`),
    element("rect", { class: "gap", x: x1, y: 2, width: Math.max(1.5, round(x2 - x1)), height: laneHeight - 2 }),
    element(
      "text",
      { class: "gap-text", x: beside ? x2 + 5 : x1 - 5, y: 11, "text-anchor": beside ? "start" : "end" },
      duration(client.longestGapMs),
    ),
  );
}

function underReplicated(load: LoadReport, scale: Scale): Child[] {
  const counts = segments(load, (observation) => observation.underReplicated);
  const offline = segments(load, (observation) => observation.offline);
  const most = Math.max(1, ...counts.map(({ value }) => value));
  const height = (value: number) => round(stepsHeight - (value / most) * (stepsHeight - 4));
  const area = (steps: readonly Segment<number>[]) =>
    steps.length === 0
      ? ""
      : `M${scale(steps[0]?.from ?? 0)} ${stepsHeight}` +
        steps.map(({ to, value }) => `V${height(value)}H${scale(to)}`).join("") +
        `V${stepsHeight}Z`;
  return [
    element("line", { class: "base", x1: left, x2: width - right, y1: stepsHeight, y2: stepsHeight }),
    element(
      "path",
      { class: "area behind", d: area(counts) },
      element("title", {}, "partitions whose ISR is not full"),
    ),
    element("path", { class: "area offline", d: area(offline) }, element("title", {}, "partitions without a leader")),
    counts.some(({ value }) => value > 0) &&
      element("text", { class: "small", x: left - 10, y: 6, "text-anchor": "end" }, most),
  ].flatMap((child) => (child === false ? [] : [child]));
}

function controllers(load: LoadReport, scale: Scale): Child[] {
  const held = segments(load, ({ controllerId }) => controllerId).filter(({ value }) => value >= 0);
  return [
    ...bars(held, scale, "controller"),
    ...held
      .filter(({ from, to }) => scale(to) - scale(from) > 14)
      .map(({ from, value }) => element("text", { class: "on-bar", x: scale(from) + 4, y: barHeight - 1.5 }, value)),
  ];
}

const bars = (parts: readonly Segment<unknown>[], scale: Scale, name: string): Markup[] =>
  parts.map(({ from, to }) =>
    element("rect", {
      class: `bar ${name}`,
      x: scale(from),
      y: 0,
      width: Math.max(0.5, round(scale(to) - scale(from) - 1)),
      height: barHeight,
      rx: 2,
    }),
  );

/** Every broker that was ever registered while the load ran. */
const brokerIds = ({ observations }: LoadReport): number[] =>
  [...new Set(observations.flatMap(({ brokers }) => brokers))].sort((a, b) => a - b);

/** The axis of seconds from the fault. */
function axis({ startedAt, endedAt, faultAt }: LoadReport, scale: Scale, bottom: number): Markup {
  const zero = faultAt ?? startedAt;
  const [first, last] = [(startedAt - zero) / 1000, (endedAt - zero) / 1000];
  const step = roundStep(last - first, 14);
  const ticks: Markup[] = [];
  for (let index = Math.ceil(first / step); index * step <= last; index++) {
    const seconds = round(index * step);
    const x = scale(zero + seconds * 1000);
    ticks.push(
      element("line", { class: "grid", x1: x, x2: x, y1: top, y2: bottom }),
      element("text", { class: "small", x, y: bottom + 15, "text-anchor": "middle" }, `${seconds} s`),
    );
  }
  return element("g", {}, ...ticks);
}

/** The fault, its end, and the moment at which all copies were there again. */
function marks(run: DrillRun, { faultAt, undoneAt, fullIsrAt }: LoadReport, scale: Scale, bottom: number): Markup[] {
  const what = kindOf([run]);
  const all = [
    { name: what, at: faultAt, kind: "fault" },
    // Where there was nothing to undo, the two are the same moment.
    {
      name: what === "change" ? "done" : "undone",
      at: undoneAt !== null && faultAt !== null && undoneAt - faultAt < 2000 ? null : undoneAt,
      kind: "undone",
    },
    { name: "full ISR", at: fullIsrAt, kind: "full" },
  ];
  let free = -Infinity;
  return all.flatMap(({ name, at, kind }) => {
    if (at === null) return [];
    const x = scale(at);
    // A label too near to the one before would cover it; the line is drawn all the same.
    const labelled = x - free > 0;
    if (labelled) free = x + name.length * 6.5 + 8;
    const flip = x + name.length * 6.5 > width;
    return [
      element(
        "g",
        { class: `mark ${kind}` },
        element("title", {}, name),
        element("line", { x1: x, x2: x, y1: 6, y2: bottom }),
        labelled
          ? element("text", { x: flip ? x - 4 : x + 4, y: 14, "text-anchor": flip ? "end" : "start" }, name)
          : undefined,
      ),
    ];
  });
}
