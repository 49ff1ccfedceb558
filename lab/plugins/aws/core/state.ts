/** From what AWS says to the resource's outputs and inputs. */
import { same } from "./comparison";
import type { Property } from "./property";
import type { PropertyMap } from "./propertyValues";
import { isObject } from "./propertyValues";
import type { AnyResourceType, Tags } from "./resourceType";

function isEmpty(value: unknown): boolean {
  if (value === undefined || value === "" || value === false) return true;
  if (Array.isArray(value)) return value.length === 0;
  return isObject(value) && Object.keys(value).length === 0;
}

/** The program's own form (order, layout) is kept where it means the same as AWS's. */
function inProgramsForm(property: Property | undefined, wanted: unknown, live: unknown): unknown {
  if (property === undefined || wanted === undefined) return live;
  const keep = property.compare !== "subset" && same(property.compare, wanted, live);
  return keep ? wanted : live;
}

/** All tags of a resource, as against those that the program gave it itself. */
function ownTags(all: Tags, defaults: Tags, given: Tags): Tags {
  return Object.fromEntries(Object.entries(all).filter(([key, value]) => key in given || defaults[key] !== value));
}

/** Outputs after create, update or refresh: what was asked for, overlaid with what AWS says. */
export function outputsOf(
  type: AnyResourceType,
  inputs: PropertyMap,
  live: PropertyMap,
  region: string,
  defaultTags: Tags,
): PropertyMap {
  const outputs: PropertyMap = {};
  for (const [name, value] of Object.entries(inputs)) {
    if (!name.startsWith("__")) outputs[name] = value;
  }
  for (const [name, value] of Object.entries(live)) {
    if (value !== undefined) outputs[name] = inProgramsForm(type.properties[name], inputs[name], value);
  }
  if (type.regional) outputs.region = region;
  if (type.tagging !== undefined) {
    const all = (live.tags ?? {}) as Tags;
    outputs.tagsAll = all;
    outputs.tags = ownTags(all, defaultTags, (inputs.tags ?? {}) as Tags);
  }
  return outputs;
}

/**
 * Inputs after a refresh: where AWS differs from them, AWS's value. Without inputs (import): all that says something.
 */
export function inputsAfterRead(type: AnyResourceType, inputs: PropertyMap, outputs: PropertyMap): PropertyMap {
  const importing = Object.keys(inputs).length === 0;
  const result: PropertyMap = importing ? {} : { ...inputs };
  for (const [name, property] of Object.entries(type.properties)) {
    const live = outputs[name];
    const wanted = inputs[name];
    if (wanted !== undefined) {
      if (live !== undefined && !same(property.compare, wanted, live)) result[name] = live;
    } else if (property.supported && !isEmpty(live) && name !== "region" && (importing || !property.computed)) {
      // Something was set behind Pulumi's back that the program does not set.
      result[name] = live;
    }
  }
  return result;
}
