import { GapAccount } from "./gaps";

/**
 * The most events that are remembered until they are read: half an hour of them. It is less than they are kept, so that
 * none of which it is said that it was lost has been deleted in the regular way.
 */
const mostWaiting = 1800;

interface Waiting {
  sentAt: number;
  /** When it was acknowledged; undefined while it is not. */
  acknowledgedAt?: number;
  /** Whether it was read before its acknowledgement came. */
  isRead: boolean;
}

/**
 * The record of one partition: what was written, acknowledged and read, and when. Events are numbered, and each is sent
 * after the one before was acknowledged or given up, so that they stand in the topic in the order of their numbers.
 * Pure but for its own state; all times in seconds, on a clock that never goes back.
 */
export class PartitionRecord {
  readonly writes: GapAccount;
  readonly reads: GapAccount;
  /** Acknowledged events that are not in the topic, as later ones were read. */
  lost = 0;
  private acknowledgedAt: number;
  /** By number, the oldest first. */
  private readonly waiting = new Map<number, Waiting>();

  /** @param now when the first event is due */
  constructor(private now: number) {
    this.acknowledgedAt = now;
    [this.writes, this.reads] = [new GapAccount(now), new GapAccount(now)];
  }

  sent(number: number, now: number): void {
    this.advance(now);
    this.waiting.set(number, { sentAt: now, isRead: false });
    for (const oldest of this.waiting.keys()) {
      if (this.waiting.size <= mostWaiting) break;
      this.waiting.delete(oldest);
    }
  }

  /** Takes the acknowledgement. Gives how long it took. */
  acknowledged(number: number, now: number): number {
    this.advance(now);
    this.acknowledgedAt = now;
    const event = this.waiting.get(number);
    if (event?.isRead === true) this.waiting.delete(number);
    else if (event !== undefined) event.acknowledgedAt = now;
    return now - (event?.sentAt ?? now);
  }

  /** Takes it that the event was given up. It may be in the topic all the same. */
  failed(number: number, now: number): void {
    this.advance(now);
    this.waiting.delete(number);
  }

  /** Takes an event that was read. Gives how long that took; undefined when it was read before, or given up. */
  read(number: number, now: number): number | undefined {
    this.advance(now);
    for (const [earlier, { acknowledgedAt, isRead }] of this.waiting) {
      if (earlier >= number) break;
      if (acknowledgedAt !== undefined && !isRead) this.lost++;
      this.waiting.delete(earlier);
    }
    const event = this.waiting.get(number);
    if (event === undefined || event.isRead) return undefined;
    if (event.acknowledgedAt === undefined) event.isRead = true;
    else this.waiting.delete(number);
    return now - event.sentAt;
  }

  /** Accounts for the time until now. */
  advance(now: number): void {
    this.now = now;
    this.writes.advance(now, this.acknowledgedAt);
    this.reads.advance(now, this.unreadSince);
  }

  /** Leaves the time until now out, in which the program itself did not run: gaps go on as if it had not been. */
  skip(now: number): void {
    const asleep = now - this.now;
    this.acknowledgedAt += asleep;
    for (const event of this.waiting.values()) {
      event.sentAt += asleep;
      if (event.acknowledgedAt !== undefined) event.acknowledgedAt += asleep;
    }
    this.now = now;
    for (const account of [this.writes, this.reads]) account.skip(now);
  }

  /** The time in seconds since the last acknowledged write. */
  get writeGap(): number {
    return this.now - this.acknowledgedAt;
  }

  /** How long in seconds the oldest acknowledged event has been waiting to be read; 0 where there is none. */
  get readGap(): number {
    return this.now - (this.unreadSince ?? this.now);
  }

  /** Only the last one sent may lack its acknowledgement, or have been read before it. */
  private get unreadSince(): number | undefined {
    const [oldest] = this.waiting.values();
    return oldest?.acknowledgedAt;
  }
}
