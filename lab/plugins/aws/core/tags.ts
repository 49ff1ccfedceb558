import type { Tags } from "./resourceType";

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
