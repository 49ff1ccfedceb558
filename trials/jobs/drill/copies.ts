/** Each copy of a partition, read from the broker that has it, and compared. */
import { createHash } from "node:crypto";
import { setTimeout as pause } from "node:timers/promises";
import { ask } from "../../../ops/kafka/connection";
import { askAll, brokerAddress, type BrokerAddress } from "../../../ops/kafka/metadata";
import type { TopicPartition } from "../../../ops/kafka/partitions";
import type { CopiesReport } from "../../drills/loadReport";
import { fetchCopy } from "./fetchRequest";
import type { DrillParameters } from "./parameters";

/** A record batch of a copy. */
export interface Batch {
  readonly offset: number;
  /** The offset after its last record. */
  readonly next: number;
  /** A hash of all of its bytes. */
  readonly digest: string;
}

/** A copy of a partition, by its batches; or the reason for which it could not be read. */
export interface Copy {
  readonly broker: number;
  readonly batches: readonly Batch[];
  readonly problem?: string;
}

/** A stretch of a partition whose copies are to be the same, from an offset on to another, exclusive. */
export interface Stretch extends TopicPartition {
  readonly from: number;
  readonly end: number;
}

/** The bytes before a batch's length and the length itself; offset of the last record within it; a batch's least. */
const [lengthEnd, lastOffsetAt, headerBytes] = [12, 23, 61] as const;

/** The whole batches in the bytes that end after an offset. */
export function batchesIn(records: Buffer, from: number): Batch[] {
  const batches: Batch[] = [];
  for (let at = 0; at + headerBytes <= records.length;) {
    const bytes = records.subarray(at, at + lengthEnd + records.readInt32BE(at + 8));
    if (at + lengthEnd + records.readInt32BE(at + 8) > records.length) break;
    const offset = Number(bytes.readBigInt64BE());
    const next = offset + bytes.readInt32BE(lastOffsetAt) + 1;
    if (next > from) batches.push({ offset, next, digest: createHash("sha1").update(bytes).digest("hex") });
    at += bytes.length;
  }
  return batches;
}

/** What is wrong with the copies of a stretch, one sentence each; empty when all have the same, and all of it. */
export function copyFaults({ topic, partition, from, end }: Stretch, copies: readonly Copy[]): string[] {
  const name = `${topic}-${partition}`;
  const whole = copies.filter(({ problem }) => problem === undefined);
  const longest = whole.reduce<Copy | undefined>(
    (most, copy) => (copy.batches.length > (most?.batches.length ?? -1) ? copy : most),
    undefined,
  );
  return copies.flatMap((copy) => {
    const who = `${name} on broker ${copy.broker}`;
    if (copy.problem !== undefined) return [`${who} could not be read: ${copy.problem}`];
    let next = from;
    for (const [index, batch] of copy.batches.entries()) {
      // What came after the end may not be everywhere yet.
      if (batch.offset >= end) break;
      if (index > 0 && batch.offset !== next) return [`${who}: offset ${batch.offset} follows ${next - 1}`];
      const other = longest?.batches[index];
      if (other?.offset !== batch.offset || other.digest !== batch.digest)
        return [`${who} differs from that on broker ${longest?.broker} from offset ${batch.offset} on`];
      next = batch.next;
    }
    return next < end ? [`${who} ends at ${next}, before ${end}`] : [];
  });
}

const answerMs = 5000;

/** Reads a copy from its broker until its end, or a deadline. */
async function readCopy(broker: BrokerAddress, stretch: Stretch, deadline: number): Promise<Copy> {
  const batches: Batch[] = [];
  let problem = "";
  for (let next = stretch.from; next < stretch.end;) {
    if (Date.now() > deadline) {
      return { broker: broker.id, batches, problem: problem || `it gives nothing after offset ${next}` };
    }
    const { error, records } = await ask(broker, fetchCopy(stretch, next), answerMs).catch((reason: Error) => {
      problem = reason.message;
      return { error: -1, records: Buffer.alloc(0) };
    });
    if (error > 0) problem = `Kafka's error ${error} at offset ${next}`;
    const more = batchesIn(records, next);
    batches.push(...more);
    next = more.at(-1)?.next ?? next;
    // A follower hears of what everybody has a moment later.
    if (more.length === 0) await pause(200);
  }
  return { broker: broker.id, batches };
}

/** Reads and compares all copies of each stretch, one stretch after another. */
export async function compareCopies(
  stretches: readonly Stretch[],
  brokers: DrillParameters["brokers"],
  limitMs: number,
): Promise<CopiesReport> {
  const deadline = Date.now() + limitMs;
  const view = await askAll(brokers.map(brokerAddress), { topics: "all", timeoutMs: answerMs });
  const faults: string[] = [];
  let read = 0;
  for (const stretch of stretches) {
    const partitions = view.topics.find(({ name }) => name === stretch.topic)?.partitions ?? [];
    const { replicas = [] } = partitions.find(({ partition }) => partition === stretch.partition) ?? {};
    const copies = await Promise.all(
      replicas.map((id): Promise<Copy> => {
        const broker = view.brokers.find((one) => one.id === id);
        if (broker === undefined) return Promise.resolve({ broker: id, batches: [], problem: "it is not registered" });
        return readCopy(broker, stretch, deadline);
      }),
    );
    faults.push(...copyFaults(stretch, copies));
    read += copies.length;
  }
  return { read, faults };
}
