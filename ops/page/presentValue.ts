/** The points at the end of a line of which the last is its present value: the newest ones may still be missing. */
const newest = 3;

/** The value that a line has at its end; undefined for one that has ended before, as that of a group that is gone. */
export function presentValue({ values }: { readonly values: readonly (number | null)[] }): number | undefined {
  return values.slice(-newest).findLast((value) => value !== null) ?? undefined;
}
