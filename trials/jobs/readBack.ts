import { exchangeRun, type Position } from "./exchange";
import type { SmokeClient } from "./smokeClient";
import { Tally } from "./statistics";

/** The events that were read back. */
export interface Read {
  readonly tally: Tally;
  /** Numbers of the exchanged events that were read. */
  readonly exchangedNumbers: ReadonlySet<number>;
  readonly seconds: number;
}

/** The ends of the topic's partitions: what others wrote before is not read, as in production it may be terabytes. */
export async function endOfTopic({ kafka, parameters }: SmokeClient): Promise<Position[]> {
  const admin = kafka.admin();
  await admin.connect();
  try {
    const offsets = await admin.fetchTopicOffsets(parameters.topic);
    return offsets.map(({ partition, high }) => ({ partition, offset: high }));
  } finally {
    await admin.disconnect();
  }
}

/** Reads from the noted positions by a consumer group of its own until every event is there, or time is up. */
export async function readBack(client: SmokeClient, start: readonly Position[], exchangedCount: number): Promise<Read> {
  const { topic, count, runId } = client.parameters;
  const groupId = `smoke-${runId}`;
  const exchange = exchangeRun(client.parameters);
  const tally = new Tally(count);
  const exchangedNumbers = new Set<number>();
  const consumer = client.consumer(groupId);
  let finish: () => void = () => undefined;
  let fail: (error: Error) => void = () => undefined;
  const done = new Promise<void>((resolve, reject) => {
    finish = resolve;
    fail = reject;
  });
  const alarm = setTimeout(finish, client.remainingMs(90_000));
  consumer.on(consumer.events.CRASH, ({ payload: { error, restart } }) => {
    if (!restart) fail(error);
  });
  await consumer.connect();
  try {
    await consumer.subscribe({ topic, fromBeginning: true });
    let started = 0;
    let last = 0;
    await consumer.run({
      // A group without a place goes by itself; a client may not delete one.
      autoCommit: false,
      partitionsConsumedConcurrently: 3,
      eachBatch: ({ batch }) => {
        started ||= performance.now();
        for (const { key, value } of batch.messages) {
          const text = value?.toString() ?? "";
          // Cheaper than parsing, and the topic may be full of other people's events.
          if (!text.includes(runId)) continue;
          const event = JSON.parse(text) as { runId: string; number: number };
          if (event.runId === exchange) exchangedNumbers.add(event.number);
          else if (event.runId === runId) tally.add(event.number, key?.toString() ?? "");
        }
        last = performance.now();
        if (tally.complete && exchangedNumbers.size >= exchangedCount) finish();
        return Promise.resolve();
      },
    });
    for (const { partition, offset } of start) consumer.seek({ topic, partition, offset });
    await done;
    return { tally, exchangedNumbers, seconds: Math.max(0.001, (last - started) / 1000) };
  } finally {
    clearTimeout(alarm);
    await consumer.disconnect();
  }
}
