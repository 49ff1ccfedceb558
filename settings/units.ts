/*
 * Amounts as people type them, `6g` or `7d`, in the unit of the setting that was meant: for the example of an answer.
 * No setting takes a unit, as its name says which one it has.
 */

/** Bytes of each unit of size. As Kafka, the JVM and EBS count, a "GB" has 1024 MB. */
const sizes: Readonly<Record<string, number>> = { b: 1, k: 1024, m: 1024 ** 2, g: 1024 ** 3, t: 1024 ** 4 };

/** Milliseconds of each unit of time. */
const times: Readonly<Record<string, number>> = {
  ms: 1,
  s: 1000,
  sec: 1000,
  second: 1000,
  m: 60_000,
  min: 60_000,
  minute: 60_000,
  h: 3_600_000,
  hour: 3_600_000,
  d: 86_400_000,
  day: 86_400_000,
  w: 604_800_000,
  week: 604_800_000,
};

/** The ends of settings' names, with the unit that each says: ours in camelCase, Kafka's in words with dots. */
const sizeUnits: readonly (readonly [RegExp, number])[] = [
  [/GiB$/, 1024 ** 3],
  [/MiB$|MiBps$/, 1024 ** 2],
  [/[bB]ytes$|\.size$|\.bytes\.per\.second$/, 1],
];
const timeUnits: readonly (readonly [RegExp, number])[] = [
  [/(^|\.)ms$/, 1],
  [/[sS]econds$/, 1000],
  [/[mM]inutes$/, 60_000],
  [/[hH]ours$/, 3_600_000],
];

/**
 * The amount in the unit of the setting: 6144 for `6g` of `brokerHeapMiB`, 604800000 for `7d` of `segment.ms`.
 * Undefined when the text is no amount in a unit of the setting.
 */
export function inUnit(text: string, setting: string): number | undefined {
  const [, digits = "", word = ""] = /^\s*\+?(\d[\d.,_]*)\s*([a-z]*?)(?:\/s|ps)?\s*$/i.exec(text) ?? [];
  // 1,000 and 1_000 are a thousand; 1,5 is written so in half of Europe.
  const plain = /^\d{1,3}([,_]\d{3})+$/.test(digits) ? digits.replace(/[,_]/g, "") : digits.replace(",", ".");
  const amount = Number(plain);
  if (plain === "" || Number.isNaN(amount)) return undefined;
  if (word === "") return Math.round(amount);
  const unit = word.toLowerCase();
  if (/MBps$/.test(setting)) return megabytesPerSecond(text);
  const size = sizes[unit] ?? sizes[unit.replace(/i?b(ytes?)?$/, "")];
  const time = times[unit] ?? times[unit.replace(/s$/, "")];
  const factor = factorOf(setting, sizeUnits, size) ?? factorOf(setting, timeUnits, time);
  return factor === undefined ? undefined : Math.round(amount * factor);
}

function factorOf(setting: string, units: readonly (readonly [RegExp, number])[], given: number | undefined) {
  const unit = units.find(([name]) => name.test(setting))?.[1];
  return given === undefined || unit === undefined ? undefined : given / unit;
}

/**
 * `100MB/s`, `1.5 GBps`, `100MiB/s`, `800Mbit/s`, `800Mb/s` (bits), or `100`: in MB/s. As on a network an M is 10^6,
 * and a Mi 2^20. Nothing when it is no rate, or may mean bytes or bits (`100mb/s`).
 */
export function megabytesPerSecond(text: string): number | undefined {
  const [, digits = "", prefix = "", binary, unit = "B", rate] =
    /^\s*(\d+(?:\.\d+)?)\s*([kmgt]?)(i?)(b(?:ytes?|its?)?)?(\/s|ps)?\s*$/i.exec(text) ?? [];
  if (digits === "") return undefined;
  if (/^[\s\d.]*$/.test(text)) return Number(digits);
  const bits = unit === "b" || /^bit/i.test(unit);
  if (bits && (rate === undefined || (unit === "b" && /[mgt]/.test(prefix)))) return undefined;
  const power = ["", "k", "m", "g", "t"].indexOf(prefix.toLowerCase());
  return (Number(digits) * (binary ? 1024 : 1000) ** power) / 1e6 / (bits ? 8 : 1);
}
