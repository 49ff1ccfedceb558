/** A report's table of figures: medians, and below them the least and the most of several runs. */
import type { Spread } from "../summary";
import { element, type Child, type Markup } from "../../../ops/page/markup";

/** A cell of a table. */
export const cell = (...children: readonly Child[]): Markup => element("td", {}, ...children);

/**
 * A cell with a spread.
 * @param extra a line of its own below
 */
export function spreadCell(
  spread: Spread | undefined,
  runs: number,
  text: (value: number) => string,
  extra?: string,
): Markup {
  if (spread === undefined) return cell("–");
  const range =
    runs > 1 ? element("span", { class: "spread" }, `${text(spread.min)} to ${text(spread.max)}`) : undefined;
  return cell(text(spread.median), range, extra ? element("span", { class: "spread" }, extra) : undefined);
}

/**
 * A table of figures.
 * @param texts headings of columns of words, which come first
 * @param figures headings of columns of figures
 */
export function figuresTable(
  caption: string,
  texts: readonly string[],
  figures: readonly string[],
  rows: readonly Child[],
): Markup {
  return element(
    "div",
    { class: "scroll" },
    element(
      "table",
      {},
      element("caption", {}, caption),
      element(
        "thead",
        {},
        element(
          "tr",
          {},
          ...texts.map((name) => element("th", { class: "text", scope: "col" }, name)),
          ...figures.map((name) => element("th", { scope: "col" }, name)),
        ),
      ),
      element("tbody", {}, ...rows),
    ),
  );
}
