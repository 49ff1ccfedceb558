/** Stores chunks, one transaction after the other, and waits for a database that is away. */
import { setTimeout as delay } from "node:timers/promises";
import { DatabaseError } from "pg";
import { makeChunk, remake, type Chunk } from "./chunk";
import type { Connection } from "./database";
import { load, type HourOfUsers, type Loaded } from "./load";
import type { Group } from "./offsets";

/** What a writer needs and tells. */
export interface WriterOptions extends Group {
  /** Opens a connection to a database that is ready; throws when there is none. */
  readonly connect: () => Promise<Connection>;
  /** Bytes of events that wait, at most: then {@link Writer.add} waits. */
  readonly queueBytes: number;
  /** Bytes of events of one transaction. */
  readonly batchBytes: number;
  /** Ms that a small batch waits for more. */
  readonly lingerMs: number;
  /** Ms for one transaction. */
  readonly deadlineMs: number;
  readonly onLoaded: (loaded: Loaded, ms: number) => void;
  /** A try has failed, and is made again; `undefined` when one has succeeded. */
  readonly onAway: (error: Error | undefined) => void;
}

/** After a double has been found, so many batches are asked about before they are sent. */
const askedAfterDouble = 50;
const longestPauseMs = 5_000;
const mostKnownUsers = 500_000;

const uniqueViolation = "23505";
/** Also of a day that has no partition, which a new connection makes. */
const checkViolation = "23514";
/** PostgreSQL's classes of errors that are due to the data: 22 data, 23 integrity, 54 a limit exceeded. */
const dataErrors = /^(22|23|54)/;

/** The queue before the database. Its work is {@link run}. */
export class Writer {
  /** Rows of `activity_hourly` that are this process's own: its lowest partition, which no other process has. */
  slot = 0;
  private queue: Chunk[] = [];
  private queued = 0;
  private oldestMs = 0;
  private generation = 0;
  private ending = false;
  private connection: Connection | undefined;
  private asking = 0;
  private readonly knownUsers = new KnownUsers();
  private loading: Promise<void> = Promise.resolve();
  private woken = signal();

  constructor(private readonly options: WriterOptions) {}

  /** Bytes of events that wait. */
  get bytes(): number {
    return this.queued;
  }

  /** Takes a chunk, and waits until there is room for another. `meanwhile` is called every second. */
  async add(chunk: Chunk, meanwhile: () => Promise<void>): Promise<void> {
    if (this.queue.length === 0) this.oldestMs = Date.now();
    this.queue.push(chunk);
    this.queued += chunk.messages.bytes;
    this.wake();
    const { generation } = this;
    while (this.queued > this.options.queueBytes && generation === this.generation && !this.ending) {
      await this.sleep(1000);
      await meanwhile();
    }
  }

  /** Drops what waits, and resolves once no transaction runs: partitions have gone to other processes. */
  async reset(): Promise<void> {
    this.generation++;
    this.queue = [];
    this.queued = 0;
    this.wake();
    await this.loading;
  }

  /** Stores until {@link end} has been called and nothing waits. */
  async run(): Promise<void> {
    while (!this.ending || this.queue.length > 0) {
      const dueMs = this.queue.length === 0 ? 1000 : this.oldestMs + this.options.lingerMs - Date.now();
      if (dueMs > 0 && this.queued < this.options.batchBytes && !this.ending) {
        await this.sleep(dueMs);
        continue;
      }
      const batch = this.takeBatch();
      const { generation } = this;
      this.loading = this.store(batch, generation);
      await this.loading;
      if (generation === this.generation) this.queued -= bytesOf(batch);
      this.wake();
    }
    await this.disconnect();
  }

  /** Lets {@link run} store what waits and end. What takes longer is dropped: it is still in Kafka. */
  end(withinMs: number): void {
    this.ending = true;
    this.wake();
    setTimeout(() => void this.reset(), withinMs).unref();
  }

  private wake(): void {
    this.woken.fire();
    this.woken = signal();
  }

  private async sleep(ms: number): Promise<void> {
    const timer = new AbortController();
    const late = delay(ms, undefined, { signal: timer.signal }).catch(() => undefined);
    await Promise.race([this.woken.fired, late]);
    timer.abort();
  }

  private takeBatch(): Chunk[] {
    let bytes = 0;
    let count = 0;
    while (count < this.queue.length && bytes < this.options.batchBytes)
      bytes += this.queue[count++]?.messages.bytes ?? 0;
    this.oldestMs = Date.now();
    return this.queue.splice(0, count);
  }

  /** Tries until the batch is stored, or its partitions are lost. */
  private async store(batch: readonly Chunk[], generation: number): Promise<void> {
    for (let attempt = 0; generation === this.generation; attempt++) {
      try {
        await this.transaction(batch);
        this.options.onAway(undefined);
        return;
      } catch (error) {
        await this.disconnect();
        const code = error instanceof DatabaseError ? (error.code ?? "") : "";
        if (code === uniqueViolation && this.asking === 0) {
          this.asking = askedAfterDouble;
          continue;
        }
        if (dataErrors.test(code) && code !== uniqueViolation && !(code === checkViolation && attempt < 3)) {
          await this.storeParts(batch, (error as Error).message, generation);
          return;
        }
        this.options.onAway(error as Error);
        await this.sleepFor(Math.min(longestPauseMs, 100 * 2 ** attempt), generation);
      }
    }
  }

  /** Stores half by half what PostgreSQL refuses as a whole: the message that it refuses alone is rejected. */
  private async storeParts(batch: readonly Chunk[], refusal: string, generation: number): Promise<void> {
    const [first] = batch;
    if (first === undefined) return;
    const middle = batch.length >> 1;
    const parts =
      batch.length > 1
        ? [batch.slice(0, middle), batch.slice(middle)]
        : first.messages.length > 1
          ? halves(first).map((half) => [half])
          : [[remake(first, { refusal })]];
    for (const part of parts) await this.store(part, generation);
  }

  private async transaction(batch: readonly Chunk[]): Promise<void> {
    const began = Date.now();
    const { client, cut } = (this.connection ??= await this.options.connect());
    const { slot, knownUsers } = this;
    const { group, topic, deadlineMs } = this.options;
    const late = setTimeout(() => cut(new Error(`no answer within ${deadlineMs / 1000} s`)), deadlineMs);
    try {
      const loaded = await load(client, batch, {
        group,
        topic,
        slot,
        knownUsers: knownUsers.hours,
        askFirst: this.asking > 0,
      });
      this.asking = loaded.doubles > 0 ? askedAfterDouble : Math.max(0, this.asking - 1);
      knownUsers.add(loaded.users);
      this.options.onLoaded(loaded, Date.now() - began);
    } finally {
      clearTimeout(late);
    }
  }

  private async disconnect(): Promise<void> {
    const { connection } = this;
    this.connection = undefined;
    connection?.cut();
    await connection?.client.end().catch(() => undefined);
  }

  private async sleepFor(ms: number, generation: number): Promise<void> {
    for (const until = Date.now() + ms; Date.now() < until && generation === this.generation;) {
      await this.sleep(until - Date.now());
    }
  }
}

/** Who need not be sent again. */
class KnownUsers {
  readonly hours = new Map<string, Set<string>>();
  private size = 0;

  add(hours: readonly HourOfUsers[]): void {
    for (const { hour, users } of hours) {
      const known = this.hours.get(hour) ?? new Set<string>();
      this.hours.set(hour, known);
      for (const user of users) known.add(user);
      this.size += users.length;
    }
    if (this.size < mostKnownUsers) return;
    this.hours.clear();
    this.size = 0;
  }
}

function bytesOf(batch: readonly Chunk[]): number {
  return batch.reduce((sum, { messages }) => sum + messages.bytes, 0);
}

function signal(): { readonly fired: Promise<void>; readonly fire: () => void } {
  let fire: () => void = () => undefined;
  const fired = new Promise<void>((resolve) => (fire = resolve));
  return { fired, fire };
}

/** Two runs of the same messages. */
export function halves(chunk: Chunk): [Chunk, Chunk] {
  const { partition, from, next, messages } = chunk;
  const middle = messages.length >> 1;
  const border = messages.offset(middle);
  const now = Date.now();
  return [
    makeChunk({ partition, from, next: border, messages: messages.slice(0, middle) }, now),
    makeChunk({ partition, from: border, next, messages: messages.slice(middle) }, now),
  ];
}
