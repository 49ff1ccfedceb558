import { setTimeout as pause } from "node:timers/promises";
import { describeMissing, type Verdict } from "./gateVerdict";

/** What {@link waitUntil} waits for, and how. */
export interface Wait<T> {
  /** The name for the progress lines: `ZooKeeper gate`. */
  readonly what: string;
  /** Observes the world once. It should bound itself; an observation that hangs is given up at the deadline. */
  readonly observe: () => Promise<T>;
  /** Judges the observation. Pure. */
  readonly evaluate: (observation: T) => Verdict;
  readonly deadlineSeconds: number;
  readonly report: (line: string) => void;
  /** Asked now and then while something is missing: gives the reason when more waiting is of no use. */
  readonly hopeless?: (verdict: Verdict) => Promise<string | undefined>;
  /** The time in ms to the first such question and between two of them. Default 20000. */
  readonly hopelessMs?: number;
  /** The pause in ms between two observations. Default 1000. */
  readonly intervalMs?: number;
  /** The longest silence in ms: the SSH session that shows the lines has no keepalive of its own. Default 5000. */
  readonly progressMs?: number;
}

/** The result of a wait. */
export interface WaitResult {
  readonly verdict: Verdict;
  readonly seconds: number;
  /** The reason for which the wait ended before its deadline. */
  readonly gaveUp?: string;
}

/**
 * Observes until the verdict is satisfied or the deadline has passed, and says what is missing: at each change, and
 * every few seconds.
 */
export async function waitUntil<T>(wait: Wait<T>): Promise<WaitResult> {
  const started = Date.now();
  const deadline = started + wait.deadlineSeconds * 1000;
  const seconds = () => Math.round((Date.now() - started) / 1000);
  let verdict: Verdict = { satisfied: false, summary: "first look under way", missing: [] };
  let said = "";
  const say = () => {
    said = describeMissing(verdict.missing, 4);
    const missing = said === "" ? "" : ` - missing: ${said}`;
    wait.report(`${wait.what}: ${verdict.summary} (${seconds()} s of ${wait.deadlineSeconds} s)${missing}`);
  };
  const ticker = setInterval(say, wait.progressMs ?? 5000);
  let alarm: NodeJS.Timeout | undefined;
  const timeUp = new Promise<"time is up">((resolve) => {
    alarm = setTimeout(() => resolve("time is up"), deadline - started);
  });
  let gaveUp: string | undefined;
  let asking = false;
  const doubter = setInterval(() => {
    if (asking || wait.hopeless === undefined || verdict.missing.length === 0) return;
    asking = true;
    wait
      .hopeless(verdict)
      .then((reason) => (gaveUp = reason))
      .catch(() => undefined)
      .finally(() => (asking = false));
  }, wait.hopelessMs ?? 20_000);
  try {
    while (Date.now() < deadline && gaveUp === undefined) {
      const observation = await Promise.race([wait.observe(), timeUp]);
      if (observation === "time is up") break;
      verdict = wait.evaluate(observation);
      if (verdict.satisfied) break;
      if (describeMissing(verdict.missing, 4) !== said) {
        say();
        ticker.refresh();
      }
      await Promise.race([pause(wait.intervalMs ?? 1000), timeUp]);
    }
  } finally {
    clearInterval(ticker);
    clearInterval(doubter);
    clearTimeout(alarm);
  }
  return { verdict, seconds: seconds(), ...(verdict.satisfied ? {} : { gaveUp }) };
}
