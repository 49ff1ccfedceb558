/** Keeps the way to a stack's page open for as long as somebody looks. */
import { setTimeout as pause } from "node:timers/promises";
import { explain } from "../cli/userError";
import type { Tunnel } from "./opsTunnel";

const againMs = 3000;

/** What watching needs of the world. */
export interface WatchWorld {
  /** Opens the way; rejects when it can't be opened. */
  readonly open: () => Promise<Tunnel>;
  /** Shows the page; gives whether there is a browser. */
  readonly show: () => Promise<boolean>;
  /** What has to be said of the stack, beside its page. Never rejects. */
  readonly remark: () => Promise<string | undefined>;
  readonly report: (line: string) => void;
  /** The time in ms between two tries to open a way that was lost. */
  readonly againMs?: number;
}

/**
 * Opens the way and the page, and opens the way again whenever it is lost: the page goes on by itself. Resolves when
 * the signal aborts. Rejects when the way can't be opened at first.
 * @param url of the page, for people
 */
export async function watchPage(url: string, signal: AbortSignal, world: WatchWorld): Promise<void> {
  let tunnel = await world.open();
  if (signal.aborted) return tunnel.close();
  const [hasBrowser, remark] = await Promise.all([world.show(), world.remark()]);
  world.report(`${url}${hasBrowser ? "" : "  (no browser here: open it in one)"}  Ctrl-C ends it`);
  if (remark !== undefined) world.report(remark);
  const interrupted = new Promise<undefined>((resolve) => {
    signal.addEventListener("abort", () => resolve(undefined), { once: true });
  });
  for (;;) {
    const why = await Promise.race([tunnel.lost, interrupted]);
    if (signal.aborted || why === undefined) return tunnel.close();
    world.report(`the connection to the ops host is lost (${why}): trying again until it is back`);
    const again = await reopened(signal, world);
    if (again === undefined) return;
    tunnel = again;
    world.report("the connection is back");
  }
}

/** What to say of a stack without monitoring; undefined for one that has it. Never rejects. */
export async function monitoringRemark(url: string, stack: string): Promise<string | undefined> {
  try {
    const answer = (await (await fetch(`${url}now`, { signal: AbortSignal.timeout(20_000) })).json()) as {
      readonly monitored?: boolean;
    };
    if (answer.monitored !== false) return undefined;
  } catch {
    // The page itself says that it does not answer.
    return undefined;
  }
  return (
    `stack ${stack} has no monitoring (monitoringEnabled is false): the page says what brokers and guardian know, ` +
    "without charts and alerts"
  );
}

async function reopened(signal: AbortSignal, { open, report, againMs: ms = againMs }: WatchWorld) {
  let said = "";
  while (!signal.aborted) {
    await pause(ms, undefined, { signal }).catch(() => undefined);
    if (signal.aborted) return undefined;
    try {
      return await open();
    } catch (error) {
      const why = explain(error);
      if (why !== said) report(why);
      said = why;
    }
  }
  return undefined;
}
