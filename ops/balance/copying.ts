import type { Move } from "../../planning/placement/replicaMoves";
import type { KafkaAdmin } from "../kafka/admin";
import { examples } from "../gateVerdict";
import { formatBytes, formatSeconds } from "./format";
import { fewAtOnce, nextMoves, secondsUnderWay } from "./pace";
import { added, allPartitions, brokerNames, copySizes, labelOf, type WantedCluster } from "./placementNow";
import { bytesBehind, isPlaced, stateOf, type CopyObservation, type MovesState, type Progress } from "./progress";
import { BalanceError, patienceMs, type Session } from "./session";
import { copiesToHoldBack, copyRateNow, setThrottles, throttleRates } from "./throttles";
import { Traffic } from "./traffic";

/** The part of the admin client that moving copies needs. */
export type BalanceAdmin = Pick<
  KafkaAdmin,
  "metadata" | "logDirs" | "reassign" | "reassignments" | "setConfigs" | "configs" | "electPreferred"
>;

const pollMs = 500;
/**
 * The time in ms for which a throttle stays as it is, while the traffic may change, or a broker come back that missed
 * it.
 */
const throttleMs = 60_000;
/** The least bytes that count as progress, however much there is to copy. */
const leastProgressBytes = 100e6;

/** Carries out moves, few at once, at a throttle that follows the traffic. */
export class Copying {
  private readonly traffic = new Traffic();
  private waiting: readonly Move[] = [];
  /** The held-back copies as they were set last, as JSON. */
  private heldBack = JSON.stringify([]);
  private throttledAt = 0;

  constructor(
    private readonly session: Session,
    private readonly admin: BalanceAdmin,
    private readonly cluster: WantedCluster,
    private readonly progress: Progress,
    /** The moves that have begun and not yet ended; kept up to date. */
    private readonly underWay: Set<Move>,
  ) {}

  /** Looks at the traffic until enough is known of it. Gives the bytes/s that a broker may copy beside it. */
  async rate(): Promise<number> {
    let observation = await this.observe();
    while (!this.traffic.known) {
      await this.session.pause(pollMs);
      observation = await this.observe();
    }
    return this.rateAt(observation);
  }

  /**
   * Begins the moves as there is room for them, and waits until these and those under way have all copies in sync.
   * Gives those that have ended. Throws a BalanceError.
   */
  async carry(moves: readonly Move[]): Promise<Move[]> {
    const { session, progress, underWay } = this;
    this.waiting = moves;
    const ended: Move[] = [];
    let missing: readonly number[] = [];
    session.doing = () =>
      progress.line() + (missing.length === 0 ? "" : `; not registered: ${brokerNames(this.cluster, missing)}`);
    let best: MovesState | undefined;
    let bestAt = session.now();
    for (;;) {
      const observation = await this.observe();
      const state = stateOf(underWay, observation);
      progress.update(state, session.now());
      session.tell(progress.figures());
      for (const move of state.ended) underWay.delete(move);
      ended.push(...state.ended);
      if (isNearer(state, best)) [best, bestAt] = [state, session.now()];
      missing = missingBrokers([...state.open, ...this.waiting], observation);
      if (session.now() - bestAt > patienceMs) throw this.hopeless(state, missing);

      const rate = this.rateAt(observation);
      // Kafka makes no copy on a broker that is away, and those that are left have enough to do.
      const next = missing.length > 0 ? [] : this.next(state, observation, rate);
      await this.throttle([...state.open, ...next], observation, rate);
      if (next.length > 0) {
        await this.begin(next);
        // More is behind than before.
        best = undefined;
      }
      if (underWay.size === 0 && this.waiting.length === 0) return ended;
      await session.pause(pollMs);
    }
  }

  /** Takes the moves that begin now from the waiting ones. */
  private next({ open }: MovesState, observation: CopyObservation, rate: number): Move[] {
    const left = open.map((move) => ({ ...move, bytes: bytesBehind(move, observation.sizes) }));
    const limits = { ...fewAtOnce, bytesPerBroker: secondsUnderWay * rate };
    const { next, rest } = nextMoves(this.waiting, left, limits);
    this.waiting = rest;
    return stillAsPlanned(next, observation);
  }

  private async begin(moves: readonly Move[]): Promise<void> {
    for (const move of moves) this.underWay.add(move);
    const wanted = moves.map(({ topic, partition, to }) => ({ topic, partition, replicas: to }));
    await this.session.ask(() => this.admin.reassign(wanted));
  }

  private async observe(): Promise<CopyObservation> {
    const { session, admin } = this;
    const observation = await session.ask(() => observeCopies(admin));
    this.traffic.record(observation, session.now());
    return observation;
  }

  /** Sets the throttles anew when other copies are to be held back than before, and each minute. */
  private async throttle(open: readonly Move[], { view, sizes }: CopyObservation, rate: number): Promise<void> {
    const heldBack = copiesToHoldBack(open, sizes, rate);
    const list = JSON.stringify(heldBack);
    const now = this.session.now();
    if (list === this.heldBack && (heldBack.length === 0 || now - this.throttledAt < throttleMs)) return;
    [this.heldBack, this.throttledAt] = [list, now];
    const rates = throttleRates(open, view, this.traffic.ingest(), rate);
    await this.session.ask(() => setThrottles(this.admin, heldBack, rates));
  }

  private rateAt({ view }: CopyObservation): number {
    return copyRateNow(view, this.traffic.ingest(), this.cluster.brokerBytesPerSecond);
  }

  private hopeless(state: MovesState, missing: readonly number[]): BalanceError {
    const open = state.open.length > 0 ? state.open : this.waiting;
    const what = `${examples(open.map(labelOf))} came no nearer for ${formatSeconds(patienceMs / 1000)}`;
    if (missing.length > 0) {
      const names = brokerNames(this.cluster, missing);
      return new BalanceError(`${what}: not registered: ${names}; repair it, then run this again`, missing);
    }
    const behind = state.bytesBehind > 0 ? `, ${formatBytes(state.bytesBehind)} behind` : "";
    const holders = open.flatMap(({ to }) => to);
    return new BalanceError(
      `${what}${behind}: look at ${brokerNames(this.cluster, holders)}, then run this again`,
      open.flatMap(added),
    );
  }
}

/** Observes the copies that move: the cluster, the sizes of its logs, and the reassignments under way. */
export async function observeCopies(admin: BalanceAdmin): Promise<CopyObservation> {
  const underWay = await admin.reassignments();
  // In this order: a move that ends between the two is seen as under way, not as ended without effect.
  const [view, logDirs] = await Promise.all([admin.metadata(), admin.logDirs()]);
  return { view, sizes: copySizes(logDirs), underWay };
}

/**
 * The moves without those that others have carried out or whose topics they have deleted since: the next plan has
 * those.
 */
function stillAsPlanned(moves: readonly Move[], { view }: CopyObservation): Move[] {
  const now = new Map(allPartitions(view).map((one) => [labelOf(one), one]));
  return moves.filter((move) => isPlaced(now.get(labelOf(move)) ?? { replicas: [] }, move.from));
}

/** The brokers that the moves wait for and that are not there. */
function missingBrokers(moves: readonly Move[], { view }: CopyObservation): number[] {
  const there = new Set(view.brokers.map(({ id }) => id));
  return [...new Set(moves.flatMap(({ to }) => to))].filter((id) => !there.has(id));
}

/** Whether a move has ended since, or enough has come of what was behind. */
function isNearer(state: MovesState, best: MovesState | undefined): boolean {
  if (best === undefined || state.open.length < best.open.length) return true;
  return best.bytesBehind - state.bytesBehind > Math.min(best.bytesBehind / 100, leastProgressBytes);
}
