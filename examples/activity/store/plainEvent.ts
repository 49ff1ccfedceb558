/**
 * A short cut for the events that nearly all are: it takes a tenth of the time of the schema, which decides on the
 * others. A test holds that both say the same.
 */
import { isUtf8 } from "node:buffer";
import { eventTypes, limits, type ActivityEvent } from "../events/event";
import { columns } from "./row";

const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-[1-8][0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;
/** The times that `toISOString` writes; only the schema knows which years have a 29 February. */
const day = "(?:0[1-9]|1[0-2])-(?:0[1-9]|1\\d|2[0-8])|(?:0[13-9]|1[0-2])-(?:29|30)|(?:0[13578]|1[02])-31";
const time = new RegExp(`^[12]\\d{3}-(?:${day})T(?:[01]\\d|2[0-3]):[0-5]\\d:[0-5]\\d\\.\\d{3}Z$`);
const backslash = 0x5c;
const types: ReadonlySet<unknown> = new Set(eventTypes);

/**
 * The event of a message's value when it is a plain one; undefined when the schema has to look at it. No text in a
 * plain event has a character that JSON or COPY writes in another way.
 */
export function plainEvent(value: Buffer): ActivityEvent | undefined {
  // Without a backslash there is no escape, and so neither NUL nor half a surrogate pair.
  if (value.length > limits.bytes || value.includes(backslash) || !isUtf8(value)) return undefined;
  let event: Record<string, unknown>;
  try {
    event = JSON.parse(value.toString()) as Record<string, unknown>;
  } catch {
    return undefined;
  }
  if (typeof event !== "object" || event === null) return undefined;
  for (const name in event) if (!columns.has(name) && !isKeepable(name, event[name])) return undefined;
  const { id, type, user, session, at, received, page, referrer, button, seconds } = event;
  const isPlain =
    types.has(type) &&
    typeof id === "string" &&
    uuid.test(id) &&
    isText(user, limits.name) &&
    isText(session, limits.name) &&
    isText(page, limits.url) &&
    (referrer === undefined || isText(referrer, limits.url)) &&
    (button === undefined ? type !== "button_click" : isText(button, limits.button)) &&
    (seconds === undefined ? type !== "time_on_page" : isSeconds(seconds)) &&
    typeof at === "string" &&
    time.test(at) &&
    typeof received === "string" &&
    time.test(received) &&
    // Within one day, or the schema compares them.
    at.slice(0, 10) === received.slice(0, 10);
  return isPlain ? (event as ActivityEvent) : undefined;
}

function isKeepable(name: string, value: unknown): boolean {
  if (name === "__proto__") return false;
  return typeof value === "number" ? Number.isFinite(value) : typeof value !== "object" || value === null;
}

function isText(value: unknown, most: number): boolean {
  return typeof value === "string" && value.length > 0 && value.length <= most;
}

function isSeconds(value: unknown): boolean {
  return typeof value === "number" && value >= 0 && value <= limits.seconds;
}
