import type { Context } from "./context";
import type { Tagging, Tags } from "./resourceType";

/** Tags in the form that most AWS calls take. */
export function tagList(tags: Tags): { Key: string; Value: string }[] {
  return Object.entries(tags).map(([Key, Value]) => ({ Key, Value }));
}

interface KeyAndValue {
  readonly Key?: string | undefined;
  readonly Value?: string | undefined;
}

/** Tags that AWS itself sets (aws:…) are not the program's business. */
export function tagsFrom(list: readonly KeyAndValue[] | undefined): Tags {
  const own = (list ?? []).filter(({ Key }) => Key !== undefined && !Key.startsWith("aws:"));
  return Object.fromEntries(own.map(({ Key = "", Value = "" }) => [Key, Value]));
}

/** The tagging of a service that has a call for setting tags and another for taking them off. */
export function taggingBy(calls: {
  readonly tag: (context: Context, id: string, tags: Tags) => Promise<unknown>;
  readonly untag: (context: Context, id: string, keys: string[]) => Promise<unknown>;
}): Tagging {
  return {
    async retag(context, id, set, remove) {
      if (remove.length > 0) await calls.untag(context, id, [...remove]);
      if (Object.keys(set).length > 0) await calls.tag(context, id, set);
    },
  };
}
