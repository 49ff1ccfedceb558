import type { z } from "zod";

/**
 * The type of a setting's value. `number` may have a fraction; `list` is of texts, `objects` is a list of maps with
 * known fields.
 */
export type SettingType = "text" | "integer" | "number" | "boolean" | "list" | "objects" | "map";

/** The types that a value of this kind can be declared with. */
type TypeOf<Value> = Value extends boolean
  ? "boolean"
  : Value extends number
    ? "integer" | "number"
    : Value extends string
      ? "text"
      : Value extends readonly string[]
        ? "list"
        : Value extends readonly object[]
          ? "objects"
          : "map";

/** A value with a name: a setting, or one field of the maps in a setting of type `objects`. */
export interface Field<Rule extends z.ZodType = z.ZodType> {
  readonly type: SettingType;
  readonly unit?: string;
  /** The value where nothing is given, `null` for nothing; without a default it must be given. */
  readonly default?: unknown;
  /** The description in plain sentences: what it is, what empty means, limits, and the cost where there is one. */
  readonly description: string;
  /** The rule that its value keeps by itself; rules between settings are in `settings/rules`. */
  readonly rule: Rule;
  /** The only texts that it takes. */
  readonly values?: readonly string[];
  /**
   * True when it decides how many resources there are, or how they are named: a component takes it as it is, not as an
   * `Input`.
   */
  readonly plain?: true;
}

/** The declaration of one setting, and the only place where it stands. */
export interface Setting<Place extends string = string, Rule extends z.ZodType = z.ZodType> extends Field<Rule> {
  /** The place in `Settings` and in a component's arguments: `brokers.count`, or `topics` at the root. */
  readonly place: Place;
  readonly default: unknown;
  readonly example?: unknown;
  /** True when the value is never shown. */
  readonly secret?: true;
  /** The fields of each item of `objects`, and the name of its type. */
  readonly items?: {
    readonly type: string;
    readonly description: string;
    readonly fields: Readonly<Record<string, Field>>;
  };
}

/** A setting whose type agrees with what its rule gives. */
export function setting<const Place extends string, Rule extends z.ZodType>(
  entry: Setting<Place, Rule> & { readonly type: TypeOf<z.output<Rule>> },
): Setting<Place, Rule> {
  return entry;
}

/** The rules of an item's fields, as zod takes them for an object. */
export function rulesOf<Fields extends Readonly<Record<string, Field>>>(
  fields: Fields,
): { [Name in keyof Fields]: Fields[Name]["rule"] } {
  return Object.fromEntries(Object.entries(fields).map(([name, { rule }]) => [name, rule])) as {
    [Name in keyof Fields]: Fields[Name]["rule"];
  };
}
