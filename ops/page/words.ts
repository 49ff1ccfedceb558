/** Figures as the page says them: short, with their unit. Pure. */
import { formatBytes, formatSeconds } from "../balance/format";

/** A duration in seconds: `4 ms`, `1.3 s`, `45 s`, `12 min`, `3.4 h`, `12 days`. */
export function seconds(value: number): string {
  if (value < 0.9995) return `${Math.round(value * 1000)} ms`;
  if (value < 9.95) return `${value.toFixed(1)} s`;
  return value < 2 * 86_400 ? formatSeconds(value) : days(value);
}

/** A duration of days, in seconds: `12 days`, `3 months`, `more than a year`. */
export function days(value: number): string {
  const count = value / 86_400;
  if (count > 365) return "more than a year";
  if (count > 90) return `${Math.round(count / 30)} months`;
  return count < 2 ? formatSeconds(value) : `${Math.round(count)} days`;
}

/** A number with few digits: `812`, `4.2k`, `1.3M`. */
export function count(value: number): string {
  const units = [
    [1e9, "G"],
    [1e6, "M"],
    [1e3, "k"],
  ] as const;
  // Up to 9,999 every digit is there.
  const [size, unit] = units.find(([least]) => value >= Math.max(1e4, least * 0.9995)) ?? [1, ""];
  const shown = value / size;
  return `${size > 1 && shown < 99.5 ? shown.toFixed(1).replace(/\.0$/, "") : Math.round(shown)}${unit}`;
}

/** A part of a whole: `68 %`; near to it with as many digits as tell it from it: `99.998 %`. */
export function share(value: number): string {
  const percent = value * 100;
  if (percent < 99.5 || percent >= 100) return `${Math.round(percent)} %`;
  // Down and not up: 100 % is said of what lacks nothing.
  const digits = [1, 2, 3, 4, 5].find((some) => Math.floor(percent * 10 ** some) % 10 !== 9) ?? 5;
  return `${(Math.floor(percent * 10 ** digits) / 10 ** digits).toFixed(digits)} %`;
}

/** A sum of US dollars: `$5,712`. */
export const dollars = (value: number): string => `$${Math.round(value).toLocaleString("en-US")}`;

/** Bytes: `31 kB`, `512 MB`, `4.8 GB`, `2.9 TB`. */
export function bytes(value: number): string {
  if (value > 0 && value < 0.95e6) return `${Math.ceil(value / 1e3)} kB`;
  return value < 0.9995e12 ? formatBytes(value) : `${(value / 1e12).toFixed(value < 9.95e12 ? 1 : 0)} TB`;
}

/** Bytes a second: `31 kB/s`, `43 MB/s`. */
export const rate = (value: number): string => `${bytes(value)}/s`;
