/** Made-up visitors of a page: they send what they do as browsers do, and again what was not taken. */
import { randomUUID } from "node:crypto";
import { setTimeout as pause } from "node:timers/promises";
import { Beat } from "./beat";

const tickMs = 100;
/** The most events of one request: a page sends so many. */
const batch = 20;
/** Requests that are under way at once. */
const senders = 48;
const againMs = 300;
const answerMs = 30_000;
const pages = ["/", "/pricing", "/docs", "/settings", "/reports"];
const buttons = ["buy", "compare", "ask"];

/** The session that all of their events have, by which their rows are counted. */
export const visitorsSession = "visitors";

/** Visitors that send so many events a second, until `leave`. */
export class Visitors {
  made = 0;
  accepted = 0;
  refused = 0;
  /** When the last answer 202 came, ms since 1970. */
  lastAt = Date.now();
  readonly acceptances = new Beat(250);
  private readonly waiting: object[][] = [];
  private readonly making: NodeJS.Timeout;
  private readonly sending: readonly Promise<void>[];
  private isLeaving = false;

  constructor(
    private readonly collector: string,
    eventsPerSecond: number,
  ) {
    const started = Date.now();
    this.making = setInterval(() => {
      const due = Math.floor(((Date.now() - started) / 1000) * eventsPerSecond) - this.made;
      const events = Array.from({ length: due }, (_, index) => event(this.made + index));
      this.made += due;
      while (events.length > 0) this.waiting.push(events.splice(0, batch));
    }, tickMs);
    this.sending = Array.from({ length: eventsPerSecond > 0 ? senders : 0 }, () => this.send());
  }

  /** Makes no more events, and resolves when all that were made have been answered with 202. */
  async leave(): Promise<void> {
    clearInterval(this.making);
    this.isLeaving = true;
    await Promise.all(this.sending);
  }

  private async send(): Promise<void> {
    for (;;) {
      const events = this.waiting.shift();
      if (events === undefined) {
        if (this.isLeaving) return;
        await pause(tickMs);
        continue;
      }
      const refused = await post(`${this.collector}/events`, events);
      if (refused === undefined) {
        // Under the same ids, as whoever got no answer does not know whether they were taken.
        this.waiting.unshift(events);
        await pause(againMs);
        continue;
      }
      this.refused += refused;
      this.accepted += events.length - refused;
      this.lastAt = Date.now();
      this.acceptances.tick(this.lastAt);
    }
  }
}

/** The number of events that were refused for good; undefined when they have to be sent again. */
async function post(url: string, events: readonly object[]): Promise<number | undefined> {
  try {
    const signal = AbortSignal.timeout(answerMs);
    const answer = await fetch(url, { method: "POST", body: JSON.stringify(events), signal });
    const { refused = [] } = (await answer.json()) as { readonly refused?: readonly unknown[] };
    if (answer.status === 202) return refused.length;
    return answer.status === 429 || answer.status >= 500 ? undefined : events.length;
  } catch {
    return undefined;
  }
}

function event(number: number): object {
  const of = <T>(list: readonly T[]): T => list[number % list.length] as T;
  const common = { id: randomUUID(), user: `visitor-${number % 5_000}`, session: visitorsSession };
  const what = { at: new Date().toISOString(), page: of(pages), type: "page_view" };
  if (number % 4 === 0) return { ...common, ...what, type: "button_click", button: of(buttons) };
  if (number % 4 === 1) return { ...common, ...what, type: "time_on_page", seconds: number % 300 };
  return { ...common, ...what };
}
