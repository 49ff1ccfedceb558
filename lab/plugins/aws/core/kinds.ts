/** Kinds of values that AWS accepts, as zod schemas; each says its rule in words. */
import * as z from "zod";

export const text = z.string();
export const flag = z.boolean();
export const textList = z.array(z.string());

/** Booleans that the provider's schema has as text (launch templates: unset, "true" and "false" differ). */
export const flagText = z.enum(["true", "false"]);

export function textOf(rule: RegExp, words: string) {
  return z.string().regex(rule, `must be ${words}`);
}

export function shortText(most: number, least = 0) {
  return z
    .string()
    .min(least, `must have at least ${least} characters`)
    .max(most, `must have at most ${most} characters`);
}

export function integer(least: number, most: number) {
  const words = `must be a whole number from ${least} to ${most}`;
  return z.number().int(words).min(least, words).max(most, words);
}

export function oneOf<const V extends readonly [string, ...string[]]>(...values: V) {
  return z.enum(values, { error: () => `must be one of ${values.join(", ")}` });
}

/** An EC2-like id: `vpc-` and 8 to 17 hexadecimal digits. */
export function idOf(prefix: string) {
  return textOf(new RegExp(`^${prefix}-[0-9a-f]{8,17}$`), `an id like ${prefix}-0123456789abcdef0`);
}

function ipv4Number(address: string): number | undefined {
  const parts = address.split(".");
  if (parts.length !== 4) return undefined;
  let number = 0;
  for (const part of parts) {
    if (!/^(0|[1-9]\d{0,2})$/.test(part) || Number(part) > 255) return undefined;
    number = number * 256 + Number(part);
  }
  return number;
}

export interface Ipv4Block {
  readonly first: number;
  readonly prefix: number;
  readonly size: number;
}

/** Undefined when the text is no IPv4 block with its network address. */
function parseIpv4Block(block: string): Ipv4Block | undefined {
  const [address = "", length = "", ...rest] = block.split("/");
  const first = ipv4Number(address);
  if (first === undefined || rest.length > 0 || !/^\d{1,2}$/.test(length) || Number(length) > 32) return undefined;
  const size = 2 ** (32 - Number(length));
  return first % size === 0 ? { first, prefix: Number(length), size } : undefined;
}

export function isInBlock(address: string, block: string): boolean {
  const number = ipv4Number(address);
  const parsed = parseIpv4Block(block);
  return number !== undefined && parsed !== undefined && number >= parsed.first && number < parsed.first + parsed.size;
}

/** AWS keeps the first four addresses and the last of a subnet for itself. */
export function isReservedInSubnet(address: string, block: string): boolean {
  const number = ipv4Number(address);
  const parsed = parseIpv4Block(block);
  if (number === undefined || parsed === undefined) return false;
  return number < parsed.first + 4 || number === parsed.first + parsed.size - 1;
}

export const ipv4Address = z
  .string()
  .refine((value) => ipv4Number(value) !== undefined, "must be an IPv4 address like 10.0.0.10");

/** An IPv4 block whose host bits are zero, of a size in the given range. */
export function ipv4Block(shortestPrefix = 0, longestPrefix = 32) {
  return z.string().superRefine((value, check) => {
    const parsed = parseIpv4Block(value);
    if (parsed === undefined) {
      check.addIssue({
        code: "custom",
        message: "must be an IPv4 CIDR block with its network address, like 10.0.0.0/24",
      });
    } else if (parsed.prefix < shortestPrefix || parsed.prefix > longestPrefix) {
      check.addIssue({ code: "custom", message: `must be of a size from /${shortestPrefix} to /${longestPrefix}` });
    }
  });
}

export const zoneName = textOf(/^[a-z]{2}(-[a-z]+)+-\d+[a-z]$/, "an Availability Zone like us-east-1a");
export const instanceTypeName = textOf(/^[a-z][a-z0-9-]*\.[a-z0-9-]+$/, "an instance type like t3.micro");

/** A JSON document (policies): an object, as text. */
const jsonDocument = z.string().superRefine((value, check) => {
  let parsed: unknown;
  try {
    parsed = JSON.parse(value);
  } catch (error) {
    check.addIssue({ code: "custom", message: `must be a JSON document: ${(error as Error).message}` });
    return;
  }
  if (typeof parsed !== "object" || parsed === null || Array.isArray(parsed)) {
    check.addIssue({ code: "custom", message: "must be a JSON object" });
  }
});

/** An IAM or bucket policy: a JSON object with a version and well-formed statements. */
export const policyDocument = jsonDocument.superRefine((value, check) => {
  let parsed: unknown;
  try {
    parsed = JSON.parse(value);
  } catch {
    return; // said by jsonDocument
  }
  if (typeof parsed !== "object" || parsed === null) return;
  const { Version, Statement, ...rest } = parsed as { Version?: unknown; Statement?: unknown; Id?: unknown };
  delete rest.Id;
  const complain = (message: string) => check.addIssue({ code: "custom", message });
  if (Version !== undefined && Version !== "2012-10-17" && Version !== "2008-10-17") {
    complain(`policy Version must be "2012-10-17"`);
  }
  for (const key of Object.keys(rest)) complain(`policy has an unknown element ${key}`);
  const statements = (Array.isArray(Statement) ? Statement : [Statement]) as unknown[];
  statements.forEach((statement, index) => {
    const keys = typeof statement === "object" && statement !== null ? Object.keys(statement) : [];
    const where = `policy statement ${index + 1}`;
    if (keys.length === 0) return complain(`${where} must be an object with Effect, Action and Resource`);
    const { Effect } = statement as { Effect?: unknown };
    if (Effect !== "Allow" && Effect !== "Deny") complain(`${where}: Effect must be Allow or Deny`);
    if (!keys.includes("Action") && !keys.includes("NotAction")) complain(`${where}: Action is missing`);
    for (const key of keys.filter((name) => !policyElements.has(name))) {
      complain(`${where} has an unknown element ${key}`);
    }
  });
});

const policyElements = new Set([
  "Sid",
  "Effect",
  "Principal",
  "NotPrincipal",
  "Action",
  "NotAction",
  "Resource",
  "NotResource",
  "Condition",
]);

/** As the real provider, which takes no plain ids and aliases. */
export const keyArn = textOf(/^arn:aws[a-z-]*:kms:[^:]+:\d{12}:(key|alias)\/.+$/, "the ARN of a KMS key");

/** Base64 of at most so many bytes. */
export function base64(mostBytes = Number.POSITIVE_INFINITY) {
  return z.string().superRefine((value, check) => {
    if (!/^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/.test(value)) {
      check.addIssue({ code: "custom", message: "must be base64" });
      return;
    }
    const bytes = Buffer.byteLength(value, "base64");
    if (bytes > mostBytes) {
      check.addIssue({ code: "custom", message: `must decode to at most ${mostBytes} bytes; these are ${bytes}` });
    }
  });
}

/** AWS's limit for user data, before base64. */
export const mostUserDataBytes = 16384;

const tagKey = shortText(128, 1).refine(
  (key) => !/^aws:/i.test(key),
  `must not begin with "aws:", which AWS keeps to itself`,
);

export const tagMap = z
  .record(tagKey, shortText(256))
  .refine((tags) => Object.keys(tags).length <= 50, "must be at most 50 tags");

/** A list without duplicates. */
export function setOf<S extends z.ZodType<string>>(item: S) {
  return z.array(item).refine((items) => new Set(items).size === items.length, "must not hold an item twice");
}
