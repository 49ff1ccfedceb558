/** Checks the inputs of a resource or function against its table. */
import type { Fault } from "./errors";
import { show } from "./errors";
import { nearest } from "./nearest";
import type { Properties, Property } from "./property";
import type { PropertyMap } from "./propertyValues";
import { containsUnknown, isObject, isUnknown } from "./propertyValues";
import type { Draft } from "./resourceType";

interface Table {
  readonly properties: Properties;
  readonly regional: boolean;
  check?(draft: Draft<Properties>): Fault[];
}

function valueAt(root: unknown, path: readonly PropertyKey[]): unknown {
  let value = root;
  for (const key of path) {
    if (isUnknown(value)) return value;
    if (!isObject(value) && !Array.isArray(value)) return undefined;
    value = (value as Record<PropertyKey, unknown>)[key];
  }
  return value;
}

function pathText(property: string, path: readonly PropertyKey[]): string {
  return path.reduce<string>(
    (text, key) => (typeof key === "number" ? `${text}[${key}]` : `${text}.${String(key)}`),
    property,
  );
}

function valueFaults(name: string, property: Property, value: unknown, secret: boolean): Fault[] {
  const parsed = property.schema.safeParse(value);
  if (parsed.success) return [];
  return parsed.error.issues.flatMap((issue) => {
    // A value that is not known yet cannot be judged; it is looked at again when it is.
    const culprit = valueAt(value, issue.path);
    if (isUnknown(culprit)) return [];
    const path = pathText(name, issue.path);
    if (issue.code === "unrecognized_keys") {
      return issue.keys.map((key) => ({
        property: name,
        reason: `${path}.${key}: no such property, or not supported by the local stand-in for the AWS provider`,
      }));
    }
    if (culprit === undefined) return [{ property: name, reason: `${path}: missing (${issue.message})` }];
    return [{ property: name, reason: `${path} = ${show(culprit, secret)}: ${issue.message}` }];
  });
}

/** All faults at once; `secrets` names the properties whose values must not be shown. */
export function checkInputs(
  table: Table,
  inputs: PropertyMap,
  region: string | undefined,
  secrets: ReadonlySet<string>,
): Fault[] {
  const faults: Fault[] = [];
  const known = Object.keys(table.properties);
  for (const [name, value] of Object.entries(inputs)) {
    if (name.startsWith("__")) continue;
    const property = table.properties[name];
    if (property === undefined) {
      faults.push({ property: name, reason: `${name}: no such property${nearest(name, known)}` });
    } else if (!property.supported) {
      faults.push({ property: name, reason: `${name}: not supported by the local stand-in for the AWS provider` });
    } else if (!isUnknown(value)) {
      faults.push(...valueFaults(name, property, value, secrets.has(name)));
    }
  }
  for (const [name, property] of Object.entries(table.properties)) {
    if (property.required && !(name in inputs)) faults.push({ property: name, reason: `${name}: missing` });
  }
  if (table.regional && typeof inputs.region === "string" && region !== undefined && inputs.region !== region) {
    faults.push({
      property: "region",
      reason:
        `region = ${show(inputs.region)}: not supported by the local stand-in, which works in one region ` +
        `(${region})`,
    });
  }
  // Rules across properties make sense only for values that are right by themselves.
  if (faults.length > 0 || table.check === undefined) return faults;
  const settled = Object.fromEntries(Object.entries(inputs).filter(([, value]) => !containsUnknown(value)));
  return table.check({ inputs: settled, given: (name) => name in inputs });
}
