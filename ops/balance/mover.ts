import { planMoves, type Move, type MovePlan } from "../../planning/placement/replicaMoves";
import type { Reassignment, TopicPartition } from "../kafka/admin";
import { examples } from "../gateVerdict";
import type { ClusterView } from "../kafkaGate";
import { Copying, observeCopies, type BalanceAdmin } from "./copying";
import type { Departure } from "./departure";
import { formatBytes, formatRate, formatSeconds } from "./format";
import { copySeconds } from "./pace";
import {
  allPartitions,
  balanceText,
  brokerName,
  copiesOn,
  copySizes,
  labelOf,
  leavingBrokers,
  ledByOthers,
  moveInput,
  moveUnderWay,
  type WantedCluster,
} from "./placementNow";
import { clusterRefusals, diskRefusals, replicaRefusals } from "./preflight";
import { Progress } from "./progress";
import { BalanceError, patienceMs, type Session } from "./session";
import { removeThrottles } from "./throttles";

const electionMs = 30_000;
const removalMs = 30_000;
/** The most plans of a run: a second one finds something only where topics or copies have changed meanwhile. */
const mostPlans = 3;
/** How often brokers that go are started again for what came onto them: more is somebody who makes topics all along. */
const mostRounds = 3;

/**
 * Moves the copies to where the settings want them, few at once and throttled; then the preferred leaders lead.
 * Brokers that the settings no longer name are stopped when they are empty, and are looked at once more then: a topic
 * that somebody has made meanwhile may have copies there. Takes up what an earlier run left under way. However it ends,
 * no throttle is left, and nothing goes on without one. Throws a BalanceError.
 */
export async function moveReplicas(
  session: Session,
  admin: BalanceAdmin,
  cluster: WantedCluster,
  departure: Departure,
): Promise<void> {
  await new Mover(session, admin, cluster, departure).run();
}

class Mover {
  private readonly underWay = new Set<Move>();
  private readonly moved: Move[] = [];
  private leastBytes = 0;

  constructor(
    private readonly session: Session,
    private readonly admin: BalanceAdmin,
    private readonly cluster: WantedCluster,
    private readonly departure: Departure,
  ) {}

  async run(): Promise<void> {
    const stopTalking = this.session.keepTalking();
    try {
      await this.wakeStranded();
      for (let rounds = 1; ; rounds++) {
        await this.moveUnthrottled();
        const leaving = await this.emptied();
        await this.stop(leaving);
        const arrived = await this.copiesOf(leaving);
        if (arrived.length === 0) return await this.conclude(leaving);
        const text = `${examples(arrived.map(labelOf))} came onto brokers that go`;
        if (rounds === mostRounds) throw new BalanceError(`${text}, again and again: who makes topics? Run this again`);
        this.session.say(`${text}: starting these brokers again, and moving that too`);
        await this.start(leaving);
      }
    } finally {
      stopTalking();
    }
  }

  /** Moves what there is to move. However that ends, no throttle is left. */
  private async moveUnthrottled(): Promise<void> {
    await this.move().catch(async (error: Error) => {
      await this.giveUp();
      const left = await this.unthrottle();
      if (left !== undefined) error.message += `\n  ${left}`;
      throw error;
    });
    const left = await this.unthrottle();
    if (left !== undefined) throw new BalanceError(left);
  }

  /** Starts brokers that go and were stopped by a run that was cut off, where they have what nobody else has. */
  private async wakeStranded(): Promise<void> {
    const { session, admin, cluster } = this;
    const view = await session.ask(() => admin.metadata());
    const registered = new Set(view.brokers.map(({ id }) => id));
    const stopped = leavingBrokers(cluster, view).filter((id) => !registered.has(id));
    const leaderless = allPartitions(view).filter(({ leader }) => leader < 0);
    await this.start(stopped.filter((id) => leaderless.some(({ replicas }) => replicas.includes(id))));
  }

  /** The brokers that go; each is empty. Throws a BalanceError when one still has a copy. */
  private async emptied(): Promise<readonly number[]> {
    const { session, admin, cluster } = this;
    const view = await session.ask(() => admin.metadata());
    const leaving = leavingBrokers(cluster, view);
    refuseIf(
      leaving.flatMap((id) => {
        const copies = copiesOn(view, id);
        return copies === 0 ? [] : [`${brokerName(cluster, id)} still holds ${copies} copies; run this again`];
      }),
    );
    return leaving;
  }

  private async stop(brokers: readonly number[]): Promise<void> {
    const { session, departure, cluster } = this;
    for (const id of brokers) {
      session.doing = () => `stopping ${brokerName(cluster, id)}, which is empty, before it is deleted`;
      await session.ask(() => departure.stop(id));
    }
    await this.registered(brokers, false);
  }

  private async start(brokers: readonly number[]): Promise<void> {
    for (const id of brokers) await this.session.ask(() => this.departure.start(id));
    await this.registered(brokers, true);
  }

  /** Waits until the brokers are registered, or until none of them is. */
  private async registered(brokers: readonly number[], wanted: boolean): Promise<void> {
    const { session, admin, cluster } = this;
    const until = session.now() + patienceMs;
    const wrong = async () => {
      const view = await admin.metadata();
      const there = new Set(view.brokers.map(({ id }) => id));
      // One that is back leads what only it has a moment later.
      const leads = (id: number) =>
        !allPartitions(view).some(({ leader, isr }) => leader < 0 && isr.length === 1 && isr.includes(id));
      return brokers.filter((id) => (wanted ? !there.has(id) || !leads(id) : there.has(id)));
    };
    let waiting = brokers.length === 0 ? [] : await session.ask(wrong);
    while (waiting.length > 0) {
      const names = waiting.map((id) => brokerName(cluster, id)).join(", ");
      if (session.now() > until) throw new BalanceError(`${names}: ${wanted ? "not" : "still"} registered`, waiting);
      session.doing = () => `waiting until ${names} ${wanted ? "is registered" : "is gone"}`;
      await session.pause(1000);
      waiting = await session.ask(wrong);
    }
  }

  /** The partitions that have a copy on one of the brokers. */
  private async copiesOf(brokers: readonly number[]): Promise<TopicPartition[]> {
    const view = await this.session.ask(() => this.admin.metadata());
    return allPartitions(view).filter(({ replicas }) => replicas.some((id) => brokers.includes(id)));
  }

  private async move(): Promise<void> {
    await this.takeUp();
    for (let plans = 0; plans < mostPlans; plans++) {
      const plan = await this.plan();
      if (plan.moves.length === 0) break;
      this.leastBytes += plan.leastBytes;
      await this.carryOut(plan.moves);
    }
    await this.electLeaders();
  }

  /** Waits for what an earlier run began, but ends what the settings no longer want. */
  private async takeUp(): Promise<void> {
    const { session, admin, cluster, underWay } = this;
    const observation = await session.ask(() => observeCopies(admin));
    for (const one of observation.underWay) underWay.add(moveUnderWay(one, observation.sizes));
    refuseIf(clusterRefusals(cluster, observation.view));
    const wanted = new Set(cluster.brokers.map(({ id }) => id));
    const unwanted = observation.underWay.filter(({ adding }) => adding.some((id) => !wanted.has(id)));
    const ended = new Set((await session.ask(() => this.cancel(unwanted, observation.view))).map(labelOf));
    for (const move of underWay) if (ended.has(labelOf(move))) underWay.delete(move);
    if (underWay.size === 0) return;
    const which = examples([...underWay].map(labelOf));
    session.say(`${underWay.size} partitions are being moved already (${which}): waiting for them first`);
    await this.carryOut([]);
  }

  private async plan(): Promise<MovePlan> {
    const { session, admin, cluster } = this;
    const [view, logDirs] = await session.ask(() => Promise.all([admin.metadata(), admin.logDirs()]));
    const plan = planMoves(moveInput(cluster, view, copySizes(logDirs)));
    refuseIf([...replicaRefusals(cluster, view, plan.moves), ...diskRefusals(cluster, logDirs, plan.moves)]);
    return plan;
  }

  private async carryOut(moves: readonly Move[]): Promise<void> {
    const { session, admin, cluster, underWay } = this;
    const all = [...underWay, ...moves];
    const bytes = total(all);
    const progress = new Progress(all.length, bytes, (id) => brokerName(cluster, id));
    const copying = new Copying(session, admin, cluster, progress, underWay);
    session.doing = () => "measuring what producers write";
    const rate = await copying.rate();
    session.say(
      `${all.length} partitions to move, ${formatBytes(bytes)} to copy ` +
        `at ${formatRate(rate)} for each broker, about ${formatSeconds(copySeconds(all, rate))}`,
    );
    this.moved.push(...(await copying.carry(moves)));
  }

  /**
   * Has the preferred leaders elected, also where nothing was moved: an earlier run may not have come to it. The
   * guardian does it for those that this run does not get to lead.
   */
  private async electLeaders(): Promise<void> {
    const { session, admin } = this;
    session.doing = () => "waiting for the preferred leaders";
    const until = session.now() + electionMs;
    const able = async () => ledByOthers(await admin.metadata());
    let waiting = await session.ask(able);
    let problem = "";
    while (waiting.length > 0 && session.now() < until) {
      await admin.electPreferred(waiting).catch((error: Error) => (problem = `: ${error.message}`));
      await session.pause(1000);
      waiting = await session.ask(able);
    }
    if (waiting.length > 0) {
      session.say(`note: ${examples(waiting.map(labelOf))} not yet led by the preferred broker${problem}`);
    }
  }

  /**
   * Ends the moves after a failure: without a throttle a copy would compete with the producers, so none goes on when
   * this run can't watch it. Never rejects.
   */
  private async giveUp(): Promise<void> {
    const { session, admin, underWay } = this;
    if (underWay.size === 0) return;
    session.doing = () => "cancelling what is under way";
    const labels = new Set([...underWay].map(labelOf));
    try {
      const mine = (await admin.reassignments()).filter((one) => labels.has(labelOf(one)));
      const ended = await this.cancel(mine, await admin.metadata());
      const left = mine.filter((one) => !ended.includes(one));
      if (left.length > 0)
        session.say(`${examples(left.map(labelOf))} go on moving: too few of the old copies are in sync`);
    } catch (error) {
      session.say(`what is under way could not be cancelled and goes on: ${(error as Error).message}`);
    }
  }

  /**
   * Cancels moves, and gives those that it has ended. Kafka drops the new copies at once, so only where the old ones
   * are well: a new one may be the last good one.
   */
  private async cancel(underWay: readonly Reassignment[], view: ClusterView): Promise<Reassignment[]> {
    const isrs = new Map(allPartitions(view).map((one) => [labelOf(one), one.isr]));
    const safe = underWay.filter((one) => {
      const old = one.replicas.filter((id) => !one.adding.includes(id));
      const inSync = old.filter((id) => isrs.get(labelOf(one))?.includes(id));
      return inSync.length >= Math.min(this.cluster.minInsyncReplicas, old.length);
    });
    if (safe.length === 0) return [];
    await this.admin.reassign(safe.map(({ topic, partition }) => ({ topic, partition, replicas: null })));
    this.session.say(`cancelled ${safe.length} moves under way: ${examples(safe.map(labelOf))} stay where they were`);
    return safe;
  }

  /** Removes the throttles, and gives the reason for which one is left, if one is. Never rejects. */
  private async unthrottle(): Promise<string | undefined> {
    const { session, admin } = this;
    session.doing = () => "removing the throttles";
    const until = session.now() + removalMs;
    for (;;) {
      try {
        const removed = await removeThrottles(admin);
        if (removed.length > 0) session.say(`throttles removed and verified gone: ${examples(removed)}`);
        return undefined;
      } catch (error) {
        if (session.now() > until) {
          return (
            `the throttles could not be removed: ${(error as Error).message}; run this again once the ` +
            "cluster answers"
          );
        }
      }
      await session.rest(1000);
    }
  }

  /** @param leaving brokers that are stopped, and empty */
  private async conclude(leaving: readonly number[]): Promise<void> {
    const { session, admin, cluster, moved } = this;
    const view = await session.ask(() => admin.metadata());
    const what =
      moved.length === 0
        ? "nothing to move"
        : `${moved.length} partitions moved in ${formatSeconds(session.seconds())}, ` +
          `${formatBytes(total(moved))} copied (at least ${formatBytes(this.leastBytes)})`;
    const empty =
      leaving.length === 0 ? "" : `; empty and stopped: ${leaving.map((id) => brokerName(cluster, id)).join(", ")}`;
    session.say(`${what}: ${balanceText(cluster, view)}${empty}`);
  }
}

const total = (moves: readonly Move[]): number => moves.reduce((sum, { bytes }) => sum + bytes, 0);

function refuseIf(refusals: readonly string[]): void {
  if (refusals.length > 0) throw new BalanceError(refusals.join("\n  "));
}
