/** What differs between the inputs before and now, and what follows from it. */
import type { Difference } from "./comparison";
import { differences, equal, same } from "./comparison";
import type { PropertyMap } from "./propertyValues";
import type { AnyResourceType, Tags } from "./resourceType";

export interface PropertyDifference extends Difference {
  readonly replaces: boolean;
}

export interface DiffOutcome {
  readonly differences: readonly PropertyDifference[];
  /** Top-level names of what changed and what forces a new resource. */
  readonly changed: readonly string[];
  readonly replaces: readonly string[];
  readonly deleteBeforeReplace: boolean;
}

export function tagsWithDefaults(defaults: Tags, inputs: PropertyMap): Tags {
  return { ...defaults, ...((inputs.tags ?? {}) as Tags) };
}

export function diffInputs(
  type: AnyResourceType,
  oldInputs: PropertyMap,
  state: PropertyMap,
  news: PropertyMap,
  defaultTags: Tags,
): DiffOutcome {
  const found: PropertyDifference[] = [];
  const changed = new Set<string>();
  const replaces = new Set<string>();
  for (const [name, property] of Object.entries(type.properties)) {
    const after = news[name];
    const before = oldInputs[name] ?? state[name];
    if (after === undefined && (property.computed || oldInputs[name] === undefined)) continue;
    if (after !== undefined && before !== undefined && same(property.compare, after, before)) continue;
    // Where a flag, text or list that is not set is the same as an empty one, nothing changes.
    if (before === undefined && (equal(after, "") || equal(after, []) || equal(after, {}))) continue;
    const replacing = property.replaces || (type.replaces?.(name, { olds: oldInputs, news: news, state }) ?? false);
    changed.add(name);
    if (replacing) replaces.add(name);
    const parts = differences(name, before, after);
    const shown: readonly Difference[] = parts.length > 0 ? parts : [{ path: name, kind: "update" }];
    found.push(...shown.map((part) => ({ ...part, replaces: replacing })));
  }
  if (type.tagging !== undefined && state.tagsAll !== undefined && !changed.has("tags")) {
    const after = tagsWithDefaults(defaultTags, news);
    if (!equal(after, state.tagsAll)) {
      changed.add("tagsAll");
      found.push(...differences("tagsAll", state.tagsAll, after).map((part) => ({ ...part, replaces: false })));
    }
  }
  return {
    differences: found,
    changed: [...changed],
    replaces: [...replaces],
    deleteBeforeReplace: replaces.size > 0 && keepsItsName(type, oldInputs, news),
  };
}

/** A name that the program chose and keeps can't be held by two: the old resource must go first. */
function keepsItsName(type: AnyResourceType, oldInputs: PropertyMap, news: PropertyMap): boolean {
  const name = type.autoname?.property;
  if (name === undefined || news[name] === undefined) return false;
  const automatic = (news.__defaults as string[] | undefined)?.includes(name) ?? false;
  return !automatic && equal(oldInputs[name], news[name]);
}
