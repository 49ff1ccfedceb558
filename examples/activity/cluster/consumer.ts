/** The consumer's edge to Kafka: all that the store knows of kafkajs is here. */
import { setTimeout as delay } from "node:timers/promises";
import type { Batch, Consumer } from "kafkajs";
import { silenceMs } from "../../consumer/silenceLimited";
import { zoneOfThisMachine } from "../../consumer/zone";
import { clientFor } from "./client";
import { Messages } from "./messages";
import type { StackOutputs } from "./outputs";
import { readRecordBatches, type RecordBatch } from "./recordBatches";

/** Messages of one partition: all that there are from offset `from` to `next`, without the latter. */
export interface MessageRun {
  readonly partition: number;
  readonly from: number;
  readonly next: number;
  readonly messages: Messages;
  /** Messages of the partition that come after these. */
  readonly lag: number;
}

/** What reads from a group of consumers. */
export interface ConsumerHandlers {
  /**
   * Gives the offset at which each of these partitions goes on: all of this process's after a rebalance, or a few that
   * another process has read meanwhile. It may wait as long as it takes: nothing of them is read meanwhile, and the
   * process stays in the group.
   */
  readonly startAt: (partitions: readonly number[], isRebalance: boolean) => Promise<ReadonlyMap<number, number>>;
  /** The next messages of a partition; no more are read until it resolves. Call `heartbeat` while it waits. */
  readonly take: (run: MessageRun, heartbeat: () => Promise<void>) => Promise<void>;
  /** Kafka's retention has removed messages before they were read. */
  readonly onGone: (partition: number, from: number, to: number) => void;
  /** Something that may pass: it is tried again. */
  readonly onTrouble: (error: Error) => void;
  /** The end: start the process anew. */
  readonly onCrash: (error: Error) => void;
}

/** A process of the group that reads. */
export interface EventConsumer {
  /** Asks again where these partitions go on: another process has read them meanwhile. */
  restart(partitions: readonly number[]): void;
  /** Tells the group's monitors how far it is. Kafka's offsets decide nothing. */
  tellGroup(next: ReadonlyMap<number, number>): Promise<void>;
  /** Reads no more, and stays in the group. */
  hold(): void;
  /** Leaves the group in good order. */
  close(): Promise<void>;
}

/** A partition that ends before the offset at which it should go on may only look so while its leader changes. */
const endsEarlySeconds = 20;
const againMs = 1_000;

/** Bytes of a fetch, compressed. */
const fetchBytes = 1 << 20;

/** Joins the group and reads. Throws when no broker can be reached, or when the topic does not exist. */
export async function startConsumer(
  outputs: StackOutputs,
  { topic, group }: { readonly topic: string; readonly group: string },
  handlers: ConsumerHandlers,
): Promise<EventConsumer> {
  const { consumerClient, consumer: settings } = outputs.clientProperties.kafkajs;
  readRecordBatches();
  const kafka = await clientFor(topic, silenceMs.consumer, { clientId: group, ...consumerClient });
  const consumer = kafka.consumer({
    groupId: group,
    ...settings,
    maxBytes: fetchBytes,
    rackId: await zoneOfThisMachine(),
  });
  const admin = kafka.admin();
  const reading = new Reading(topic, consumer, handlers, async () => {
    await admin.connect();
    const offsets = await admin.fetchTopicOffsets(topic);
    return new Map(offsets.map(({ partition, low, high }) => [partition, { low: Number(low), high: Number(high) }]));
  });
  consumer.on(consumer.events.GROUP_JOIN, ({ payload }) => reading.assigned(payload.memberAssignment[topic] ?? []));
  consumer.on(consumer.events.START_BATCH_PROCESS, ({ payload: { batchSize, partition, lastOffset } }) => {
    if (batchSize === 0) reading.passed(partition, Number(lastOffset));
  });
  // kafkajs begins anew by itself after what can pass.
  consumer.on(consumer.events.CRASH, ({ payload: { error, restart } }) => {
    (restart ? handlers.onTrouble : handlers.onCrash)(error);
  });
  await consumer.connect();
  await consumer.subscribe({ topic, fromBeginning: true });
  await consumer.run({
    autoCommit: false,
    eachBatchAutoResolve: false,
    eachBatch: async (payload) => {
      const { batch } = payload;
      const run = reading.runOf(batch, payload.isStale());
      if (run === undefined) return;
      payload.resolveOffset(batch.lastOffset());
      await handlers.take(run, () => payload.heartbeat());
    },
  });
  return {
    restart: (partitions) => reading.restart(partitions),
    tellGroup: (next) =>
      consumer.commitOffsets([...next].map(([partition, offset]) => ({ topic, partition, offset: String(offset) }))),
    hold: () => consumer.pause([{ topic }]),
    close: async () => {
      reading.assigned([]);
      await consumer.disconnect();
      await admin.disconnect();
    },
  };
}

/** The offsets at which partitions begin and end. */
type Bounds = ReadonlyMap<number, { readonly low: number; readonly high: number }>;

/** How far a partition is. */
interface Position {
  /** The next message that is to be taken. */
  readonly next: number;
  /** Up to here Kafka has no more between `next` and what is asked for: by retention, or records of transactions. */
  readonly asked: number;
}

/** Where each partition is, so that its messages come in order and without a gap, whatever kafkajs does. */
class Reading {
  private readonly positions = new Map<number, Position>();
  private generation = 0;

  constructor(
    private readonly topic: string,
    private readonly consumer: Consumer,
    private readonly handlers: ConsumerHandlers,
    private readonly bounds: () => Promise<Bounds>,
  ) {}

  /** A rebalance gave these partitions to this process. */
  assigned(partitions: readonly number[]): void {
    this.positions.clear();
    this.generation++;
    if (partitions.length > 0) this.restart(partitions, true);
  }

  /** Holds these partitions until it is known where they go on. */
  restart(partitions: readonly number[], isRebalance = false): void {
    for (const partition of partitions) this.positions.delete(partition);
    this.consumer.pause([{ topic: this.topic, partitions: [...partitions] }]);
    void this.begin(partitions, isRebalance, this.generation);
  }

  /** kafkajs has passed over records of transactions. */
  passed(partition: number, lastOffset: number): void {
    const position = this.positions.get(partition);
    if (position !== undefined) this.positions.set(partition, { ...position, asked: lastOffset + 1 });
  }

  /** What of a batch comes next; undefined when it is from before a rebalance or a new start. */
  runOf(batch: Batch, isStale: boolean): MessageRun | undefined {
    const { partition } = batch;
    const position = this.positions.get(partition);
    if (position === undefined || isStale) return undefined;
    const { next: from } = position;
    // Type definitions lack it: the offset that was asked for.
    const asked = Number((batch as Batch & { readonly fetchedOffset: string }).fetchedOffset);
    // kafkajs has gone on at the partition's beginning, as there is nothing at the offset that comes next: retention
    // has passed it, or the topic was made anew.
    if (asked > position.asked || asked < from) {
      this.restart([partition]);
      return undefined;
    }
    const next = Number(batch.lastOffset()) + 1;
    this.positions.set(partition, { next, asked: next });
    // The first one may begin before the offset that was asked for.
    const messages = Messages.of(batch.messages as unknown as readonly RecordBatch[], asked);
    return { partition, from, next, messages, lag: Math.max(0, Number(batch.highWatermark) - next) };
  }

  private async begin(partitions: readonly number[], isRebalance: boolean, generation: number): Promise<void> {
    const isOver = () => generation !== this.generation;
    for (const beganMs = Date.now(); !isOver(); await delay(againMs)) {
      try {
        const offsets = await this.handlers.startAt(partitions, isRebalance);
        const bounds = await this.bounds();
        if (isOver()) return;
        for (const partition of partitions) {
          const from = offsets.get(partition) ?? 0;
          const { low, high } = bounds.get(partition) ?? { low: 0, high: 0 };
          if (from > high) throw new EndsEarly(this.topic, partition, from, high);
          if (from > 0 && from < low) this.handlers.onGone(partition, from, low);
          const asked = Math.max(from, low);
          this.consumer.seek({ topic: this.topic, partition, offset: String(asked) });
          this.positions.set(partition, { next: from, asked });
        }
        this.consumer.resume([{ topic: this.topic, partitions: [...partitions] }]);
        return;
      } catch (error) {
        if (error instanceof EndsEarly && Date.now() - beganMs > endsEarlySeconds * 1000) {
          this.handlers.onCrash(error);
          return;
        }
        this.handlers.onTrouble(error as Error);
      }
    }
  }
}

/** The partition ends before the offset up to which it is stored. */
class EndsEarly extends Error {
  constructor(topic: string, partition: number, next: number, end: number) {
    super(
      `partition ${partition} of ${topic} ends at offset ${end}, but is stored up to ${next}: the topic was made anew ` +
        `or has lost its end; to store it from its beginning: DELETE FROM consumed_offsets WHERE topic = '${topic}'`,
    );
  }
}
