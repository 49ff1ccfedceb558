/** The report as one HTML page that needs nothing else: a pure function of the results. */
import { element, Markup } from "../../ops/page/markup";
import { style } from "../drills/page/style";
import { figuresTable, spreadCell } from "../drills/page/table";
import type { Against } from "../drills/report";
import { ratioText } from "../drills/table";
import { chartStyle, latencyPlot, rateBars } from "./charts";
import { conditionsText, phaseText, summarizeBench, type BenchResult, type PhaseSummary } from "./result";
import { rateText, usedColumns, type Column } from "./table";

/** The circumstances of a report. */
export interface BenchContext {
  readonly stack: string;
  readonly clusterName: string;
  /** The time of the report, ms since 1970. */
  readonly at: number;
  /** The reasons for which it ended before its end. */
  readonly stopped: readonly string[];
}

/** The report's page. */
export function benchPage(results: readonly BenchResult[], context: BenchContext): string {
  const when = `${new Date(context.at).toISOString().slice(0, 16).replace("T", " ")} UTC`;
  const phases = summarizeBench(results);
  const plot = latencyPlot(results);
  const body = element(
    "main",
    {},
    element("h1", {}, "Benchmark"),
    element(
      "p",
      { class: "muted" },
      `Cluster ${context.clusterName}, stack ${context.stack}, ${when}. ${conditionsText(results)}. acks=all; MB ` +
        "are 10⁶ bytes of events, before compression.",
    ),
    verdict(phases),
    ...context.stopped.map((why) => element("p", { class: "failed" }, `Ended early: ${why}`)),
    element("h2", {}, "Rates"),
    legend(phases),
    element("figure", {}, rateBars(results)),
    plot === undefined ? undefined : [element("h2", {}, "Latency against rate"), element("figure", {}, plot)],
    element("h2", {}, "All figures"),
    table(results, phases),
  );
  const head = element(
    "head",
    {},
    element("meta", { charset: "utf-8" }),
    element("meta", { name: "viewport", content: "width=device-width, initial-scale=1" }),
    element("title", {}, `Benchmark of ${context.clusterName}, ${when}`),
    // The markup is our own: nothing in it needs to be escaped.
    element("style", {}, new Markup(style + chartStyle)),
  );
  return `<!doctype html>\n${element("html", { lang: "en" }, head, element("body", {}, body)).text}\n`;
}

/** The verdict that a reader wants to know first. */
function verdict(phases: readonly PhaseSummary[]): Markup | undefined {
  const rate = phases.find(({ phase }) => phase === "rate");
  if (rate?.ours === undefined) return undefined;
  const { ours, stock, ratio } = rate;
  const against =
    stock === undefined ? "" : `; stock settings ${rateText(stock.MBps.median)} MB/s, ratio ${ratioText(ratio)}`;
  return element("p", { class: "verdict" }, `${rateText(ours.MBps.median)} MB/s${against}.`);
}

function legend(phases: readonly PhaseSummary[]): Markup {
  return element(
    "p",
    { class: "muted" },
    "Median over the runs; the thin line goes from the least to the most.",
    element("span", { class: "key ours" }),
    "ours",
    phases.some(({ stock }) => stock !== undefined)
      ? [element("span", { class: "key stock" }), "stock settings"]
      : undefined,
  );
}

function table(results: readonly BenchResult[], phases: readonly PhaseSummary[]): Markup {
  const columns = usedColumns(results);
  const withStock = phases.some(({ stock }) => stock !== undefined);
  const names = [...columns.map(({ name }) => name), ...(withStock ? ["ours/stock"] : [])];
  return figuresTable(
    "Median, and below it least and most, over the runs. Latency from send to acknowledgement; of several " +
      "producers the worst one's.",
    ["phase", "settings"],
    names,
    phases.flatMap((phase) => (["ours", "stock"] as const).map((against) => row(phase, against, columns, withStock))),
  );
}

function row(
  phase: PhaseSummary,
  against: Against,
  columns: readonly Column[],
  withStock: boolean,
): Markup | undefined {
  const side = phase[against];
  if (side === undefined) return undefined;
  return element(
    "tr",
    {},
    element("th", { scope: "row" }, phaseText(phase)),
    element("td", { class: "text" }, against),
    ...columns.map(({ spread, text }) => spreadCell(spread(side), side.runs, text)),
    withStock ? element("td", { class: "ratio" }, against === "ours" ? ratioText(phase.ratio) : "") : undefined,
  );
}
