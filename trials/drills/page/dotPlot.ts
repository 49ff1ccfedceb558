/** Every run's longest gap against its budget, on one logarithmic scale. */
import type { DrillRun } from "../report";
import { duration, measuredByShrinks } from "../report";
import { element, type Markup } from "../../../ops/page/markup";
import { clamp } from "./segments";

const width = 1000;
const left = 150;
const right = 30;
const rowHeight = 24;
const top = 24;

const ticksMs = [10, 30, 100, 300, 1000, 3000, 10_000, 30_000, 100_000, 300_000];

/** The drawing of the longest gaps. */
export function dotPlot(runs: readonly DrillRun[]): Markup {
  const faults = [...new Map(runs.map((run) => [run.fault, run])).values()];
  const gaps = runs.flatMap(({ load }) => load?.clients.map(({ longestGapMs }) => longestGapMs) ?? []);
  const values = [...gaps, ...faults.map(({ budgetMs }) => budgetMs)].map((value) => Math.max(10, value));
  const most = ticksMs.find((tick) => tick >= Math.max(1000, ...values)) ?? Math.max(...values);
  const least = [...ticksMs].reverse().find((tick) => tick <= Math.min(100, ...values)) ?? 10;
  const x = (ms: number) => {
    const part = Math.log(clamp(ms, least, most) / least) / Math.log(most / least);
    return Math.round((left + part * (width - left - right)) * 10) / 10;
  };
  const bottom = top + faults.length * rowHeight;
  const grid = ticksMs
    .filter((tick) => tick >= least && tick <= most)
    .flatMap((tick) => [
      element("line", { class: "grid", x1: x(tick), x2: x(tick), y1: top, y2: bottom }),
      element("text", { class: "small", x: x(tick), y: bottom + 16, "text-anchor": "middle" }, tickText(tick)),
    ]);
  const rows = faults.map(({ fault, budgetMs }, index) => {
    const middle = top + (index + 0.5) * rowHeight;
    const dots = runs
      .filter((run) => run.fault === fault)
      .flatMap((run) =>
        (run.load?.clients ?? []).map(({ client, longestGapMs }) => {
          const text = `${fault}, ${run.against}, ${client}, run ${run.run}: ${duration(longestGapMs)}`;
          const cy = middle + (client === "java" ? 4 : -4);
          return element("circle", { class: run.against, cx: x(longestGapMs), cy, r: 4 }, element("title", {}, text));
        }),
      );
    const budget = measuredByShrinks(fault)
      ? undefined
      : element(
          "line",
          { class: "budget", x1: x(budgetMs), x2: x(budgetMs), y1: middle - 9, y2: middle + 9 },
          element("title", {}, `budget ${duration(budgetMs)}`),
        );
    return element(
      "g",
      {},
      element("line", { class: "base", x1: left, x2: width - right, y1: middle, y2: middle }),
      element("text", { class: "label", x: left - 12, y: middle + 4, "text-anchor": "end" }, fault),
      budget,
      ...dots,
    );
  });
  return element(
    "svg",
    { viewBox: `0 0 ${width} ${bottom + 26}`, role: "img", "aria-labelledby": "plot-title", class: "dots" },
    element("title", { id: "plot-title" }, "Longest time without an acknowledgement of every run, with the budget"),
    ...grid,
    ...rows,
  );
}

const tickText = (ms: number) => (ms < 1000 ? `${ms} ms` : `${ms / 1000} s`);
