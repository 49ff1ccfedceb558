import { setTimeout } from "node:timers/promises";
import { randomUUID } from "node:crypto";
import type { Outcome } from "../outcome";
import type { BalanceService, Entry } from "./service";

/** What {@link follow} needs. */
export interface Following {
  readonly service: BalanceService;
  /** The state that the copies are to be in, from `wantedOf`. */
  readonly wanted: string;
  /** Seconds to wait for the end. */
  readonly waitSeconds: number;
  readonly report: (line: string) => void;
  /** Takes everything about a failure, at once: Pulumi shows it in its error. */
  readonly complain: (text: string) => void;
  /** Milliseconds; for tests. */
  readonly now?: () => number;
  readonly pause?: (ms: number) => Promise<void>;
}

const pollMs = 1000;
/** The silence in ms after which a run counts as hung: it says something every 5 s. */
const silenceMs = 15_000;

/**
 * Waits for the run in the background that moves copies, and begins it where there is none. It goes on when this wait
 * ends: by its time, or as the connection is lost. One that is for other settings is ended first.
 */
export async function follow({
  service,
  wanted,
  waitSeconds,
  report,
  complain,
  now = Date.now,
  pause = setTimeout,
}: Following): Promise<Outcome> {
  const until = now() + waitSeconds * 1000;
  const { run, seen } = await runToFollow(service, wanted, report);
  let shown = seen;
  let last = "";
  let heardAt = now();
  for (;;) {
    const entries = entriesOf(run, service.log());
    for (const entry of entries.slice(shown)) {
      heardAt = now();
      if ("line" in entry) report((last = entry.line));
      if (!("passed" in entry)) continue;
      if (!entry.passed) complain(entry.complaint);
      return entry.passed ? "done" : "failed";
    }
    shown = Math.max(shown, entries.length);
    if (now() - heardAt > silenceMs) {
      // What it said in between is looked at once more.
      if (!(await service.running()) && entriesOf(run, service.log()).length <= shown) {
        complain(
          "balance: the run ended without a word, as when its machine is replaced: `pulumi up` again takes it up; " +
            "`journalctl -u kafka-balance` on the ops host may tell why",
        );
        return "failed";
      }
      heardAt = now();
    }
    if (now() >= until) {
      const state = last.replace(/^balance: /, "");
      complain(
        `balance: still moving${state === "" ? "" : `: ${state}`}\n` +
          "The copies go on moving without this update; nothing is deleted before they have arrived. Run `pulumi up` " +
          "again to wait for them and to do the rest; `npm run deploy` does so by itself.",
      );
      return "unfinished";
    }
    await pause(pollMs);
  }
}

/** The run that goes on, or a new one; and how many entries its log had before. */
async function runToFollow(
  service: BalanceService,
  wanted: string,
  report: (line: string) => void,
): Promise<{ readonly run: string; readonly seen: number }> {
  if (await service.running()) {
    const log = service.log();
    const [head] = log;
    if (head !== undefined && "run" in head && head.wanted === wanted) {
      report("balance: copies are being moved already: following that");
      return { run: head.run, seen: log.length };
    }
    report("balance: copies are being moved for earlier settings: ending that");
    await service.stop();
  }
  const run = randomUUID();
  await service.start(run);
  return { run, seen: 0 };
}

/** The log's entries; none when it is another run's. */
function entriesOf(run: string, log: readonly Entry[]): readonly Entry[] {
  const [head] = log;
  return head !== undefined && "run" in head && head.run === run ? log : [];
}
