/** An event as Kafka has it: JSON in UTF-8, keyed by user, so that the events of one user keep their order. */
import { checkEvent, limits, type Checked } from "./event";

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

/** The message of an event that a browser has sent, or why there is none. `received` is set here, whatever was sent. */
export function encodeSent(
  sent: unknown,
  receivedMs: number,
): { readonly message: EventMessage } | { readonly reasons: readonly string[] } {
  const isObject = typeof sent === "object" && sent !== null && !Array.isArray(sent);
  const checked = checkEvent(isObject ? { ...sent, received: new Date(receivedMs).toISOString() } : sent);
  if ("reasons" in checked) return checked;
  const value = JSON.stringify(checked.event);
  const bytes = Buffer.byteLength(value);
  if (bytes > limits.bytes) return { reasons: [tooLarge(bytes)] };
  const timestamp = String(receivedMs);
  return { message: { key: checked.event.user, value, timestamp, headers: { [acceptedHeader]: timestamp } } };
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
