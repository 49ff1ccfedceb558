const unitSeconds: Readonly<Record<string, number>> = { ms: 0.001, s: 1, m: 60, h: 3600 };

/** Seconds of a duration as the provider writes it ("10m", "1h30m", "0"); undefined when it is none. */
export function durationSeconds(duration: string): number | undefined {
  if (duration === "0") return 0;
  if (!/^(\d+(\.\d+)?(ms|s|m|h))+$/.test(duration)) return undefined;
  let seconds = 0;
  for (const [, amount = "", unit = ""] of duration.matchAll(/(\d+(?:\.\d+)?)(ms|s|m|h)/g)) {
    seconds += Number(amount) * (unitSeconds[unit] ?? 0);
  }
  return seconds;
}
