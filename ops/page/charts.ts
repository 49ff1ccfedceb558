/** The charts of the page: what Prometheus answers, as columns that are drawn. Pure but for the asking. */
import { expressionOf, panels, type Panel, type Line, type PanelName } from "../../monitoring/queries";
import type { ChartData } from "./answers";
import { presentValue } from "./presentValue";
import type { AskPrometheus, Curve, Range } from "./prometheus";

/** The spans of time that can be shown, in seconds, and how often to look within them. */
export const spans = {
  "15m": { seconds: 900, step: 5 },
  "1h": { seconds: 3600, step: 15 },
  "6h": { seconds: 6 * 3600, step: 90 },
  "24h": { seconds: 24 * 3600, step: 360 },
} as const;

/** The name of a span of time: `1h`. */
export type Span = keyof typeof spans;

/** The lines that a chart has at most: more can't be told apart. */
const mostLines = 12;

/** The range for a span that ends now; its points are the same ones at the next look, but for the newest. */
export function rangeOf(span: Span, nowMs: number): Range {
  const { seconds, step } = spans[span];
  const to = Math.floor(nowMs / 1000 / step) * step;
  return { from: to - seconds, to, step };
}

/** The chart of a panel. Never rejects: a question that fails is the chart's problem. */
export async function chartOf(
  name: PanelName,
  range: Range,
  prometheus: Pick<AskPrometheus, "over">,
): Promise<ChartData> {
  const { title, about, unit, lines }: Panel = panels[name];
  const times = Array.from({ length: Math.round((range.to - range.from) / range.step) + 1 }, (_, index) => {
    return range.from + index * range.step;
  });
  const windowSeconds = Math.max(30, range.step);
  try {
    const found = await Promise.all(
      lines.map(async (line: Line) => {
        const curves = await prometheus.over(expressionOf(line.expression, { windowSeconds }), range);
        return curves.map((curve) => ({ label: labelOf(line, curve), values: valuesAt(times, curve) }));
      }),
    );
    const sorted =
      lines.length > 1
        ? found.flat()
        : found.flat().sort((a, b) => a.label.localeCompare(b.label, "en", { numeric: true }));
    return { name, title, about, unit, times, lines: largest(sorted) };
  } catch (error) {
    return { name, title, about, unit, times: [], lines: [], problem: (error as Error).message };
  }
}

/** The name of a curve in the legend. */
export function labelOf({ legend }: Pick<Line, "legend">, { labels }: Pick<Curve, "labels">): string {
  return legend.replace(/\{\{(\w+)\}\}/g, (_, label: string) => labels[label] ?? "?");
}

function valuesAt(times: readonly number[], { points }: Curve): (number | null)[] {
  const at = new Map(points);
  return times.map((time) => {
    const value = at.get(time);
    // No one sees more digits, and they are most of what is sent.
    return value === undefined ? null : Number(value.toPrecision(4));
  });
}

/** The lines that go on, then those that reach highest, in the order that they have. */
function largest<L extends ChartData["lines"][number]>(lines: readonly L[]): readonly L[] {
  if (lines.length <= mostLines) return lines;
  const goesOn = (line: L) => Number(presentValue(line) !== undefined);
  const peak = ({ values }: L) => Math.max(...values.map((value) => value ?? 0));
  const kept = new Set([...lines].sort((a, b) => goesOn(b) - goesOn(a) || peak(b) - peak(a)).slice(0, mostLines));
  return lines.filter((line) => kept.has(line));
}
