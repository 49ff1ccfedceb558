import * as z from "zod";

import type { Filter } from "@aws-sdk/client-ec2";

import { Refusal } from "../core/errors";
import type { Tags } from "../core/resourceType";

/** `filters` of the provider's look-ups. */
export const filterList = z.array(
  z.strictObject({ name: z.string().min(1), values: z.array(z.string()).min(1, "must hold a value") }),
);

export function apiFilters(
  filters: z.infer<typeof filterList> | undefined,
  tags: Tags | undefined,
  ...others: readonly (Filter | undefined)[]
): Filter[] | undefined {
  const all = [
    ...(filters ?? []).map(({ name, values }) => ({ Name: name, Values: values })),
    ...Object.entries(tags ?? {}).map(([key, value]) => ({ Name: `tag:${key}`, Values: [value] })),
    ...others.filter((filter) => filter !== undefined),
  ];
  return all.length > 0 ? all : undefined;
}

/** A filter for a value that may not be given. */
export function filterOn(name: string, value: string | undefined): Filter | undefined {
  return value === undefined ? undefined : { Name: name, Values: [value] };
}

/** Look-ups of one thing fail, as the real provider's do, when there is none or more than one. */
export function theOnly<T>(found: readonly T[] | undefined, what: string): T {
  const [first, ...others] = found ?? [];
  if (first === undefined) {
    throw new Refusal(`no ${what} matches: your query returned no results, change the search criteria and try again`);
  }
  if (others.length > 0) {
    throw new Refusal(
      `${others.length + 1} ${what}s match: your query returned more than one result, use more specific search ` +
        "criteria",
    );
  }
  return first;
}
