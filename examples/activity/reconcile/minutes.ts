/** What became of the events of a minute. */
export interface Minute {
  /** Such as `2026-11-29T12:05Z`. */
  readonly minute: string;
  /** The collectors' answers 202; undefined when none was asked. */
  readonly accepted: number | undefined;
  /** Messages in Kafka. */
  readonly inKafka: number;
  /** Events in the database. */
  readonly stored: number;
  readonly rejected: number;
  /** Messages in Kafka whose event is stored by another message, of this period or not. */
  readonly doubles: number;
  /** Messages in Kafka that are neither stored nor rejected. */
  readonly notStored: number;
  /** Events that were accepted and are not in Kafka. */
  readonly notInKafka: number;
  /** Rows more than there are ids. */
  readonly storedTwice: number;
}

/** A message of Kafka: its time in ms, its place as `partition:offset`, and its event's id, if it has one. */
export interface Seen {
  readonly ms: number;
  readonly place: string;
  readonly id: string | undefined;
}

/** What is known of each side. */
export interface Sides {
  readonly accepted: ReadonlyMap<string, number> | undefined;
  readonly seen: readonly Seen[];
  readonly stored: readonly { readonly minute: string; readonly id: string }[];
  /** Ids in Kafka whose event is stored, but was first received at another time than this period. */
  readonly storedElsewhere?: ReadonlySet<string>;
  /** Places of rejected messages. */
  readonly rejected: ReadonlySet<string>;
}

/** The minute of a time, as the ledgers write it. */
export function minuteOf(ms: number): string {
  return `${new Date(ms).toISOString().slice(0, 16)}Z`;
}

/** Compares the sides, minute by minute. */
export function reconcile({ accepted, seen, stored, storedElsewhere, rejected }: Sides): Minute[] {
  const storedIds = new Set(stored.map(({ id }) => id));
  const known = new Set<string>();
  const counts = new Map<string, { -readonly [K in keyof Minute]: Minute[K] }>();
  const at = (minute: string) => {
    const none = { inKafka: 0, stored: 0, rejected: 0, doubles: 0, notStored: 0, notInKafka: 0, storedTwice: 0 };
    const count = counts.get(minute) ?? { minute, accepted: accepted && (accepted.get(minute) ?? 0), ...none };
    counts.set(minute, count);
    return count;
  };
  // A spool sends a message again with its time, which was accepted once; a browser's event is accepted each time.
  const acceptances = new Map<string, Set<string>>();
  for (const { ms, place, id } of seen) {
    const minute = minuteOf(ms);
    const count = at(minute);
    count.inKafka++;
    acceptances.set(minute, (acceptances.get(minute) ?? new Set()).add(`${ms} ${id ?? place}`));
    if (rejected.has(place)) count.rejected++;
    else if (id !== undefined && (known.has(id) || storedElsewhere?.has(id))) count.doubles++;
    else if (id === undefined || !storedIds.has(id)) count.notStored++;
    else known.add(id);
  }
  const rows = new Set<string>();
  for (const { minute, id } of stored) {
    const count = at(minute);
    count.stored++;
    if (rows.has(id)) count.storedTwice++;
    rows.add(id);
  }
  for (const [minute, number] of accepted ?? []) {
    const count = at(minute);
    count.notInKafka = Math.max(0, number - (acceptances.get(minute)?.size ?? 0));
  }
  return [...counts.values()].sort((one, other) => (one.minute < other.minute ? -1 : 1));
}

/** Whether nothing is missing and nothing is there twice. */
export function isWhole(minutes: readonly Minute[]): boolean {
  return minutes.every(({ notStored, notInKafka, storedTwice }) => notStored + notInKafka + storedTwice === 0);
}
