import type { Move } from "../../planning/placement/replicaMoves";
import type { Reassignment } from "../kafka/admin";
import { examples } from "../gateVerdict";
import type { ClusterView } from "../kafkaGate";
import type { Figures } from "../runMetrics";
import { formatBytes, formatRate, formatSeconds } from "./format";
import { added, allPartitions, labelOf, largestCopy, type CopySizes, type PlacedPartition } from "./placementNow";

/** An observation of the cluster while copies are under way. */
export interface CopyObservation {
  readonly view: ClusterView;
  readonly sizes: CopySizes;
  readonly underWay: readonly Reassignment[];
}

/** The state of the moves under way. */
export interface MovesState {
  /** The moves whose copies are where they are to be, and in sync. */
  readonly ended: readonly Move[];
  readonly open: readonly Move[];
  /** Bytes that the open moves have copied. */
  readonly bytesCopied: number;
  /** Bytes that the new copies still lack; they grow with the traffic. */
  readonly bytesBehind: number;
}

/** The state of the moves at an observation. */
export function stateOf(moves: Iterable<Move>, observation: CopyObservation): MovesState {
  const partitions = new Map(allPartitions(observation.view).map((one) => [labelOf(one), one]));
  const underWay = new Set(observation.underWay.map(labelOf));
  const ended: Move[] = [];
  const open: Move[] = [];
  let bytesCopied = 0;
  let behind = 0;
  for (const move of moves) {
    const now = partitions.get(labelOf(move));
    // A topic that is gone has nothing left to move.
    const isOpen = underWay.has(labelOf(move)) || (now !== undefined && !(isPlaced(now, move.to) && inSync(now)));
    (isOpen ? open : ended).push(move);
    if (!isOpen) continue;
    behind += bytesBehind(move, observation.sizes);
    for (const broker of added(move)) {
      bytesCopied += Math.min(largestCopy(observation.sizes, move, [broker]), move.bytes / added(move).length);
    }
  }
  return { ended, open, bytesCopied, bytesBehind: behind };
}

/** Bytes that the new copies of a partition still lack. */
export function bytesBehind(move: Move, sizes: CopySizes): number {
  const whole = largestCopy(sizes, move, move.from);
  return added(move).reduce((sum, broker) => sum + Math.max(0, whole - largestCopy(sizes, move, [broker])), 0);
}

/** Whether the partition lies on the given brokers, in this order. */
export const isPlaced = ({ replicas }: Pick<PlacedPartition, "replicas">, brokers: readonly number[]): boolean =>
  replicas.join() === brokers.join();

const inSync = ({ leader, replicas, isr }: PlacedPartition) =>
  leader >= 0 && replicas.every((one) => isr.includes(one));

/** The window in ms of the speed that is shown and that the time left is told from. */
const windowMs = 30_000;

/** Keeps the figures of a run and puts them into a line. */
export class Progress {
  private partitionsDone = 0;
  private bytesDone = 0;
  private bytesCopied = 0;
  private open: readonly Move[] = [];
  private samples: { readonly at: number; readonly bytes: number }[] = [];

  constructor(
    private readonly partitions: number,
    private readonly bytes: number,
    private readonly nameOf: (broker: number) => string,
  ) {}

  /**
   * Takes the state of the moves into account.
   * @param now milliseconds
   */
  update({ ended, open, bytesCopied }: MovesState, now: number): void {
    this.partitionsDone += ended.length;
    this.bytesDone += ended.reduce((total, { bytes }) => total + bytes, 0);
    [this.open, this.bytesCopied] = [open, this.bytesDone + bytesCopied];
    this.samples.push({ at: now, bytes: this.bytesCopied });
    // The last one before the window stays, or a look that took long would leave a single sample.
    while ((this.samples[1]?.at ?? now) < now - windowMs) this.samples.shift();
  }

  /** The progress in numbers. */
  figures(): Figures {
    const { partitions, partitionsDone, bytes, bytesCopied } = this;
    return { partitions, partitions_done: partitionsDone, bytes, bytes_done: Math.min(bytes, bytesCopied) };
  }

  /**
   * The progress in words: `3 of 12 partitions, 1.2 GB of 4.8 GB copied, 43 MB/s, about 85 s left; moving events-3 to
   * kafka-6`.
   */
  line(): string {
    const { open, partitionsDone } = this;
    const copied = Math.min(this.bytes, this.bytesCopied);
    const rate = this.bytesPerSecond();
    const left = this.bytes - copied;
    const time = left > 0 && rate > 0 ? `, about ${formatSeconds(left / rate)} left` : "";
    const receivers = [...new Set(open.flatMap(added))].sort((a, b) => a - b).map(this.nameOf);
    const moving = open.length === 0 ? "" : `; moving ${examples(open.map(labelOf))}`;
    return (
      `${partitionsDone} of ${this.partitions} partitions, ` +
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
