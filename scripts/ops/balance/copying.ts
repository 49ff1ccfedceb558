import type { Move } from "../../../planning/replicaMoves";
import type { KafkaAdmin } from "../../kafka/admin";
import { examples } from "../gateVerdict";
import { formatBytes, formatSeconds } from "./format";
import { added, brokerNames, copySizes, labelOf, type WantedCluster } from "./placementNow";
import { batchState, type BatchState, type Look, type Progress } from "./progress";
import { BalanceError, patienceMs, type Session } from "./session";
import { batchRates, copiesToHoldBack, copyRate, setThrottles } from "./throttles";
import { Traffic } from "./traffic";

export type BalanceAdmin = Pick<
  KafkaAdmin,
  "metadata" | "logDirs" | "reassign" | "reassignments" | "setConfigs" | "configs" | "electPreferred"
>;

const pollMs = 500;
/** How long a throttle stays as it is, while the traffic may change, or a broker come back that missed it. */
const throttleMs = 60_000;
/** Less is no progress, however much there is to copy. */
const leastProgressBytes = 100e6;

/** Carries out batches of moves, at a throttle that follows the traffic. */
export class Copying {
  private readonly traffic = new Traffic();
  /** As it was set last. */
  private heldBack = JSON.stringify([]);
  private throttledAt = 0;

  constructor(
    private readonly session: Session,
    private readonly admin: BalanceAdmin,
    private readonly cluster: WantedCluster,
    private readonly progress: Progress,
  ) {}

  /** Looks at the traffic until enough is known of it. Gives the bytes/s that a broker may copy beside it. */
  async rate(): Promise<number> {
    let look = await this.look();
    while (!this.traffic.known) {
      await this.session.pause(pollMs);
      look = await this.look();
    }
    return copyRate(look.view, this.traffic.ingest(), this.cluster.brokerBytesPerSecond);
  }

  /** Begins the moves, unless they are `underWay`, and waits until all copies are in sync. Throws a BalanceError. */
  async carry(batch: readonly Move[], underWay: boolean): Promise<void> {
    const { session, admin, progress } = this;
    progress.begin(batch);
    let missing: readonly number[] = [];
    session.doing = () =>
      progress.line() + (missing.length === 0 ? "" : `; not registered: ${brokerNames(this.cluster, missing)}`);
    let look = await this.look();
    await this.throttle(batch, look);
    if (!underWay) {
      const moves = batch.map(({ topic, partition, to }) => ({ topic, partition, replicas: to }));
      await session.ask(() => admin.reassign(moves));
    }

    let best: BatchState | undefined;
    let bestAt = session.now();
    for (;;) {
      look = await this.look();
      const state = batchState(batch, look);
      progress.look(state, session.now());
      if (state.open.length === 0) break;
      await this.throttle(state.open, look);
      if (isNearer(state, best)) [best, bestAt] = [state, session.now()];
      missing = missingBrokers(state, look);
      if (session.now() - bestAt > patienceMs) throw this.hopeless(state, missing);
      await session.pause(pollMs);
    }
    progress.end();
  }

  private async look(): Promise<Look> {
    const { session, admin } = this;
    const look = await session.ask(() => lookAt(admin));
    this.traffic.look(look, session.now());
    return look;
  }

  /** Anew when other copies are to be held back than before, and each minute. */
  private async throttle(open: readonly Move[], { view, sizes }: Look): Promise<void> {
    const ingest = this.traffic.ingest();
    const rate = copyRate(view, ingest, this.cluster.brokerBytesPerSecond);
    const heldBack = copiesToHoldBack(open, sizes, rate);
    const list = JSON.stringify(heldBack);
    const now = this.session.now();
    if (list === this.heldBack && (heldBack.length === 0 || now - this.throttledAt < throttleMs)) return;
    [this.heldBack, this.throttledAt] = [list, now];
    await this.session.ask(() => setThrottles(this.admin, heldBack, batchRates(open, view, ingest, rate)));
  }

  private hopeless({ open, bytesBehind }: BatchState, missing: readonly number[]): BalanceError {
    const what = `${examples(open.map(labelOf))} came no nearer for ${formatSeconds(patienceMs / 1000)}`;
    if (missing.length > 0) {
      const names = brokerNames(this.cluster, missing);
      return new BalanceError(`${what}: not registered: ${names}; repair it, then run this again`, missing);
    }
    const behind = bytesBehind > 0 ? `, ${formatBytes(bytesBehind)} behind` : "";
    const holders = open.flatMap(({ to }) => to);
    return new BalanceError(
      `${what}${behind}: look at ${brokerNames(this.cluster, holders)}, then run this again`,
      open.flatMap(added),
    );
  }
}

export async function lookAt(admin: BalanceAdmin): Promise<Look> {
  const underWay = await admin.reassignments();
  // In this order: a move that ends between the two is seen as under way, not as ended without effect.
  const [view, logDirs] = await Promise.all([admin.metadata(), admin.logDirs()]);
  return { view, sizes: copySizes(logDirs), underWay };
}

/** The brokers that the open moves wait for and that are not there. */
function missingBrokers({ open }: BatchState, { view }: Look): number[] {
  const there = new Set(view.brokers.map(({ id }) => id));
  return [...new Set(open.flatMap(({ to }) => to))].filter((id) => !there.has(id));
}

/** Whether a move has ended since, or enough has come of what was behind. */
function isNearer(state: BatchState, best: BatchState | undefined): boolean {
  if (best === undefined || state.open.length < best.open.length) return true;
  return best.bytesBehind - state.bytesBehind > Math.min(best.bytesBehind / 100, leastProgressBytes);
}
