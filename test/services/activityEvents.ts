import { randomBytes } from "node:crypto";
import { CompressionTypes, Kafka, logLevel } from "kafkajs";

const users = 20_000;
const buttons = ["buy", "add-to-cart", "share", "wish", "compare", "more", "less", "help"];

/** UUID version 7, as the browser makes it. */
function uuid(ms: number): string {
  const bytes = randomBytes(16);
  bytes.writeUIntBE(ms, 0, 6);
  bytes[6] = ((bytes[6] ?? 0) & 15) | 0x70;
  bytes[8] = ((bytes[8] ?? 0) & 63) | 0x80;
  return bytes.toString("hex").replace(/^(.{8})(.{4})(.{4})(.{4})/, "$1-$2-$3-$4-");
}

/** An event of about 290 bytes; with two fields that have no column. */
export function activityEvent(index: number, ms: number): Record<string, unknown> {
  const user = Math.floor(Math.random() * users);
  const time = new Date(ms).toISOString();
  const page = `/shop/category-${index % 17}/product-${index % 200}`;
  const common = { id: uuid(ms), user: `u-${user}`, session: `s-${user}-1764`, at: time, received: time, page };
  const known =
    index % 10 < 5
      ? { ...common, type: "page_view", referrer: "https://www.example.com/search?q=shoes" }
      : index % 10 < 8
        ? { ...common, type: "button_click", button: buttons[index % 8] }
        : { ...common, type: "time_on_page", seconds: (index % 3000) / 10 };
  return { ...known, agent: "Firefox/131 Linux", width: 1920 };
}

const batch = 5_000;

/** Produces so many events, and gives the bytes of an event. */
export async function fillTopic(bootstrapServers: string, topic: string, events: number): Promise<number> {
  const producer = new Kafka({ brokers: [bootstrapServers], logLevel: logLevel.NOTHING }).producer();
  await producer.connect();
  let bytes = 0;
  for (let at = 0; at < events; at += batch) {
    const ms = Date.now();
    const messages = Array.from({ length: batch }, (_, index) => {
      const event = activityEvent(at + index, ms);
      const value = JSON.stringify(event);
      bytes += value.length;
      return { key: String(event.user), value, timestamp: String(ms), headers: { accepted: String(ms) } };
    });
    await producer.send({ topic, messages, compression: CompressionTypes.GZIP });
  }
  await producer.disconnect();
  return bytes / events;
}
