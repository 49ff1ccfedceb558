import { setMaxListeners } from "node:events";
import { connect, type Socket } from "node:net";
import { setTimeout as pause } from "node:timers/promises";
import type { Address } from "../../../ops/kafka/connection";
import type { Misdeed } from "./misdeeds";

/** What came of a misdeed, over all brokers. */
export interface Outcome {
  readonly name: string;
  /** Connections that were opened. */
  readonly opened: number;
  /** Connections that the broker closed. */
  readonly closed: number;
  /** Connections that could not be made. */
  readonly refused: number;
  /** Bytes that came back. */
  readonly received: number;
}

/** The pause in ms before a connection begins again: a client without any manners. */
const againMs = 20;
/** Connections that are begun in one go. */
const atOnce = 50;

/**
 * Does all misdeeds to all brokers: each by itself, as they would take each other's connections, then all at once.
 * @param ms for each, and for all at once
 * @param signal ends it early
 */
export async function perform(
  brokers: readonly Address[],
  misdeeds: readonly Misdeed[],
  ms: number,
  signal: AbortSignal,
): Promise<Outcome[]> {
  const together = async (some: readonly Misdeed[]) => {
    const ending = new AbortController();
    setMaxListeners(some.length, ending.signal);
    const end = () => ending.abort();
    signal.addEventListener("abort", end);
    const alarm = setTimeout(end, ms);
    try {
      return await Promise.all(some.map((misdeed) => performOne(brokers, misdeed, ending.signal)));
    } finally {
      clearTimeout(alarm);
      signal.removeEventListener("abort", end);
    }
  };
  const outcomes: Outcome[] = [];
  for (const misdeed of misdeeds) if (!signal.aborted) outcomes.push(...(await together([misdeed])));
  const all = signal.aborted ? [] : await together(misdeeds);
  return [...outcomes, ...all.map((one) => ({ ...one, name: `${one.name}, with all others` }))];
}

async function performOne(brokers: readonly Address[], misdeed: Misdeed, signal: AbortSignal): Promise<Outcome> {
  const count = { opened: 0, closed: 0, refused: 0, received: 0 };
  const open = new Set<Socket>();
  const begin = ({ host, port }: Address): void => {
    if (signal.aborted) return;
    const socket = connect({ host, port });
    let isOpen = false;
    open.add(socket);
    const again = () => {
      if (misdeed.again) void pause(againMs).then(() => begin({ host, port }));
    };
    socket.on("connect", () => {
      isOpen = true;
      count.opened++;
      if (misdeed.bytes !== undefined) socket.write(misdeed.bytes());
      if (!misdeed.reads) socket.pause();
    });
    if (misdeed.reads) {
      const answered = answers(() => misdeed.again && misdeed.bytes !== undefined && socket.write(misdeed.bytes()));
      socket.on("data", (chunk: Buffer) => {
        count.received += chunk.length;
        answered(chunk);
      });
    }
    socket.on("error", () => undefined);
    socket.on("close", () => {
      open.delete(socket);
      if (signal.aborted) return;
      if (isOpen) count.closed++;
      else count.refused++;
      again();
    });
  };
  for (let begun = 0; begun < misdeed.connections && !signal.aborted; begun += atOnce) {
    const some = Math.min(atOnce, misdeed.connections - begun);
    for (const broker of brokers) {
      for (let index = 0; index < some; index++) begin(broker);
      if (misdeed.apartMs !== undefined) await pause(misdeed.apartMs);
    }
    await pause(50);
  }
  if (!signal.aborted) await new Promise((resolve) => signal.addEventListener("abort", resolve, { once: true }));
  for (const socket of open) socket.destroy();
  return { name: misdeed.name, ...count };
}

/** Counts what comes, and calls back at the end of each answer: four bytes that say its length, and so many more. */
function answers(onEnd: () => unknown): (chunk: Buffer) => void {
  let head = Buffer.alloc(0);
  let left = 0;
  return (chunk) => {
    for (let rest = chunk; rest.length > 0;) {
      if (left === 0) {
        const missing = 4 - head.length;
        head = Buffer.concat([head, rest.subarray(0, missing)]);
        rest = rest.subarray(missing);
        if (head.length < 4) return;
        left = head.readInt32BE();
        head = Buffer.alloc(0);
      }
      const taken = Math.min(left, rest.length);
      left -= taken;
      rest = rest.subarray(taken);
      if (left === 0) onEnd();
    }
  };
}
