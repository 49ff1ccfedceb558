import type { Fault } from "../faults";
import type { LearnedTypes } from "../instanceTypes";
import type { Values } from "../schema";

/** The values that are sound by themselves; a key with a fault of its own is missing. */
export type SoundValues = { readonly [Key in keyof Values]?: Values[Key] } & {
  readonly region?: string;
} & LearnedTypes;
type Known = Values & LearnedTypes & { readonly region: string };

/** A rule over several settings: the faults that their values have together. */
export type Rule = (values: SoundValues) => Fault[];

/** A rule over several keys; it is passed over when one of them has a fault of its own, which is told already. */
export function rule<const Keys extends readonly (keyof Known)[]>(
  keys: Keys,
  check: (...values: { [Index in keyof Keys]: Known[Keys[Index]] }) => Fault | Fault[] | undefined,
): Rule {
  return (values) => {
    const inputs = keys.map((key) => values[key]);
    if (inputs.includes(undefined)) return [];
    const found = check(...(inputs as unknown as { [Index in keyof Keys]: Known[Keys[Index]] }));
    return found === undefined ? [] : Array.isArray(found) ? found : [found];
  };
}
