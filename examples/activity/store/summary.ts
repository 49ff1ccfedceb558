import type { ActivityEvent } from "../events/event";

/** A count of one hour. */
export interface HourlyCount {
  /** Such as `2026-11-29T12`. */
  readonly hour: string;
  readonly type: string;
  readonly page: string;
  /** Empty for events other than clicks. */
  readonly button: string;
  events: number;
  seconds: number;
}

/** What one hour has. */
class Hour {
  readonly users = new Set<string>();
  /** By type; then by page, and for clicks also by button. */
  readonly counts: Readonly<Record<ActivityEvent["type"], Map<string, HourlyCount>>> = {
    page_view: new Map(),
    button_click: new Map(),
    time_on_page: new Map(),
  };

  constructor(readonly hour: string) {}

  count(type: ActivityEvent["type"], page: string, button: string, events: number, seconds: number): void {
    const counts = this.counts[type];
    // No text of an event has a NUL.
    const key = button === "" ? page : `${page}\0${button}`;
    const known = counts.get(key);
    if (known === undefined) counts.set(key, { hour: this.hour, type, page, button, events, seconds });
    else {
      known.events += events;
      known.seconds += seconds;
    }
  }
}

/** Keys of an index may have 2,704 bytes in PostgreSQL; the page and the button stay far below. */
const longestPage = 400;
const longestButton = 100;

/** The counts that the views are made of, by hour of `received`: of a chunk, or of several. */
export class Summary {
  private readonly hours = new Map<string, Hour>();
  private latest: Hour | undefined;

  /** Counts one event. */
  add({ received, type, page, button = "", seconds = 0, user }: ActivityEvent): void {
    const hour = this.latest !== undefined && received.startsWith(this.latest.hour) ? this.latest : this.at(received);
    hour.users.add(user);
    const clicked = type === "button_click" ? shortened(button, longestButton) : "";
    hour.count(type, shortened(page, longestPage), clicked, 1, type === "time_on_page" ? seconds : 0);
  }

  /** Adds all that another one has. */
  merge(other: Summary): void {
    for (const { hour, users, counts } of other.hours.values()) {
      const mine = this.at(hour);
      for (const user of users) mine.users.add(user);
      for (const type of Object.keys(counts) as ActivityEvent["type"][]) {
        for (const { page, button, events, seconds } of counts[type].values()) {
          mine.count(type, page, button, events, seconds);
        }
      }
    }
  }

  /** The counts, in the order of the hour: transactions that change the same rows don't wait in a circle. */
  counts(): HourlyCount[] {
    const all = [...this.hours.values()].flatMap(({ counts }) =>
      Object.values(counts).flatMap((map) => [...map.values()]),
    );
    return all.sort((one, other) => (keyOf(one) < keyOf(other) ? -1 : 1));
  }

  /** Who was active in each hour. */
  users(): { readonly hour: string; readonly users: ReadonlySet<string> }[] {
    return [...this.hours.values()];
  }

  private at(time: string): Hour {
    const name = time.slice(0, 13);
    let hour = this.hours.get(name);
    if (hour === undefined) this.hours.set(name, (hour = new Hour(name)));
    return (this.latest = hour);
  }
}

function keyOf({ hour, type, page, button }: HourlyCount): string {
  return `${hour}\0${type}\0${page}\0${button}`;
}

/** The beginning of a text, without half of a surrogate pair at its end. */
function shortened(text: string, most: number): string {
  return text.length <= most ? text : text.slice(0, most).replace(/[\uD800-\uDBFF]$/, "");
}
