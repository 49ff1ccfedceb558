import type { Move } from "../../../planning/replicaMoves";
import type { Reassignment } from "../../kafka/admin";
import { examples } from "../gateVerdict";
import type { ClusterView } from "../kafkaGate";
import { formatBytes, formatRate, formatSeconds } from "./format";
import { added, allPartitions, labelOf, largestCopy, type CopySizes, type PlacedPartition } from "./placementNow";

/** One look at the cluster while copies are under way. */
export interface Look {
  readonly view: ClusterView;
  readonly sizes: CopySizes;
  readonly underWay: readonly Reassignment[];
}

/** How far a batch is. */
export interface BatchState {
  /** Not yet where they are to be, in sync. */
  readonly open: readonly Move[];
  readonly bytesCopied: number;
  /** What the new copies still lack, which grows with the traffic. */
  readonly bytesBehind: number;
}

export function batchState(batch: readonly Move[], look: Look): BatchState {
  const partitions = new Map(allPartitions(look.view).map((one) => [labelOf(one), one]));
  const underWay = new Set(look.underWay.map(labelOf));
  // A topic that is gone has nothing left to move.
  const open = batch.filter((move) => {
    const now = partitions.get(labelOf(move));
    return underWay.has(labelOf(move)) || (now !== undefined && !(isPlaced(now, move.to) && inSync(now)));
  });
  const waiting = new Set(open);
  let bytesCopied = 0;
  let bytesBehind = 0;
  for (const move of batch) {
    if (!waiting.has(move)) {
      bytesCopied += move.bytes;
      continue;
    }
    const whole = largestCopy(look.sizes, move, move.from);
    for (const broker of added(move)) {
      const have = largestCopy(look.sizes, move, [broker]);
      bytesCopied += Math.min(have, move.bytes / added(move).length);
      bytesBehind += Math.max(0, whole - have);
    }
  }
  return { open, bytesCopied, bytesBehind };
}

/** Whether the partition lies on these brokers, in this order. */
export const isPlaced = ({ replicas }: Pick<PlacedPartition, "replicas">, brokers: readonly number[]): boolean =>
  replicas.join() === brokers.join();

const inSync = ({ leader, replicas, isr }: PlacedPartition) =>
  leader >= 0 && replicas.every((one) => isr.includes(one));

/** Of the speed that is shown and that the time left is told from. */
const windowMs = 30_000;

/** Keeps the figures of a run and puts them into a line. */
export class Progress {
  private partitionsDone = 0;
  private bytesDone = 0;
  private samples: { readonly at: number; readonly bytes: number }[] = [];
  private batch: readonly Move[] = [];
  private state: BatchState | undefined;

  constructor(
    private readonly partitions: number,
    private readonly bytes: number,
    private readonly nameOf: (broker: number) => string,
  ) {}

  begin(batch: readonly Move[]): void {
    this.batch = batch;
    this.state = undefined;
  }

  /** @param now milliseconds */
  look(state: BatchState, now: number): void {
    this.state = state;
    this.samples.push({ at: now, bytes: this.bytesDone + state.bytesCopied });
    // The last one before the window stays, or a look that took long would leave a single sample.
    while ((this.samples[1]?.at ?? now) < now - windowMs) this.samples.shift();
  }

  end(): void {
    this.partitionsDone += this.batch.length;
    this.bytesDone += this.batch.reduce((total, { bytes }) => total + bytes, 0);
    this.begin([]);
  }

  /** `3 of 12 partitions, 1.2 GB of 4.8 GB copied, 43 MB/s, about 85 s left; moving events-3 to kafka-6`. */
  line(): string {
    const open = this.state?.open ?? this.batch;
    const copied = Math.min(this.bytes, this.bytesDone + (this.state?.bytesCopied ?? 0));
    const rate = this.bytesPerSecond();
    const left = this.bytes - copied;
    const time = left > 0 && rate > 0 ? `, about ${formatSeconds(left / rate)} left` : "";
    const receivers = [...new Set(open.flatMap(added))].sort((a, b) => a - b).map(this.nameOf);
    const moving = open.length === 0 ? "" : `; moving ${examples(open.map(labelOf))}`;
    return (
      `${this.partitionsDone + this.batch.length - open.length} of ${this.partitions} partitions, ` +
      `${formatBytes(copied)} of ${formatBytes(this.bytes)} copied, ${formatRate(rate)}${time}` +
      `${moving}${moving === "" || receivers.length === 0 ? "" : ` to ${examples(receivers)}`}`
    );
  }

  private bytesPerSecond(): number {
    const first = this.samples[0];
    const last = this.samples.at(-1);
    if (first === undefined || last === undefined || last.at <= first.at) return 0;
    return Math.max(0, ((last.bytes - first.bytes) * 1000) / (last.at - first.at));
  }
}
