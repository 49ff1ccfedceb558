/** Pulumi's wire form of property values (unknown, secret, output, asset) against plain values. */

export type PropertyMap = Record<string, unknown>;

/** Marks special objects on the wire; the values beside it are fixed by Pulumi (sdk/go/common/resource/sig). */
const signatureKey = "4dabf18193072939515e22adb298388d";
const secretSignature = "1b47061264138c4ac30d75fd1eb44270";
const outputSignature = "d0e6a833031e9bbcd3f4e8bde6ca49a4";
const resourceSignature = "5cf8f73096256a8f31e491e813e4eb8e";
const assetSignature = "c44067f5952c0a294b673a41bacd8c17";
const archiveSignature = "0def7320c3a5731c473e5ecbe6d01bc7";

/** What stands for an unknown string; the engine also has one for each other type. */
const unknownText = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";
const unknownMarks = new Set([
  unknownText,
  "1c4a061d-8072-4f0a-a4cb-0ff528b18fe7", // boolean
  "3eeb2bf0-c639-47a8-9e75-3b44932eb421", // number
  "6a19a0b0-7e62-4c92-b797-7f8e31da9cc2", // array
  "030794c1-ac77-496b-92df-f27374a8bd58", // asset
  "e48ece36-62e2-4504-bad9-02848725956a", // archive
  "dd056dcd-154b-4c76-9bd3-c8f88648b5ff", // object
]);

class Unknown {
  toString(): string {
    return "(unknown until it is made)";
  }
}

/** A value that is known only after another resource has been made (in previews). */
export const UNKNOWN: unknown = new Unknown();

export function isUnknown(value: unknown): boolean {
  return value instanceof Unknown;
}

export function isObject(value: unknown): value is PropertyMap {
  return typeof value === "object" && value !== null && !Array.isArray(value) && !isUnknown(value);
}

export function containsUnknown(value: unknown): boolean {
  if (Array.isArray(value)) return value.some(containsUnknown);
  if (isObject(value)) return Object.values(value).some(containsUnknown);
  return isUnknown(value);
}

/** An asset as Pulumi sends it; `hash` is the SHA-256 of its bytes. */
export interface Asset {
  readonly [signatureKey]: typeof assetSignature;
  readonly hash?: string;
  readonly path?: string;
  readonly text?: string;
  readonly uri?: string;
}

export function isAsset(value: unknown): value is Asset {
  return isObject(value) && value[signatureKey] === assetSignature;
}

/** Wire to plain: secrets are opened, unknowns become `UNKNOWN`, nulls are left out of objects. */
function fromWire(value: unknown): unknown {
  if (typeof value === "string") return unknownMarks.has(value) ? UNKNOWN : value;
  if (Array.isArray(value)) return value.map(fromWire);
  if (!isObject(value)) return value;
  switch (value[signatureKey]) {
    case secretSignature:
      return fromWire(value.value);
    case outputSignature:
      return "value" in value ? fromWire(value.value) : UNKNOWN;
    case resourceSignature:
      return "id" in value && value.id !== "" ? fromWire(value.id) : value.id === "" ? UNKNOWN : value.urn;
    case assetSignature:
    case archiveSignature:
      return value;
  }
  const plain: PropertyMap = {};
  for (const [key, item] of Object.entries(value)) {
    if (item !== null && item !== undefined) plain[key] = fromWire(item);
  }
  return plain;
}

export function mapFromWire(value: unknown): PropertyMap {
  const plain = fromWire(value ?? {});
  return isObject(plain) ? plain : {};
}

/** Plain to wire; what is undefined is left out. */
function toWire(value: unknown): unknown {
  if (isUnknown(value)) return unknownText;
  if (Array.isArray(value)) return value.map((item) => toWire(item ?? null));
  if (!isObject(value)) return value;
  const wire: PropertyMap = {};
  for (const [key, item] of Object.entries(value)) {
    if (item !== undefined) wire[key] = toWire(item);
  }
  return wire;
}

function isSecret(wire: unknown): boolean {
  if (!isObject(wire)) return false;
  return wire[signatureKey] === secretSignature || (wire[signatureKey] === outputSignature && wire.secret === true);
}

function containsSecret(wire: unknown): boolean {
  if (isSecret(wire)) return true;
  if (Array.isArray(wire)) return wire.some(containsSecret);
  return isObject(wire) && Object.values(wire).some(containsSecret);
}

/** Names of the top-level properties of a wire map that are, or hold, a secret. */
export function secretKeys(wire: unknown): Set<string> {
  if (!isObject(wire)) return new Set();
  return new Set(Object.keys(wire).filter((key) => containsSecret(wire[key])));
}

/** Plain map to wire, with the named top-level properties marked secret as a whole. */
export function toWireWithSecrets(plain: PropertyMap, secrets: ReadonlySet<string>): PropertyMap {
  const wire: PropertyMap = {};
  for (const [key, value] of Object.entries(plain)) {
    if (value === undefined) continue;
    const item = toWire(value);
    wire[key] = secrets.has(key) ? { [signatureKey]: secretSignature, value: item } : item;
  }
  return wire;
}

/** For tests and for callers that build requests themselves. */
export function secretOf(value: unknown): PropertyMap {
  return { [signatureKey]: secretSignature, value };
}

export function fileAsset(path: string, hash?: string): PropertyMap {
  return { [signatureKey]: assetSignature, path, ...(hash === undefined ? {} : { hash }) };
}

export function textAsset(text: string, hash?: string): PropertyMap {
  return { [signatureKey]: assetSignature, text, ...(hash === undefined ? {} : { hash }) };
}
