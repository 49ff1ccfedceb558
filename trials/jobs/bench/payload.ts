import { generateEvents, randomNumbers } from "../../events";
import type { Payload } from "./parameters";

/**
 * Different events in the file, of which ProducerPerformance picks one for each send: five times as many as a full
 * batch of ours holds, or repetitions would do the work of a compressor that finds them anywhere in it (zstd; gzip only
 * within 32 KiB).
 */
const eventCount = 50_000;
const seed = 20_261_124;
const startTime = Date.UTC(2026, 10, 24);
const newline = 10;

/** The payload file's text, one event a line, and the mean length of an event in bytes. Always the same. */
export function makePayload(payload: Payload): { readonly text: string; readonly meanBytes: number } {
  const events = [...generateEvents({ runId: "bench", count: eventCount, seed, startTime })].map((event) =>
    JSON.stringify(event),
  );
  const lines = payload === "events" ? events : noise(events.map(({ length }) => length));
  const text = `${lines.join("\n")}\n`;
  return { text, meanBytes: Buffer.byteLength(text) / eventCount - 1 };
}

/**
 * Lines of these lengths. ProducerPerformance reads its file as UTF-8, so a byte can be no more random than one of 127
 * characters: the first 128 but the newline. 7 bits in 8, which is what a compressor with an entropy coder makes of it.
 */
function noise(lengths: readonly number[]): string[] {
  const random = randomNumbers(seed);
  const character = () => {
    const code = Math.floor(random() * 127);
    return code < newline ? code : code + 1;
  };
  return lengths.map((length) => String.fromCharCode(...Array.from({ length }, character)));
}
