import * as z from "zod";

import type { Context } from "./context";

/**
 * How two values of a property are compared: `set` ignores order, `json` the layout of a JSON document, `subset` what
 * only AWS filled in.
 */
export type Comparison = "exact" | "set" | "json" | "subset";

/** Says whether an id names something that exists. */
export interface Reference {
  /** In words, e.g. "VPC". */
  readonly noun: string;
  exists(context: Context, id: string): Promise<boolean>;
}

/** One input property of a resource type or function, as the real provider's schema has it. */
export interface Property<S extends z.ZodType = z.ZodType, Present extends boolean = boolean> {
  readonly schema: S;
  readonly present: Present;
  readonly required: boolean;
  /** AWS fills it in when it is not given; no longer giving it changes nothing ("Optional + Computed"). */
  readonly computed: boolean;
  /** A change makes a new resource ("ForceNew"). */
  readonly replaces: boolean;
  readonly compare: Comparison;
  /** JSON text that may be given as an object too; it is turned into text before the check. */
  readonly document: boolean;
  readonly default?: unknown;
  readonly supported: boolean;
  readonly reference?: Reference;
}

interface Options {
  readonly computed?: boolean;
  readonly replaces?: boolean;
  readonly compare?: Comparison;
  readonly document?: boolean;
  readonly reference?: Reference;
}

function property(options: Options) {
  return {
    required: false,
    computed: options.computed ?? false,
    replaces: options.replaces ?? false,
    compare: options.compare ?? "exact",
    document: options.document ?? false,
    supported: true,
    reference: options.reference,
  } as const;
}

export function required<S extends z.ZodType>(schema: S, options: Options = {}): Property<S, true> {
  return { ...property(options), schema, present: true, required: true };
}

export function optional<S extends z.ZodType>(schema: S, options: Options = {}): Property<S, false> {
  return { ...property(options), schema, present: false };
}

/** Has the real provider's default value when not given. */
export function defaulted<S extends z.ZodType>(schema: S, value: z.infer<S>, options: Options = {}): Property<S, true> {
  return { ...property(options), schema, present: true, default: value };
}

/** The real provider has it, this stand-in does not: giving it is an error. */
function unsupported(): Property<z.ZodAny, false> {
  return { ...property({}), schema: z.any(), present: false, supported: false };
}

export type Properties = Readonly<Record<string, Property>>;

/** Types of the checked inputs of a table of properties. */
export type InputsOf<P extends Properties> = {
  readonly [K in keyof P]: P[K] extends Property<infer S, infer Present>
    ? Present extends true
      ? z.infer<S>
      : z.infer<S> | undefined
    : never;
};

/** Shorthand: a table of names that the stand-in refuses. */
export function unsupportedAll<const N extends string>(
  ...names: readonly N[]
): { readonly [K in N]: Property<z.ZodAny, false> } {
  return Object.fromEntries(names.map((name) => [name, unsupported()])) as { [K in N]: Property<z.ZodAny, false> };
}
