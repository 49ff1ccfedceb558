/** Rates of several processes over the time in which all of them run. Pure. */

/** The sum of what had been done at a time, ms since 1970. */
export interface Point {
  readonly at: number;
  readonly sum: number;
}

/** A stretch of time, ms since 1970. */
export interface Window {
  readonly from: number;
  readonly to: number;
}

/**
 * The time in which all run: from when the last one has said its first figure until the first one ends. Before, JVMs
 * start and compile; after, the others have the cluster to themselves. Undefined when there is no such time.
 */
export function commonWindow(series: readonly (readonly Point[])[]): Window | undefined {
  const from = Math.max(...series.map((points) => points[0]?.at ?? Infinity));
  const to = Math.min(...series.map((points) => points.at(-1)?.at ?? -Infinity));
  return series.length > 0 && to > from ? { from, to } : undefined;
}

/** The rate a second between two times, taken evenly between two points. */
export function ratePerSecond(points: readonly Point[], { from, to }: Window): number {
  return (sumAt(points, to) - sumAt(points, from)) / ((to - from) / 1000);
}

function sumAt(points: readonly Point[], at: number): number {
  const next = points.findIndex((point) => point.at >= at);
  const after = points[next];
  const before = points[next - 1];
  if (after === undefined) return points.at(-1)?.sum ?? 0;
  if (before === undefined) return after.sum;
  return before.sum + ((after.sum - before.sum) * (at - before.at)) / (after.at - before.at);
}
