/** Figures as people read them. */

/** A share in percent, rounded: `85 %`. */
export function percent(share: number): string {
  return `${Math.round(share * 100)} %`;
}

/** A rate as MB/s, with one decimal: `12.3 MB/s`. */
export function megabytes(bytesPerSecond: number): string {
  return `${tenths(bytesPerSecond / 1e6)} MB/s`;
}

/** A number with one decimal at most. */
export function tenths(value: number): string {
  return String(Math.round(value * 10) / 10);
}

/** A value with every number in it rounded to six digits: what JSON shows of 0.1 + 0.2 is no figure. */
export function rounded<Value>(value: Value): Value {
  if (typeof value === "number") return Number(value.toPrecision(6)) as Value;
  if (Array.isArray(value)) return value.map((item: unknown) => rounded(item)) as Value;
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, item]: [string, unknown]) => [key, rounded(item)]),
  ) as Value;
}
