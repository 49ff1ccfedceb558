/** The page as a text, and the parts of it that are sent again and again. Pure. */
import { createHash } from "node:crypto";
import { counted } from "../gateVerdict";
import type { NowAnswer } from "./answers";
import { spans } from "./charts";
import { judge } from "./health";
import { element, Markup } from "./markup";
import { daySection } from "./parts/day";
import { costSection, figuresSection } from "./parts/figures";
import { moment } from "./parts/moment";
import { levelWords, stateSection } from "./parts/state";
import { groupsSection, nodesSection } from "./parts/tables";
import { doingSection, wrongSection } from "./parts/wrong";
import { valueOf, type Seen } from "./seen";
import { style } from "./style";

/** The state, as the browser is told it each few seconds. */
export function nowAnswer(seen: Seen): NowAnswer {
  const health = judge(seen);
  const parts: Readonly<Record<string, Markup>> = {
    state: stateSection(health, seen),
    wrong: wrongSection(health, seen),
    doing: doingSection(seen),
    figures: figuresSection(seen),
    "no-charts": noCharts(seen),
    nodes: nodesSection(seen),
    groups: groupsSection(seen),
    day: daySection(seen),
    cost: costSection(seen),
    sources: sourcesLine(seen),
  };
  return {
    at: seen.at,
    level: health.level,
    monitored: seen.cluster.monitored,
    title: `${levelWords[health.level]}: ${seen.cluster.clusterName}`,
    parts: Object.fromEntries(Object.entries(parts).map(([id, { text }]) => [id, text])),
  };
}

/** Says that there are no charts, and why. */
function noCharts({ cluster, figures }: Seen): Markup {
  if ("value" in figures) return element("div");
  if (!cluster.monitored) {
    return element("p", { class: "missing" }, "No charts: this stack has no monitoring (monitoringEnabled is false).");
  }
  const why = `${figures.problem}. On the ops host: systemctl status prometheus.`;
  return element(
    "p",
    { class: "missing" },
    element("b", {}, "No charts: Prometheus does not answer. "),
    why,
    " What brokers, guardian and canary say is on this page all the same.",
  );
}

/** Who was asked, and what came of it. */
function sourcesLine({ cluster, status, guardian, metrics, alerts, figures }: Seen): Markup {
  const canary = metrics.writtenAt.get("canary");
  const memory = valueOf(guardian);
  const entry = (name: string, isThere: boolean, ...text: readonly (Markup | string)[]) =>
    element("span", {}, element("i", { class: `dot ${isThere ? "good" : "bad"}` }), `${name}: `, ...text);
  return element(
    "p",
    {},
    entry("brokers and ZooKeeper", status.kafka.satisfied && status.zookeeper.satisfied, status.kafka.summary),
    memory === undefined
      ? entry("guardian", false, "not known")
      : entry("guardian", true, "looked at ", moment(memory.lookedAt, "clock")),
    canary === undefined ? entry("canary", false, "none") : entry("canary", true, "wrote at ", moment(canary, "clock")),
    ...(cluster.monitored
      ? [
          entry("Prometheus", "value" in figures, "value" in figures ? "answers" : figures.problem),
          entry(
            "Alertmanager",
            "value" in alerts,
            "value" in alerts ? counted(alerts.value.length, "alert") : alerts.problem,
          ),
        ]
      : []),
  );
}

/** The ids of the parts, in their order on the page; `charts` is drawn by the browser. */
const layout = ["state", ["wrong", "doing"], "figures", "charts", ["nodes", ["groups", "cost"]], "day"] as const;

/** A page with the headers that it has to be sent with. */
export interface Page {
  readonly html: string;
  /** `Content-Security-Policy`: nothing but this program runs, and nothing is asked but this server. */
  readonly policy: string;
}

/**
 * The whole page as of this moment; it needs nothing else.
 * @param program what runs in the browser
 */
export function pageOf(seen: Seen, program: string): Page {
  const now = nowAnswer(seen);
  const { cluster } = seen;
  const part = (id: string) =>
    element("section", { id }, id === "charts" ? chartsShell() : new Markup(now.parts[id] ?? ""));
  const script = program.replaceAll("</script", "<\\/script");
  const body = element(
    "body",
    { class: now.level, "data-at": now.at },
    element(
      "header",
      {},
      element("b", {}, cluster.clusterName),
      element(
        "span",
        {},
        `${cluster.region}, ${cluster.brokers.length} brokers, ${cluster.zookeeper.length} ZooKeeper`,
      ),
      element("span", { id: "live" }, "needs JavaScript to be live"),
    ),
    element("p", { id: "lost", hidden: "hidden" }),
    element(
      "main",
      {},
      ...layout.map((entry) =>
        typeof entry === "string"
          ? part(entry)
          : element(
              "div",
              { class: "pair" },
              ...entry.map((one) =>
                typeof one === "string" ? part(one) : element("div", { class: "stack" }, ...one.map(part)),
              ),
            ),
      ),
    ),
    element("footer", { id: "sources" }, new Markup(now.parts.sources ?? "")),
    element("script", {}, new Markup(script)),
  );
  const head = element(
    "head",
    {},
    element("meta", { charset: "utf-8" }),
    element("meta", { name: "viewport", content: "width=device-width, initial-scale=1" }),
    element("meta", { name: "color-scheme", content: "light dark" }),
    element("title", {}, now.title),
    element("style", {}, new Markup(style)),
  );
  const html = `<!doctype html>\n${element("html", { lang: "en" }, head, body).text}\n`;
  const hash = createHash("sha256").update(script).digest("base64");
  return {
    html,
    policy:
      `default-src 'none'; script-src 'sha256-${hash}'; style-src 'unsafe-inline'; connect-src 'self'; ` +
      "img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  };
}

function chartsShell(): Markup {
  return element(
    "div",
    {},
    element(
      "div",
      { class: "bar-line" },
      element("h2", {}, "Charts"),
      element(
        "div",
        { class: "spans", role: "group", "aria-label": "span of time" },
        ...Object.keys(spans).map((span) => element("button", { type: "button", "data-span": span }, span)),
      ),
    ),
    element("div", { id: "no-charts" }),
    element("div", { id: "plots" }),
  );
}
