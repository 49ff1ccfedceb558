/** Draws the charts. */
import uPlot from "uplot";
import type { ChartData } from "../answers";
import { presentValue } from "../presentValue";
import { bytes, count, rate, seconds, share } from "../words";

const words: Readonly<Record<string, (value: number) => string>> = {
  "bytes/s": rate,
  bytes,
  seconds,
  share,
  "events/s": (value) => `${count(value)}/s`,
  "requests/s": (value) => `${count(value)}/s`,
  events: count,
  count,
};
const colours = 12;
const height = 150;

/** A chart that is on the page. */
interface Plot {
  readonly element: HTMLElement;
  readonly shape: string;
  update(chart: ChartData): void;
  end(): void;
}

/** The charts on the page: drawn anew only when their lines are others. */
export class Plots {
  private readonly drawn = new Map<string, Plot>();

  constructor(private readonly place: HTMLElement) {}

  /** Shows these charts, in this order. */
  show(charts: readonly ChartData[]): void {
    for (const chart of charts) {
      const shape = shapeOf(chart);
      const before = this.drawn.get(chart.name);
      if (before?.shape === shape) {
        before.update(chart);
        continue;
      }
      before?.end();
      const plot = drawPlot(chart, shape);
      if (before === undefined) this.place.append(plot.element);
      else before.element.replaceWith(plot.element);
      this.drawn.set(chart.name, plot);
    }
  }

  /** Takes all of them away, so that the next ones have other colours. */
  clear(): void {
    for (const plot of this.drawn.values()) plot.end();
    this.drawn.clear();
    this.place.replaceChildren();
  }
}

const shapeOf = ({ lines, problem }: ChartData) => JSON.stringify([problem, lines.map(({ label }) => label)]);

function create(name: string, className: string, text = ""): HTMLElement {
  const element = document.createElement(name);
  element.className = className;
  element.textContent = text;
  return element;
}

function drawPlot(chart: ChartData, shape: string): Plot {
  const element = create("div", "plot");
  element.dataset.chart = chart.name;
  element.append(create("h3", "", chart.title), create("p", "about", chart.about));
  const isEmpty = chart.problem !== undefined || chart.lines.length === 0;
  if (isEmpty) {
    element.append(create("p", "none", chart.problem ?? "nothing was measured in this time"));
    return { element, shape, update: () => undefined, end: () => undefined };
  }
  const keys = create("div", "keys");
  const values = chart.lines.map(({ label }, index) => {
    const [key, sample, value] = [create("span", ""), create("i", ""), create("b", "")];
    sample.style.setProperty("--tone", `var(--c${index % colours})`);
    key.append(sample, label, value);
    keys.append(key);
    return value;
  });
  const place = create("div", "canvas");
  element.append(place, keys);
  const say = words[chart.unit] ?? String;
  let last = chart;
  const tell = (at: number | null | undefined) => {
    last.lines.forEach((line, index) => {
      const value = at === null || at === undefined ? presentValue(line) : line.values[at];
      const text = value === null || value === undefined ? "–" : say(value);
      if (values[index] !== undefined) values[index].textContent = text;
    });
  };
  let plot: uPlot | undefined;
  const observer = new ResizeObserver(([entry]) => {
    const width = Math.floor(entry?.contentRect.width ?? 0);
    if (width === 0) return;
    if (plot === undefined) plot = new uPlot(optionsOf(last, width, say, tell), dataOf(last), place);
    else plot.setSize({ width, height });
  });
  observer.observe(place);
  tell(null);
  return {
    element,
    shape,
    update(next) {
      last = next;
      plot?.setData(dataOf(next));
      tell(plot?.cursor.idx);
    },
    end() {
      observer.disconnect();
      plot?.destroy();
    },
  };
}

function dataOf({ times, lines }: ChartData): uPlot.AlignedData {
  return [[...times], ...lines.map(({ values }) => [...values])];
}

function optionsOf(
  { unit, lines }: ChartData,
  width: number,
  say: (value: number) => string,
  tell: (at: number | null | undefined) => void,
): uPlot.Options {
  const css = getComputedStyle(document.documentElement);
  const colour = (name: string) => css.getPropertyValue(name).trim();
  const axis = {
    stroke: colour("--muted"),
    grid: { stroke: colour("--rule"), width: 1 },
    ticks: { show: false },
    font: "12px system-ui, sans-serif",
  };
  const whole = unit === "count" || unit === "events";
  const least = unit === "share" ? 1 : whole ? 4 : 0;
  return {
    width,
    height,
    padding: [10, 8, 0, 0],
    legend: { show: false },
    cursor: { sync: { key: "time" }, drag: { x: false, y: false }, points: { size: 6 } },
    hooks: { setCursor: [({ cursor }) => tell(cursor.idx)] },
    scales: {
      // From 0, so that a line that is twice as high is twice as much.
      y: { range: (_, __, most) => [0, most === null || most <= 0 ? least || 1 : Math.max(least, most * 1.08)] },
    },
    axes: [
      { ...axis, size: 30, space: 64, values: (_, times) => times.map((time) => clockOf(time * 1000)) },
      {
        ...axis,
        size: 68,
        space: 34,
        ...(whole
          ? { incrs: [1, 2, 5, 10, 20, 50, 100, 200, 500, 1e3, 2e3, 5e3, 1e4, 2e4, 5e4, 1e5, 1e6, 1e7, 1e8] }
          : {}),
        values: (_, marks) => marks.map((mark) => (mark === 0 ? "0" : say(mark))),
      },
    ],
    series: [
      {},
      ...lines.map(({ label }, index) => ({
        label,
        stroke: colour(`--c${index % colours}`),
        width: 1.75,
        points: { show: false },
        spanGaps: false,
      })),
    ],
  };
}

/** The time of day where the viewer is: `14:03`. */
export const clockOf = (at: number, withSeconds = false): string =>
  new Date(at).toLocaleTimeString([], {
    hour: "2-digit",
    minute: "2-digit",
    second: withSeconds ? "2-digit" : undefined,
    hour12: false,
  });
