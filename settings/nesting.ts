import type { Fault } from "./faults";
import { schema, settingKeys, type SettingKey } from "./schema";

/*
 * The two forms of the settings: flat as a stack's configuration has them (`brokerCount`), nested as the program and
 * the arguments of a component have them (`brokers.count`).
 */

type Nested = Readonly<Record<string, unknown>>;

const keyAt: ReadonlyMap<string, SettingKey> = new Map(settingKeys.map((key) => [schema[key].place, key]));
const groups: ReadonlySet<string> = new Set(
  settingKeys.flatMap((key) => (schema[key].place.includes(".") ? schema[key].place.split(".", 1) : [])),
);

/** The nested settings, with each flat value at its place. */
export function nest(values: Readonly<Record<SettingKey, unknown>>): Record<string, unknown> {
  const nested: Record<string, unknown> = {};
  for (const key of settingKeys) {
    const [group = "", name] = schema[key].place.split(".");
    if (name === undefined) nested[group] = values[key];
    else nested[group] = { ...(nested[group] as Nested | undefined), [name]: values[key] };
  }
  return nested;
}

/**
 * The flat configuration that nested arguments stand for, with their values as they are. What is undefined is left out;
 * what is no argument keeps its path (`brokers.cuont`), so that the check names it.
 */
export function flatten(args: object): Record<string, unknown> {
  const places = Object.entries(args).flatMap(([name, value]): (readonly [string, unknown])[] =>
    groups.has(name) && typeof value === "object" && value !== null
      ? Object.entries(value as Nested).map(([inner, innerValue]) => [`${name}.${inner}`, innerValue] as const)
      : [[name, value]],
  );
  const given = places.filter(([, value]) => value !== undefined);
  return Object.fromEntries(given.map(([place, value]) => [keyAt.get(place) ?? place, value]));
}

/** The argument of a component that a setting is: `brokers.count` for `brokerCount`. */
export function argumentPath(key: SettingKey): string {
  return schema[key].place;
}

/** A flat key as a whole word; not one that is a part of a path, or a name of `pulumi config`. */
const flatKey = new RegExp(`(?<![\\w.:-])(${settingKeys.join("|")})(?![\\w-])`, "g");

/** A text with the arguments of a component in place of the flat keys. */
export function withArgumentPaths(text: string): string {
  return text.replaceAll(flatKey, (key) => argumentPath(key as SettingKey));
}

/** A fault that names the arguments of a component, in its path and in its message. */
export function argumentFault({ path, message }: Fault): Fault {
  return { path: withArgumentPaths(path), message: withArgumentPaths(message) };
}
