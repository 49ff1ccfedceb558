/** A moment, and the number of the event to come then: all with a smaller one were there. */
export interface Mark {
  /** ms since 1970. */
  readonly at: number;
  readonly offset: number;
}

/** The moments between which an event came; one that is not known is absent. */
export interface Bracket {
  readonly after?: Mark;
  readonly before?: Mark;
}

/** The share of its age by which the time of an event may be wrong at most, and the time in ms that is near enough. */
const enough = { share: 0.05, ms: 20_000 } as const;
/** Marks nearer to one another than this share of their age are more than are needed. */
const nearShare = 0.025;
/** The age in ms beyond which nobody asks: no topic keeps events for longer. */
const oldestMs = 10 * 365 * 24 * 3_600_000;

/**
 * What is known of when a partition had how many events: marks that are the sparser the older they are. From it follows
 * when any event came. Pure but for its own state.
 */
export class Timeline {
  /** The oldest first; neither times nor numbers ever go back. */
  private marks: Mark[] = [];

  /** Takes the number of the event to come as of now. A smaller one than before is of another log. */
  extend(now: Mark): void {
    const last = this.marks.at(-1);
    if (last !== undefined && (now.offset < last.offset || now.at < last.at)) this.marks = [];
    const kept = this.marks.slice(0, 1);
    for (const [index, mark] of this.marks.entries()) {
      const later = this.marks[index + 1] ?? now;
      const earlier = kept.at(-1);
      if (index > 0 && earlier !== undefined && later.at - earlier.at > nearShare * (now.at - later.at))
        kept.push(mark);
    }
    this.marks = [...kept, now];
  }

  /** Takes what Kafka tells of an earlier time, by the events' own times, which need not be in order. */
  add({ at, offset }: Mark): void {
    const index = this.marks.findIndex((mark) => mark.at > at);
    const place = index < 0 ? this.marks.length : index;
    const [least, most] = [this.marks[place - 1]?.offset ?? 0, this.marks[place]?.offset ?? Infinity];
    this.marks.splice(place, 0, { at, offset: Math.min(most, Math.max(least, offset)) });
  }

  /** The moments between which the event with this number came. */
  bracket(offset: number): Bracket {
    const index = this.marks.findIndex((mark) => mark.offset > offset);
    return index < 0 ? { after: this.marks.at(-1) } : { after: this.marks[index - 1], before: this.marks[index] };
  }

  /**
   * When the event with this number came, ms since 1970, as well as is known: between two moments as if events had come
   * evenly. Undefined where nothing is known.
   */
  timeOf(offset: number): number | undefined {
    const { after, before } = this.bracket(offset);
    if (after === undefined || before === undefined) return after?.at ?? before?.at;
    return after.at + ((before.at - after.at) * (offset - after.offset)) / (before.offset - after.offset);
  }

  /**
   * The time of which to ask Kafka how many events there were, so that the time of this event is known better;
   * undefined when it is known well enough.
   */
  question(offset: number, now: number): number | undefined {
    const { after, before } = this.bracket(offset);
    if (before === undefined) return undefined;
    const youngest = Math.max(1000, now - before.at);
    if (after === undefined) return youngest > oldestMs ? undefined : now - Math.max(enough.ms, 4 * youngest);
    if (before.at - after.at <= Math.max(enough.ms, enough.share * youngest)) return undefined;
    return now - Math.sqrt(youngest * (now - after.at));
  }

  /** Events a second over about so long, undefined where nothing is known of half of that. */
  rate(now: number, ms: number): number | undefined {
    const last = this.marks.at(-1);
    const first = this.marks.findLast(({ at }) => at <= now - ms) ?? this.marks[0];
    if (first === undefined || last === undefined || last.at - first.at < ms / 2) return undefined;
    return ((last.offset - first.offset) * 1000) / (last.at - first.at);
  }
}
