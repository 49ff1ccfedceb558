/** The head of the page: is it well, and what holds. Pure. */
import type { Health, Level } from "../health";
import { element, type Markup } from "../markup";
import type { PromiseState } from "../promises";
import type { Seen } from "../seen";
import { moment } from "./moment";

/** The state in a word. */
export const levelWords: Readonly<Record<Level, string>> = {
  well: "Well",
  degraded: "Degraded",
  broken: "Broken",
  unknown: "Not known",
};

const tick = "M5 12.5l4.5 4.5L19 7.5";
const mark = "M12 5.5v8M12 18v.5";
const cross = "M7 7l10 10M17 7L7 17";
const question = "M8.5 9a3.5 3.5 0 1 1 5 3.1c-1 .5-1.5 1.1-1.5 2.4M12 18v.5";
const signs: Readonly<Record<Level | PromiseState, string>> = {
  well: tick,
  degraded: mark,
  broken: cross,
  unknown: question,
  kept: tick,
  thin: mark,
};

/** A sign that says without colours what the state is. */
function sign(state: Level | PromiseState): Markup {
  return element(
    "svg",
    { class: "sign", viewBox: "0 0 24 24", "aria-hidden": "true" },
    element("path", { d: signs[state] }),
  );
}

/** The state line, and the promises below it. */
export function stateSection({ level, sentence, since, promises }: Health, { at }: Pick<Seen, "at">): Markup {
  return element(
    "div",
    { class: `state ${level}` },
    sign(level),
    element(
      "div",
      { class: "words" },
      element(
        "h1",
        {},
        levelWords[level],
        since === undefined || since > at
          ? undefined
          : element("small", {}, "for ", moment(since, "age"), ", since ", moment(since, "day")),
      ),
      element("p", { class: "sentence" }, sentence),
    ),
    element(
      "ul",
      { class: "promises" },
      ...promises.map(({ name, state, text }) =>
        element("li", { class: state }, sign(state), element("b", {}, name), element("span", {}, text)),
      ),
    ),
  );
}
