import type { Values } from "../../settings/schema";

/** What a roll may pass over for one topic, on one day. */
export type RollOverride = Values["rollOverride"][number];

/** The overrides as a word of a command line: `user-activity:writes+moving:2026-11-29:INC-7;…`. */
export function overrideText(overrides: readonly RollOverride[]): string {
  return overrides
    .map(({ topic, passOver, day, reason }) => [topic, passOver.join("+"), day, reason].join(":"))
    .join(";");
}

/** Reads what {@link overrideText} has written. Throws when it is something else. */
export function parseOverrides(text: string): RollOverride[] {
  return text.split(";").map((entry) => {
    const [, topic, passOver, day, reason] = /^([^:]+):([a-z+]+):([\d-]+):(.+)$/.exec(entry) ?? [];
    if (topic === undefined || passOver === undefined || day === undefined || reason === undefined)
      throw new Error(`--override ${text}: TOPIC:CHECKS:DAY:REASON is wanted`);
    return { topic, passOver: passOver.split("+") as RollOverride["passOver"][number][], day, reason };
  });
}
