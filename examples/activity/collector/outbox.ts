import { setTimeout as pause } from "node:timers/promises";
import type { EventProducer } from "../cluster/producer";
import { messageOf, decodeEvent, type EventMessage } from "../events/message";
import type { Spool } from "./spool";

/** Where events are kept: acknowledged by Kafka, or on this machine's disk until Kafka can be reached again. */
export type Kept = "acknowledged" | "spooled";

/** What an outbox needs. */
export interface OutboxParts {
  readonly connect: () => Promise<EventProducer>;
  readonly spool: Spool;
  /** Ms after which Kafka's answer is not waited for any more: the events are spooled. */
  readonly patienceMs: number;
  /** Told of each batch before those who wait for it are. */
  readonly onKept: (messages: readonly EventMessage[], kept: Kept, seconds: number) => void;
  /** Told of events of the spool that Kafka has. */
  readonly onSentAgain: (events: number) => void;
  /** Told of whatever went wrong; it is tried again by itself. */
  readonly onTrouble: (error: Error) => void;
}

interface Group {
  readonly messages: readonly EventMessage[];
  readonly bytes: number;
  readonly resolve: (kept: Kept) => void;
  readonly reject: (error: Error) => void;
}

/** A batch waits so long for others: a browser doesn't notice, and Kafka gets a tenth of the requests. */
const lingerMs = 10;
/** Below what a broker takes as one message (1 MB), even if all of it is for one partition and can't be compressed. */
const batchBytes = 524_288;
const reconnectMs = 1_000;

/**
 * Events on their way to Kafka. One batch at a time is sent, made of all that came meanwhile, so the order of each user
 * is kept. When Kafka doesn't take a batch in time, it goes to the spool, and so does all that comes until the spool
 * has been sent.
 */
export class Outbox {
  private readonly waiting: Group[] = [];
  private producer: EventProducer | undefined;
  private waitingBytes = 0;
  private working: Promise<void> | undefined;
  private draining = false;
  private ended = false;

  constructor(private readonly parts: OutboxParts) {}

  /** Bytes of the events that nobody has been answered for. */
  get bytes(): number {
    return this.waitingBytes;
  }

  get isConnected(): boolean {
    return this.producer !== undefined;
  }

  /** Connects once. Throws when that fails; {@link drain} goes on trying. */
  async connect(): Promise<void> {
    this.producer ??= await this.parts.connect();
  }

  /** Resolves when the events are kept. Throws when neither Kafka nor the spool takes them. */
  add(messages: readonly EventMessage[]): Promise<Kept> {
    const bytes = messages.reduce((sum, { value }) => sum + Buffer.byteLength(value), 0);
    this.waitingBytes += bytes;
    return new Promise((resolve, reject) => {
      this.waiting.push({ messages, bytes, resolve, reject });
      this.working ??= this.work();
    });
  }

  /** Sends what the spool has, and goes on until that is done. */
  drain(): void {
    if (this.draining) return;
    this.draining = true;
    void this.sendSpool();
  }

  /** Resolves when all that was added is kept, which takes not much more than the patience. Add nothing after it. */
  async end(): Promise<void> {
    await this.working;
    this.ended = true;
    await this.producer?.close().catch(this.parts.onTrouble);
  }

  private async work(): Promise<void> {
    while (this.waiting.length > 0) {
      await pause(lingerMs);
      const groups = this.take();
      const messages = groups.flatMap((group) => group.messages);
      const started = performance.now();
      try {
        const kept = await this.keep(messages);
        this.parts.onKept(messages, kept, (performance.now() - started) / 1000);
        for (const { resolve } of groups) resolve(kept);
      } catch (error) {
        for (const { reject } of groups) reject(error as Error);
      } finally {
        for (const { bytes } of groups) this.waitingBytes -= bytes;
      }
    }
    this.working = undefined;
  }

  private take(): Group[] {
    let bytes = 0;
    const end = this.waiting.findIndex((group, index) => (bytes += group.bytes) > batchBytes && index > 0);
    return this.waiting.splice(0, end === -1 ? this.waiting.length : end);
  }

  private async keep(messages: readonly EventMessage[]): Promise<Kept> {
    if (this.producer !== undefined && this.parts.spool.isEmpty) {
      try {
        await this.send(this.producer, messages);
        return "acknowledged";
      } catch (error) {
        this.parts.onTrouble(error as Error);
      }
    }
    try {
      await this.parts.spool.append(messages.map(({ value }) => value));
    } finally {
      this.drain();
    }
    return "spooled";
  }

  private async send(producer: EventProducer, messages: readonly EventMessage[]): Promise<void> {
    const { patienceMs } = this.parts;
    const late = new AbortController();
    const silence = pause(patienceMs, undefined, { signal: late.signal }).then(() => {
      throw new Error(`no acknowledgement by Kafka within ${patienceMs} ms`);
    });
    try {
      const sent = producer.send(messages);
      await Promise.race([sent, silence]);
    } catch (error) {
      // Its next events would have the sequence numbers of these.
      this.producer = undefined;
      producer.close().catch(() => undefined);
      throw error;
    } finally {
      late.abort();
      silence.catch(() => undefined);
    }
  }

  private async sendSpool(): Promise<void> {
    const { spool } = this.parts;
    while (!this.ended && !(this.isConnected && spool.isEmpty)) {
      try {
        await this.connect();
        const lines = await spool.next(batchBytes);
        const messages = lines.flatMap((line) => this.messageOfLine(line));
        if (messages.length > 0) await this.send(this.producer as EventProducer, messages);
        await spool.forget();
        this.parts.onSentAgain(messages.length);
      } catch (error) {
        if (this.ended) break;
        this.parts.onTrouble(error as Error);
        await pause(reconnectMs);
      }
    }
    this.draining = false;
  }

  private messageOfLine(line: string): EventMessage[] {
    const decoded = decodeEvent(Buffer.from(line));
    if ("event" in decoded) return [messageOf(decoded.event)];
    this.parts.onTrouble(new Error(`a line of the spool is left out: ${decoded.reasons.join("; ")}: ${line}`));
    return [];
  }
}
