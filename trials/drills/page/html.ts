/** The report as one HTML page that needs nothing else: a pure function of the runs. */
import { alertsText } from "../alerts";
import type { DrillName } from "../catalog";
import { timed, worstGap } from "../course";
import type { LoadReport } from "../loadReport";
import {
  controllerChanges,
  duration,
  factsText,
  fullIsrSeconds,
  isrShrinks,
  judge,
  kindOf,
  passed,
  type DrillRun,
} from "../report";
import { summarize, type Side, type SummaryRow } from "../summary";
import { budgetText, grouped, ratioText, reachedText, secondsText, verdictText } from "../table";
import { dotPlot } from "./dotPlot";
import { element, Markup } from "../../../ops/page/markup";
import { style } from "./style";
import { cell, figuresTable, spreadCell } from "./table";
import { timeline } from "./timeline";

/** The circumstances of a report. */
export interface ReportContext {
  readonly stack: string;
  readonly clusterName: string;
  /** The time of the report, ms since 1970. */
  readonly at: number;
  /** The reason for which the series ended before its end. */
  readonly stopped?: string;
}

/** The report's page. */
export function drillPage(runs: readonly DrillRun[], context: ReportContext): string {
  const faults = [...new Set(runs.map(({ fault }) => fault))];
  const when = `${new Date(context.at).toISOString().slice(0, 16).replace("T", " ")} UTC`;
  const body = element(
    "main",
    {},
    element("h1", {}, "Drills"),
    element(
      "p",
      { class: "muted" },
      `Cluster ${context.clusterName}, stack ${context.stack}, ${when}. ${runs.length} runs of ${faults.length} ` +
        `${kindOf(runs)}s.`,
    ),
    verdict(runs),
    context.stopped === undefined ? undefined : element("p", { class: "failed" }, `Ended early: ${context.stopped}`),
    element("h2", {}, "Longest time without an acknowledgement"),
    legend(runs),
    dotPlot(runs),
    element("h2", {}, "All figures"),
    summaryTable(runs),
    ...faults.map((fault) => faultSection(fault, runs)),
  );
  const head = element(
    "head",
    {},
    element("meta", { charset: "utf-8" }),
    element("meta", { name: "viewport", content: "width=device-width, initial-scale=1" }),
    element("title", {}, `Drills of ${context.clusterName}, ${when}`),
    // The markup is our own: nothing in it needs to be escaped.
    element("style", {}, new Markup(style)),
  );
  return `<!doctype html>\n${element("html", { lang: "en" }, head, element("body", {}, body)).text}\n`;
}

function verdict(runs: readonly DrillRun[]): Markup {
  const ours = runs.filter(({ against }) => against === "ours");
  const failed = ours.filter((run) => judge(run).length > 0).length;
  const clients = ours.flatMap(({ load }) => load?.clients ?? []);
  const lost = clients.reduce((sum, one) => sum + one.lost, 0);
  const acknowledged = clients.reduce((sum, one) => sum + one.acknowledged, 0);
  const budgets = passed(runs) ? "Every budget held" : `${failed} of ${ours.length} runs failed`;
  const text = `${budgets}; ${grouped(lost)} of ${grouped(acknowledged)} acknowledged events lost.`;
  return element("p", { class: `verdict ${passed(runs) ? "passed" : "failed"}` }, text);
}

function legend(runs: readonly DrillRun[]): Markup {
  const withStock = runs.some(({ against }) => against === "stock");
  return element(
    "p",
    { class: "muted" },
    "One dot for each client and run, kafkajs above java; logarithmic scale.",
    element("span", { class: "key ours" }),
    "ours",
    withStock ? [element("span", { class: "key stock" }), "stock settings"] : undefined,
    element("span", { class: "key tick" }),
    "budget",
  );
}

function summaryTable(runs: readonly DrillRun[]): Markup {
  const rows = summarize(runs);
  const withStock = rows.some(({ stock }) => stock !== undefined);
  const headings = [
    "budget",
    "longest gap",
    ...(withStock ? ["stock", "ratio"] : []),
    "verdict",
    "consumer gap",
    "acknowledged",
    "lost",
    "duplicates",
    "full ISR",
    "repaired",
    "controller changes",
  ];
  return figuresTable(
    "Median, and below it least and most, over the runs. Full ISR and repaired are counted from the end of the " +
      "fault or change.",
    [kindOf(runs), "client"],
    headings,
    rows.map((row) => summaryRow(row, withStock)),
  );
}

function summaryRow(row: SummaryRow, withStock: boolean): Markup {
  const { ours, stock } = row;
  const shown = ours ?? stock;
  if (shown === undefined) return element("tr");
  const shrinks = row.byShrinks && ours?.isrShrinks ? `${ours.isrShrinks.max} ISR shrinks` : undefined;
  const verdictClass = ours === undefined ? undefined : ours.passedRuns === ours.runs ? "passed" : "failed";
  return element(
    "tr",
    {},
    element("th", { scope: "row", title: row.title }, row.fault),
    element("td", { class: "text" }, row.client),
    cell(budgetText(row)),
    spreadCell(ours?.gapMs, ours?.runs ?? 0, duration, shrinks),
    withStock
      ? [
          spreadCell(stock?.gapMs, stock?.runs ?? 0, duration, losses(stock)),
          element("td", { class: "ratio" }, ratioText(row.ratio)),
        ]
      : undefined,
    element("td", { class: verdictClass }, verdictText(ours)),
    spreadCell(shown.consumerGapMs, shown.runs, duration),
    cell(grouped(shown.acknowledged)),
    cell(grouped(shown.lost)),
    cell(grouped(shown.duplicates)),
    cell(reachedText(shown.fullIsrSeconds, shown.neverFull, shown.runs)),
    cell(reachedText(shown.repairedSeconds, shown.neverRepaired, shown.runs)),
    spreadCell(shown.controllerChanges, shown.runs, String),
  );
}

/** The losses with the stock settings, in words. */
function losses(side: Side | undefined): string | undefined {
  if (side === undefined || side.lost + side.errors === 0) return undefined;
  return `${grouped(side.lost)} lost, ${grouped(side.errors)} errors`;
}

function faultSection(fault: DrillName, all: readonly DrillRun[]): Markup {
  const runs = all.filter((run) => run.fault === fault);
  return element(
    "section",
    { id: fault },
    element("h2", {}, element("code", {}, fault), ` ${runs[0]?.title ?? ""}`),
    ...runs.map((run) => runFigure(run)),
  );
}

function runFigure(run: DrillRun): Markup {
  const failures = judge(run);
  const { load } = run;
  const side = run.against === "ours" ? "Our settings" : "Stock settings";
  return element(
    "figure",
    {},
    element(
      "figcaption",
      {},
      element("strong", {}, `${side}, run ${run.run}`),
      `: ${run.what ?? `the ${kindOf([run])} was not made`}. ${load === undefined ? "" : figures(run)}`,
    ),
    run.facts === undefined ? undefined : element("p", { class: "muted" }, `${factsText(run.facts)}.`),
    failures.length === 0
      ? undefined
      : element("ul", { class: "failures" }, ...failures.map((why) => element("li", {}, why))),
    load === undefined
      ? undefined
      : [timeline(run, load, `${run.fault}-${run.against}-${run.run}`), course(run, load), partitionGaps(run)],
  );
}

function figures(run: DrillRun): string {
  const { load } = run;
  if (load === undefined) return "";
  const full = fullIsrSeconds(load);
  return `${[
    `Consumer gap ${duration(load.consumer.longestGapMs)}`,
    full === undefined ? "ISRs never full" : `full ISR after ${secondsText(full)}`,
    run.repairedSeconds === undefined ? "never repaired" : `repaired after ${secondsText(run.repairedSeconds)}`,
    `${controllerChanges(load)} controller changes`,
    `${isrShrinks(load)} ISR shrinks`,
    ...(run.alerts === undefined ? [] : [`alerts: ${alertsText(run.alerts)}`]),
    ...(load.longestPauseMs === undefined
      ? []
      : [`the load itself stood still for ${duration(load.longestPauseMs)} at most`]),
  ].join(", ")}.`;
}

/** Where the longest gap went, by the machines' journals. */
function course({ course: moments = [] }: DrillRun, load: LoadReport): Markup | undefined {
  const gap = worstGap(load);
  if (moments.length === 0 || gap === undefined) return undefined;
  const rows = timed(moments).map(({ seconds, text }) =>
    element("tr", {}, cell(`${seconds.toFixed(2)} s`), element("td", { class: "text" }, text)),
  );
  return element(
    "details",
    {},
    element("summary", {}, `where ${duration(gap.ms)} went: ${gap.client}, partition ${gap.partition}`),
    element("table", {}, element("tbody", {}, ...rows)),
  );
}

/** Every partition's longest gap, folded away. */
function partitionGaps({ load }: DrillRun): Markup {
  const clients = load?.clients ?? [];
  const partitions = [...new Set(clients.flatMap(({ gaps }) => gaps.map(({ partition }) => partition)))].sort(
    (a, b) => a - b,
  );
  const gapOf = (client: number, partition: number) =>
    clients[client]?.gaps.find((gap) => gap.partition === partition)?.ms;
  const text = (ms: number | undefined) => (ms === undefined ? "–" : duration(ms));
  return element(
    "details",
    {},
    element("summary", {}, "longest gap of each partition"),
    element(
      "table",
      {},
      element(
        "thead",
        {},
        element(
          "tr",
          {},
          element("th", { scope: "col" }, "partition"),
          ...clients.map(({ client }) => element("th", { scope: "col" }, client)),
        ),
      ),
      element(
        "tbody",
        {},
        ...partitions.map((partition) =>
          element(
            "tr",
            {},
            element("th", { scope: "row" }, partition),
            ...clients.map((_, index) => cell(text(gapOf(index, partition)))),
          ),
        ),
      ),
    ),
  );
}
