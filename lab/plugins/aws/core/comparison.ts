import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";

import type { Comparison } from "./property";
import type { Asset, PropertyMap } from "./propertyValues";
import { isAsset, isObject, isUnknown } from "./propertyValues";

/** SHA-256 of an asset's bytes; the engine sends it along, so that the file is rarely read. */
function assetHash(asset: Asset): string {
  if (asset.hash !== undefined && asset.hash !== "") return asset.hash;
  const bytes = asset.path === undefined ? Buffer.from(asset.text ?? "") : readFileSync(asset.path);
  return createHash("sha256").update(bytes).digest("hex");
}

/** Equal in content; what is unknown equals nothing. */
export function equal(a: unknown, b: unknown): boolean {
  if (isUnknown(a) || isUnknown(b)) return false;
  if (a === b) return true;
  if (Array.isArray(a) && Array.isArray(b)) {
    return a.length === b.length && a.every((item, index) => equal(item, b[index]));
  }
  if (isAsset(a) && isAsset(b)) return assetHash(a) === assetHash(b);
  if (isObject(a) && isObject(b)) {
    const keys = new Set([...Object.keys(a), ...Object.keys(b)]);
    return [...keys].every((key) => equal(a[key], b[key]));
  }
  return false;
}

/** Everything in `wanted` is so in `actual`. */
function covers(actual: unknown, wanted: unknown): boolean {
  if (isObject(wanted) && isObject(actual)) {
    return Object.entries(wanted).every(([key, value]) => covers(actual[key], value));
  }
  if (Array.isArray(wanted) && Array.isArray(actual)) {
    return wanted.length === actual.length && wanted.every((item, index) => covers(actual[index], item));
  }
  return equal(actual, wanted);
}

function sameSet(a: unknown, b: unknown): boolean {
  if (!Array.isArray(a) || !Array.isArray(b) || a.length !== b.length) return equal(a, b);
  const left: unknown[] = [...(b as unknown[])];
  return a.every((item) => {
    const index = left.findIndex((other) => equal(item, other));
    if (index < 0) return false;
    left.splice(index, 1);
    return true;
  });
}

/** The order of a policy's actions, resources and principals, and one or a list of one, mean the same. */
function canonicalJson(value: unknown, key = ""): unknown {
  if (Array.isArray(value)) {
    const items = value.map((item) => canonicalJson(item));
    if (key === "Statement") return items;
    if (items.length === 1) return items[0];
    return items.every((item) => typeof item === "string") ? [...items].sort() : items;
  }
  if (!isObject(value)) return value;
  const entries = Object.entries(value).map(([name, item]) => {
    const listed = name === "Statement" && !Array.isArray(item) ? [item] : item;
    return [name, canonicalJson(listed, name)] as const;
  });
  return Object.fromEntries(entries);
}

function sameJson(a: unknown, b: unknown): boolean {
  if (typeof a !== "string" || typeof b !== "string") return equal(a, b);
  try {
    return equal(canonicalJson(JSON.parse(a)), canonicalJson(JSON.parse(b)));
  } catch {
    return a === b;
  }
}

/** Whether what is wanted is what there is, as the property's kind of comparison has it. */
export function same(compare: Comparison, wanted: unknown, actual: unknown): boolean {
  switch (compare) {
    case "set":
      return sameSet(wanted, actual);
    case "json":
      return sameJson(wanted, actual);
    case "subset":
      return covers(actual, wanted);
    case "exact":
      return equal(wanted, actual);
  }
}

/** A property that differs, down to the smallest part. */
export interface Difference {
  /** `tags.Name`, `networkInterfaces[0].securityGroups`. */
  readonly path: string;
  readonly kind: "add" | "delete" | "update";
}

function step(path: string, key: string): string {
  if (path === "") return key;
  return /^[A-Za-z_$][\w$]*$/.test(key) ? `${path}.${key}` : `${path}[${JSON.stringify(key)}]`;
}

/** The smallest differing parts of two values that are known to differ. */
export function differences(path: string, before: unknown, after: unknown): Difference[] {
  if (before === undefined) return [{ path, kind: "add" }];
  if (after === undefined) return [{ path, kind: "delete" }];
  if (isObject(before) && isObject(after) && !isAsset(before) && !isAsset(after)) {
    const keys = [...new Set([...Object.keys(before), ...Object.keys(after)])];
    return keys
      .filter((key) => !equal(before[key], after[key]))
      .flatMap((key) => differences(step(path, key), before[key], after[key]));
  }
  if (Array.isArray(before) && Array.isArray(after)) {
    const length = Math.max(before.length, after.length);
    const parts = Array.from({ length }, (_, index) => index).filter((index) => !equal(before[index], after[index]));
    return parts.flatMap((index) => differences(`${path}[${index}]`, before[index], after[index]));
  }
  return [{ path, kind: "update" }];
}

export function withoutUndefined(map: PropertyMap): PropertyMap {
  return Object.fromEntries(Object.entries(map).filter(([, value]) => value !== undefined));
}
