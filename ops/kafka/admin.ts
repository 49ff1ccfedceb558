import { setTimeout as pause } from "node:timers/promises";
import type { ClusterView } from "../kafkaGate";
import { createAcls, deleteAcls, describeAcls, type FoundAcl } from "./acls";
import { alterConfigs, describeConfigs, type ConfigChange, type ConfigValue, type ResourceType } from "./configs";
import { ask, NoAnswer } from "./connection";
import { electPreferred } from "./leaders";
import { describeLogDirs, type LogDir } from "./logDirs";
import { askAll, type BrokerAddress } from "./metadata";
import { groupBy, type TopicPartition } from "./partitions";
import type { Request } from "./protocol";
import { alterReassignments, listReassignments, type Reassignment, type ReplicaMove } from "./reassignments";
import { KafkaRefusal, type Refusal } from "./refusal";
import { createPartitions, createTopics, type NewTopic } from "./topics";

export type { ConfigChange, ConfigValue, ResourceType } from "./configs";
export type { LogDir } from "./logDirs";
export type { BrokerAddress } from "./metadata";
export type { TopicPartition } from "./partitions";
export type { Reassignment, ReplicaMove } from "./reassignments";
export type { NewTopic } from "./topics";

const metadataMs = 5000;
/** The longest wait in ms for one answer, and how long Kafka itself may work on it. */
const answerMs = 20_000;
const workMs = 15_000;
const pauseMs = 500;

/** The refusals that go away by themselves when the controller has moved or caught up. */
const passing: readonly Refusal["error"][] = ["NOT_CONTROLLER", "STALE_CONTROLLER_EPOCH", "REQUEST_TIMED_OUT"];

function mayPass(error: unknown): error is Error {
  if (error instanceof KafkaRefusal) return error.refusals.every((refusal) => passing.includes(refusal.error));
  return error instanceof NoAnswer;
}

/** The broker that Kafka wants to be asked for a resource's settings. */
const keeperOf = (type: ResourceType, name: string) => (type === "broker" && name !== "" ? Number(name) : "controller");

/** How a broker comes by its answer: its request thread asks ZooKeeper, or not. */
const byZooKeeper = { asksZooKeeper: true };
const byItself = { asksZooKeeper: false };

/** The results of all works, or one error that tells of every failure. */
async function all<T>(works: readonly Promise<T>[]): Promise<T[]> {
  const results = await Promise.allSettled(works);
  const failures = results.flatMap((one) => (one.status === "rejected" ? [(one.reason as Error).message] : []));
  if (failures.length > 0) throw new Error(failures.join("; "));
  return results.flatMap((one) => (one.status === "fulfilled" ? [one.value] : []));
}

/**
 * An admin client of Kafka. It finds the controller itself, and tries again when that is another by now or a connection
 * is lost, until a deadline. Rejects with one error that names everything that Kafka refuses.
 */
export class KafkaAdmin {
  /**
   * @param brokers that are asked first; others, such as those that are to go, are found through them
   * @param deadlineMs of each call, give or take the last answer
   * @param quorumProblem the reason for which ZooKeeper can't be asked, or undefined. Without a quorum a request that a
   * broker has to ask it for takes one of the broker's few request threads: eight such requests, and the broker answers
   * nobody until there is one again, or for a second where it has the agent in node/java. So none is sent then
   */
  constructor(
    private readonly brokers: readonly BrokerAddress[],
    private readonly deadlineMs = 30_000,
    private readonly quorumProblem: () => Promise<string | undefined> = () => Promise.resolve(undefined),
  ) {}

  /** The cluster by the most trusted answer of all brokers. */
  metadata(): Promise<ClusterView> {
    return this.persist(() => askAll(this.brokers, { topics: "all", timeoutMs: metadataMs }));
  }

  /** The log directories of every broker that is registered, by broker id. */
  async logDirs(): Promise<Map<number, LogDir[]>> {
    const { brokers } = await this.persist(() => this.members());
    return new Map(
      await all(brokers.map(async ({ id }) => [id, await this.send(id, () => describeLogDirs(id))] as const)),
    );
  }

  /** Begins the moves, and comes back before they end. Ending a reassignment that is not under way is no error. */
  reassign(moves: readonly ReplicaMove[]): Promise<void> {
    return this.send("controller", () => alterReassignments(moves, workMs));
  }

  /** The reassignments that are under way. */
  reassignments(): Promise<Reassignment[]> {
    return this.send("controller", () => listReassignments(workMs));
  }

  /** Changes the given settings and leaves all others as they are. Each topic or broker may be given once. */
  async setConfigs(changes: readonly ConfigChange[]): Promise<void> {
    const groups = groupBy(changes, ({ type, name }) => keeperOf(type, name));
    await all([...groups].map(([keeper, some]) => this.send(keeper, () => alterConfigs(some), byZooKeeper)));
  }

  /** The settings of each resource, by its name: a topic's, or a broker's id. */
  async configs(type: ResourceType, names: readonly string[]): Promise<Map<string, Record<string, ConfigValue>>> {
    const groups = groupBy(names, (name) => keeperOf(type, name));
    const found = await all(
      [...groups].map(([keeper, some]) => this.send(keeper, () => describeConfigs(type, some), byZooKeeper)),
    );
    return new Map(found.flatMap((each) => [...each]));
  }

  /** Makes the first replica of each partition its leader. One that leads already is no error. */
  electPreferred(partitions: readonly TopicPartition[] | "all"): Promise<void> {
    return this.send("controller", () => electPreferred(partitions, workMs));
  }

  /**
   * Adds partitions.
   * @param count of all partitions afterwards
   * @param assignments of the added ones, preferred leader first
   */
  createPartitions(topic: string, count: number, assignments: readonly (readonly number[])[]): Promise<void> {
    return this.send(
      "controller",
      (again) => createPartitions({ topic, count, assignments }, workMs, again),
      byZooKeeper,
    );
  }

  /** Creates topics, and comes back when every partition has a leader. */
  createTopics(topics: readonly NewTopic[]): Promise<void> {
    return this.send("controller", (again) => createTopics(topics, workMs, again), byZooKeeper);
  }

  /** Every right and denial that the cluster has. Any broker tells, and gives: also one that knows no controller. */
  rights(): Promise<FoundAcl[]> {
    return this.sendAny(describeAcls());
  }

  /** Adds rights. One that is there already is no error. */
  giveRights(acls: readonly FoundAcl[]): Promise<void> {
    return this.sendAny(createAcls(acls), byZooKeeper);
  }

  /** Takes rights away. One that is not there is no error. */
  takeRights(acls: readonly FoundAcl[]): Promise<void> {
    return this.sendAny(deleteAcls(acls), byZooKeeper);
  }

  private members(): Promise<ClusterView> {
    return askAll(this.brokers, { topics: "none", timeoutMs: metadataMs });
  }

  private async find(whom: number | "controller"): Promise<BrokerAddress> {
    const known = this.brokers.find(({ id }) => id === whom);
    if (known !== undefined) return known;
    const { brokers, controllerId } = await this.members();
    const wanted = whom === "controller" ? controllerId : whom;
    const found = [...this.brokers, ...brokers].find(({ id }) => id === wanted);
    if (found === undefined) {
      throw new NoAnswer(wanted < 0 ? "no broker is the controller" : `broker ${wanted} is not registered`);
    }
    return found;
  }

  /**
   * Sends a request to a broker or to the controller.
   * @param request is told whether an earlier try may have been carried out
   */
  private send<A>(
    whom: number | "controller",
    request: (again: boolean) => Request<A>,
    { asksZooKeeper } = byItself,
  ): Promise<A> {
    return this.persist(async (again, deadline) => {
      if (asksZooKeeper) await this.requireQuorum();
      const broker = await this.find(whom);
      const leftMs = Math.max(1000, Math.ceil((deadline - Date.now()) / 1000) * 1000);
      try {
        return await ask(broker, request(again), Math.min(answerMs, leftMs));
      } catch (error) {
        throw error instanceof NoAnswer ? new NoAnswer(`broker ${broker.id}: ${error.message}`) : error;
      }
    });
  }

  /** Sends a request to one broker after the other, until one answers. */
  private sendAny<A>(request: Request<A>, { asksZooKeeper } = byItself): Promise<A> {
    let next = 0;
    return this.persist(async () => {
      if (asksZooKeeper) await this.requireQuorum();
      const broker = this.brokers[next++ % this.brokers.length];
      if (broker === undefined) throw new Error("no broker is known");
      try {
        return await ask(broker, request, answerMs);
      } catch (error) {
        throw error instanceof NoAnswer ? new NoAnswer(`broker ${broker.id}: ${error.message}`) : error;
      }
    });
  }

  private async requireQuorum(): Promise<void> {
    const problem = await this.quorumProblem();
    if (problem !== undefined) throw new NoAnswer(`ZooKeeper has no quorum, and Kafka would wait for it: ${problem}`);
  }

  private async persist<T>(work: (again: boolean, deadline: number) => Promise<T>): Promise<T> {
    const deadline = Date.now() + this.deadlineMs;
    for (let again = false; ; again = true) {
      try {
        return await work(again, deadline);
      } catch (error) {
        if (!mayPass(error)) throw error;
        if (Date.now() + pauseMs >= deadline) {
          throw new Error(`${error.message}; tried for ${Math.round(this.deadlineMs / 1000)} s`);
        }
      }
      await pause(pauseMs);
    }
  }
}
