/** What runs in the browser: asks for the state and the charts again and again, and shows at once when none come. */
import uplotStyle from "uplot/dist/uPlot.min.css";
import type { ChartsAnswer, NowAnswer } from "../answers";
import { seconds } from "../words";
import { clockOf, Plots } from "./plots";

const nowMs = 3000;
const chartsMs = 10_000;
/** In a tab that nobody sees the title and the sign are all that matters. */
const hiddenMs = 20_000;
/**
 * The time in ms without an answer after which what is shown is no longer of this moment: when questions fail, and when
 * there was none, as on a machine that slept. A browser lets a tab that nobody sees ask once a minute at the least.
 */
const lostMs = { failing: 12_000, silent: 90_000 } as const;
const deadlineMs = 10_000;

const part = (id: string) => document.getElementById(id);
const shown = new Map<string, string>();
/** The difference of the ops host's clock to this one, ms. */
let ahead = Number(document.body.dataset.at) - Date.now();
let heardAt = Date.now();
let isFailing = false;
let level = document.body.className;
let title = document.title;
let span = localStorage.getItem("span") ?? "1h";

const isLost = () => Date.now() - heardAt > (isFailing ? lostMs.failing : lostMs.silent);

/** Writes each moment as it is for the viewer: in his time zone, and as it passes. */
function tellTimes(): void {
  // What is no longer of this moment does not grow older on the page: nobody knows whether it still is so.
  const now = (isLost() ? heardAt : Date.now()) + ahead;
  const today = new Date(now).toDateString();
  for (const element of document.querySelectorAll<HTMLTimeElement>("time[data-form]")) {
    const at = Date.parse(element.dateTime);
    const day =
      new Date(at).toDateString() === today ? "" : `${new Date(at).toLocaleDateString([], { weekday: "short" })} `;
    const form = element.dataset.form;
    const text =
      form === "age"
        ? seconds(Math.max(1, Math.round((now - at) / 1000)))
        : (form === "clock" ? "" : day) + clockOf(at, form === "second");
    if (element.textContent !== text) element.textContent = text;
    element.title = new Date(at).toLocaleString();
  }
}

/** Puts the new parts in the place of those that have changed; what the viewer had unfolded stays so. */
function show({ at, parts, ...answer }: NowAnswer): void {
  ahead = at - Date.now();
  ({ level, title } = answer);
  for (const [id, html] of Object.entries(parts)) {
    const element = part(id);
    if (element === null || shown.get(id) === html) continue;
    const open = [...element.querySelectorAll("details[open]")].map((one) => one.getAttribute("data-key"));
    const scrolled = [...element.querySelectorAll(".scroll")].map(({ scrollLeft }) => scrollLeft);
    element.innerHTML = html;
    shown.set(id, html);
    for (const details of element.querySelectorAll("details")) details.open = open.includes(details.dataset.key ?? "");
    element.querySelectorAll(".scroll").forEach((one, index) => (one.scrollLeft = scrolled[index] ?? 0));
  }
}

const tones: Readonly<Record<string, string>> = {
  well: "#1a7f4b",
  degraded: "#d98a10",
  broken: "#c0271d",
  unknown: "#6b4fa8",
  lost: "#777777",
};

/** The sign of the tab, by which a viewer of other tabs sees how it is. */
function showSign(state: string): void {
  const picture = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 16 16"><circle cx="8" cy="8" r="7" fill="${tones[state] ?? ""}"/></svg>`;
  const link = document.querySelector<HTMLLinkElement>("link[rel=icon]") ?? document.createElement("link");
  const address = `data:image/svg+xml,${encodeURIComponent(picture)}`;
  if (link.href === address) return;
  link.rel = "icon";
  link.href = address;
  document.head.append(link);
}

/** Says whether what is shown is of this moment. */
function tellLife(): void {
  document.body.className = isLost() ? `${level} lost` : level;
  document.title = isLost() ? `No answer: ${title}` : title;
  showSign(isLost() ? "lost" : level);
  const [live, lost] = [part("live"), part("lost")];
  if (live !== null) {
    live.className = isLost() ? "" : "live";
    live.textContent = isLost() ? "not live" : "live";
  }
  if (lost === null) return;
  lost.hidden = !isLost();
  if (lost.hidden) return;
  const silence = seconds(Math.round((Date.now() - heardAt) / 1000));
  lost.textContent =
    `No answer from the ops host for ${silence}. What is below is of ${clockOf(heardAt, true)}, and may be ` +
    "otherwise by now. Is npm run watch still running? An ops host that is lost is back within minutes.";
}

async function ask<Answer>(path: string): Promise<Answer | undefined> {
  try {
    const response = await fetch(path, { signal: AbortSignal.timeout(deadlineMs), cache: "no-store" });
    return response.ok ? ((await response.json()) as Answer) : undefined;
  } catch {
    return undefined;
  }
}

/** Does something again and again, at once when the viewer comes back to the tab or wants it. */
function repeat(everyMs: number, work: () => Promise<void>): () => void {
  let timer: ReturnType<typeof setTimeout>;
  let isUnderWay = false;
  const run = async () => {
    if (isUnderWay) return;
    isUnderWay = true;
    clearTimeout(timer);
    await work();
    isUnderWay = false;
    timer = setTimeout(() => void run(), document.hidden ? Math.max(hiddenMs, everyMs) : everyMs);
  };
  document.addEventListener("visibilitychange", () => {
    if (!document.hidden) void run();
  });
  void run();
  return () => void run();
}

const style = document.createElement("style");
style.textContent = uplotStyle;
document.head.prepend(style);
const plots = new Plots(part("plots") ?? document.body);

repeat(nowMs, async () => {
  const answer = await ask<NowAnswer>("now");
  isFailing = answer === undefined;
  if (answer !== undefined) {
    heardAt = Date.now();
    show(answer);
    tellTimes();
  }
  tellLife();
});
const askCharts = repeat(chartsMs, async () => {
  const wanted = span;
  const answer = await ask<ChartsAnswer>(`charts?span=${wanted}`);
  if (answer !== undefined && wanted === span) plots.show(answer.charts);
  // The viewer has wanted another span meanwhile.
  if (wanted !== span) setTimeout(askCharts);
});

const buttons = [...document.querySelectorAll<HTMLButtonElement>("[data-span]")];
const mark = () => buttons.forEach((one) => one.setAttribute("aria-pressed", String(one.dataset.span === span)));
if (!buttons.some((one) => one.dataset.span === span)) span = "1h";
for (const button of buttons) {
  button.addEventListener("click", () => {
    span = button.dataset.span ?? span;
    localStorage.setItem("span", span);
    mark();
    askCharts();
  });
}
mark();
tellTimes();
setInterval(() => {
  tellTimes();
  tellLife();
}, 1000);
// The colours of the lines are those of the scheme that was there when they were drawn.
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => {
  plots.clear();
  askCharts();
});
