/** An event as Kafka has it: JSON in UTF-8, keyed by user, so that the events of one user keep their order. */
import { checkEvent, limits, type ActivityEvent, type Checked } from "./event";

/** The topic of the events. */
export const eventTopic = "user-activity";

/** The header with the collector's time of acceptance, ms since 1970 in decimal. */
export const acceptedHeader = "accepted";

/** A message of Kafka, in kafkajs' shape. */
export interface EventMessage {
  readonly key: string;
  readonly value: string;
  /** Ms since 1970 in decimal; the same as the header's. */
  readonly timestamp: string;
  readonly headers: Readonly<Record<typeof acceptedHeader, string>>;
}

/**
 * The message of an event that a browser has sent, or why there is none. `received` and what the collector adds are set
 * here, whatever was sent.
 */
export function encodeSent(
  sent: unknown,
  receivedMs: number,
  added: Readonly<Record<string, string>> = {},
): { readonly message: EventMessage } | { readonly reasons: readonly string[] } {
  const isObject = typeof sent === "object" && sent !== null && !Array.isArray(sent);
  const checked = checkEvent(isObject ? { ...sent, ...added, received: new Date(receivedMs).toISOString() } : sent);
  if ("reasons" in checked) return checked;
  const message = messageOf(checked.event);
  const bytes = Buffer.byteLength(message.value);
  return bytes > limits.bytes ? { reasons: [tooLarge(bytes)] } : { message };
}

/** The message of an event. */
export function messageOf(event: ActivityEvent): EventMessage {
  const timestamp = String(Date.parse(event.received));
  return { key: event.user, value: JSON.stringify(event), timestamp, headers: { [acceptedHeader]: timestamp } };
}

/** The event of a message's value, or why there is none. Never throws. */
export function decodeEvent(value: Uint8Array | null): Checked {
  if (value === null) return { reasons: ["event: the message has no value"] };
  if (value.length > limits.bytes) return { reasons: [tooLarge(value.length)] };
  try {
    return checkEvent(JSON.parse(utf8.decode(value)));
  } catch (error) {
    return { reasons: [`event: is no JSON in UTF-8: ${(error as Error).message.slice(0, 200)}`] };
  }
}

const utf8 = new TextDecoder("utf-8", { fatal: true });

function tooLarge(bytes: number): string {
  return `event: has ${bytes} bytes, but at most ${limits.bytes} are taken`;
}
