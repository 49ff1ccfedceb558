/**
 * Made-up user activity as a SaaS records it: the input of the smoke test. Pure and seeded, so that a run can be
 * repeated.
 */

interface EventBase {
  readonly eventId: string;
  /** The id of the run that made the event, which tells a test's events from anybody else's. */
  readonly runId: string;
  /** The number of the event, from 0 within the run. */
  readonly number: number;
  readonly userId: string;
  readonly sessionId: string;
  /** When it happened, ISO 8601, UTC. */
  readonly occurredAt: string;
  readonly page: { readonly path: string; readonly title: string };
  readonly client: {
    readonly browser: string;
    readonly os: string;
    readonly viewport: string;
    readonly language: string;
  };
}

/** An event of user activity. */
export type ActivityEvent =
  | (EventBase & { readonly type: "page_view"; readonly referrer: string; readonly loadMs: number })
  | (EventBase & {
      readonly type: "button_click";
      readonly button: { readonly id: string; readonly label: string };
      readonly position: { readonly x: number; readonly y: number };
    })
  | (EventBase & { readonly type: "time_on_page"; readonly seconds: number; readonly scrollPercent: number });

/** The options of a run of events. */
export interface EventOptions {
  readonly runId: string;
  readonly count: number;
  readonly seed: number;
  /** The time of the first event, ms since 1970. */
  readonly startTime: number;
  /** The number of people that are online. Default 20,000. */
  readonly users?: number;
}

/** Numbers in [0, 1) by mulberry32: small, fast, and good enough for made-up data. */
export function randomNumbers(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
}

const pages = [
  ["/dashboard", "Dashboard"],
  ["/projects", "Projects"],
  ["/projects/4711/board", "Board"],
  ["/projects/4711/backlog", "Backlog"],
  ["/reports/weekly", "Weekly report"],
  ["/settings/profile", "Profile"],
  ["/settings/billing", "Billing"],
  ["/search", "Search"],
  ["/inbox", "Inbox"],
] as const;
const buttons = [
  ["save", "Save changes"],
  ["new-task", "New task"],
  ["export-csv", "Export as CSV"],
  ["invite", "Invite a colleague"],
  ["filter", "Filter"],
] as const;
const browsers = ["Chrome 131", "Firefox 133", "Safari 18.1", "Edge 131"] as const;
const systems = ["Windows 11", "macOS 15", "Ubuntu 24.04", "iOS 18", "Android 15"] as const;
const viewports = ["1920x1080", "1440x900", "1366x768", "390x844"] as const;
const languages = ["en-US", "de-DE", "fr-FR", "es-ES", "pt-BR"] as const;
const referrers = ["", "https://www.example.com/", "https://search.example.net/results?q=task+tracker"] as const;

/** The run's events, in the order in which they happen. */
export function* generateEvents(options: EventOptions): Generator<ActivityEvent> {
  const { runId, count, seed, startTime, users = 20_000 } = options;
  const random = randomNumbers(seed);
  const below = (limit: number) => Math.floor(random() * limit);
  const pick = <T>(list: readonly T[]): T => list[below(list.length)] as T;
  const of = <T>(list: readonly T[], index: number): T => list[index % list.length] as T;
  const hex = (digits: number) => Array.from({ length: digits }, () => below(16).toString(16)).join("");

  for (let number = 0; number < count; number++) {
    // Squared: some people click far more than others.
    const user = Math.floor(random() ** 2 * users);
    const [path, title] = pick(pages);
    const base: EventBase = {
      eventId: hex(8),
      runId,
      number,
      userId: `user-${String(user).padStart(6, "0")}`,
      sessionId: `s-${(Math.imul(user + 1, 2654435761) >>> 0).toString(16).padStart(8, "0")}`,
      // About as many a second as the company has.
      occurredAt: new Date(startTime + Math.floor(number / 250)).toISOString(),
      page: { path, title },
      client: {
        browser: of(browsers, user),
        os: of(systems, user),
        viewport: of(viewports, user),
        language: of(languages, user),
      },
    };
    const share = random();
    if (share < 0.6) {
      yield { ...base, type: "page_view", referrer: pick(referrers), loadMs: 80 + below(1500) };
    } else if (share < 0.85) {
      const [id, label] = pick(buttons);
      yield { ...base, type: "button_click", button: { id, label }, position: { x: below(1920), y: below(1080) } };
    } else {
      yield { ...base, type: "time_on_page", seconds: 1 + below(600), scrollPercent: below(101) };
    }
  }
}

/** The Kafka message of an event: keyed by user, so that one person's events stay in order. */
export function eventMessage(event: ActivityEvent): { readonly key: string; readonly value: string } {
  return { key: event.userId, value: JSON.stringify(event) };
}
