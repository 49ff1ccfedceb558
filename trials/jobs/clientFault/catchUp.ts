/** How a consumer reads a backlog, by the lines that it prints, and what is wrong with that. Pure. */
import type { ClientName } from "../../drills/loadReport";
import type { CatchUp, Link } from "./parameters";

/**
 * A line of a consumer, in the words of Kafka's VerifiableConsumer, and one that kafkajs' adds: the error of a crash.
 */
export interface ConsumerLine {
  readonly name: string;
  /** Events of `records_consumed`, each entry a stretch of one partition. */
  readonly partitions?: readonly Stretch[];
  readonly message?: string;
}

/** Events of a partition that came one after the other. */
export interface Stretch {
  readonly partition: number;
  readonly count: number;
  readonly minOffset: number;
  readonly maxOffset: number;
}

/** The share of a link that a consumer has to use, and the MiB of memory that it may. */
const wantedShare = 0.9;
const memoryLimit = 256;

/** Follows a consumer that is to read each event of a backlog once and in order, without losing its partitions. */
export class Reading {
  readonly faults: string[] = [];
  private readonly next = new Map<number, number>();
  private assignedAt: number | undefined;
  private lastAt: number | undefined;
  private read = 0;

  /** @param eventsOfPartition that are there, in each of so many partitions, from offset 0 */
  constructor(
    private readonly partitions: number,
    private readonly eventsOfPartition: number,
  ) {}

  /** Takes a line that came at this time, ms since 1970. What comes after the last event is its leaving. */
  take({ name, partitions = [], message = "" }: ConsumerLine, at: number): void {
    if (this.complete) return;
    if (name === "partitions_assigned" && this.assignedAt === undefined) this.assignedAt = at;
    else if (name === "partitions_assigned") this.faults.push("its partitions were dealt out anew");
    else if (name === "partitions_revoked" && this.assignedAt !== undefined) this.faults.push("it lost its partitions");
    else if (name === "crash") this.faults.push(`it crashed: ${message}`);
    else if (name === "records_consumed") {
      this.lastAt = at;
      for (const stretch of partitions) this.takeStretch(stretch);
    }
  }

  private takeStretch({ partition, count, minOffset, maxOffset }: Stretch): void {
    const next = this.next.get(partition) ?? 0;
    if (minOffset !== next || count !== maxOffset - minOffset + 1)
      this.faults.push(
        `partition ${partition}: ${count} events, ${minOffset} to ${maxOffset}, came where ${next} was next`,
      );
    this.next.set(partition, maxOffset + 1);
    this.read += count;
  }

  /** Whether every event was read. */
  get complete(): boolean {
    const ends = [...this.next.values()];
    return ends.length === this.partitions && ends.every((end) => end >= this.eventsOfPartition);
  }

  /** How far it is: `41000 of 242050 events`. */
  get progress(): string {
    return `${this.read} of ${this.partitions * this.eventsOfPartition} events`;
  }

  /** The outcome at this time. */
  result(client: ClientName, link: Link, memoryMebibytes: number, now: number): CatchUp {
    const { faults, assignedAt, lastAt } = this;
    const missing = this.complete ? [] : [`it read ${this.progress}`];
    const seconds = ((this.complete ? (lastAt ?? now) : now) - (assignedAt ?? now)) / 1000;
    // A broken one may have thousands.
    return { client, ...link, seconds, memoryMebibytes, faults: [...faults.slice(0, 5), ...missing] };
  }
}

/** A catch-up in words: `kafkajs over 5 MB/s: 240 MB in 50.1 s, 96 % of the link, in 143 MiB`. */
export function inWords({ client, megabytesPerSecond, backlogMegabytes, seconds, ...more }: CatchUp): string {
  const share = (100 * shareOf({ megabytesPerSecond, backlogMegabytes, seconds })).toFixed(0);
  const how = `${backlogMegabytes} MB in ${seconds.toFixed(1)} s, ${share} % of the link, in ${more.memoryMebibytes} MiB`;
  return [`${client} over ${megabytesPerSecond} MB/s: ${how}`, ...more.faults].join("; ");
}

/** Whether a consumer has kept the promise: each event once, in order, as fast as the link, in little memory. */
export const isKept = (catchUp: CatchUp): boolean =>
  catchUp.faults.length === 0 && shareOf(catchUp) >= wantedShare && catchUp.memoryMebibytes <= memoryLimit;

const shareOf = ({ backlogMegabytes, seconds, megabytesPerSecond }: Link & Pick<CatchUp, "seconds">): number =>
  seconds > 0 ? backlogMegabytes / seconds / megabytesPerSecond : 0;
