import type { ClusterDescription, ClusterNode } from "../../planning/cluster/clusterDescription";
import { insyncPartitions } from "../insync";
import type { KafkaAdmin } from "../kafka/admin";
import { clusterAdmin } from "../kafkaClient";
import { observeZooKeeper } from "../zookeeperGate";
import { observationOf, type ClusterObservation, type SelfReport } from "./observation";
import { observeMembers } from "./members";
import type { Memory } from "./memory";
import { selfReports } from "./selfReport";
import type { Groups } from "./groups";

/** The time in ms after which a node that is out is asked by SSH: before, it has most likely only restarted. */
const askAfterMs = 20_000;
/** The time in ms between two logins on a node that is out. */
const askAgainMs = 20_000;
/** The time in ms between two questions about the groups while all is well: their instances are remembered by them. */
const groupsMs = 60_000;
/** The time in ms for asking Kafka about its partitions. */
const partitionsMs = 5000;

/** Observes the cluster, and asks the expensive questions only as often as they are worth it. */
export class Observer {
  private reports = new Map<string, SelfReport>();
  private askedAt = new Map<string, number>();
  private groupsAt = -Infinity;

  constructor(
    private readonly cluster: ClusterDescription,
    private readonly groups: Pick<Groups, "describe">,
    private readonly members = () => observeMembers(cluster.brokers),
    private readonly servers = () => observeZooKeeper(cluster.zookeeper),
    private readonly selfReportsOf = (nodes: Parameters<typeof selfReports>[1]) => selfReports(cluster, nodes),
    private readonly admin: Pick<KafkaAdmin, "metadata" | "configs"> = clusterAdmin(cluster, partitionsMs),
  ) {}

  /** Observes the cluster once; takes at most about 17 s, and 2 s when a node is silent. Never rejects. */
  async observe(memory: Memory): Promise<ClusterObservation> {
    const [brokersSeen, zookeeperSeen] = await Promise.all([this.members(), this.servers()]);
    const first = observationOf(this.cluster, {
      brokers: brokersSeen,
      zookeeper: zookeeperSeen,
      reports: new Map(),
      groups: undefined,
    });
    const out = new Set(first.nodes.flatMap(({ name, problem }) => (problem === undefined ? [] : [name])));
    const wasOut = Object.entries(memory.nodes).flatMap(([name, { outSince }]) => (outSince === undefined ? [] : name));
    const howMany = new Set([...out, ...wasOut]).size;
    const [groups, partitions] = await Promise.all([
      this.askGroups(howMany > 0),
      // Who is out alone is replaced whatever its partitions: nothing else is missing.
      howMany > 1 ? this.askPartitions() : undefined,
      this.askNodes(out, memory),
    ]);
    return observationOf(this.cluster, {
      brokers: brokersSeen,
      zookeeper: zookeeperSeen,
      reports: this.reports,
      groups,
      partitions,
    });
  }

  private async askPartitions(): Promise<ClusterObservation["partitions"]> {
    try {
      return await insyncPartitions(this.admin, await this.admin.metadata());
    } catch (error) {
      return (error as Error).message;
    }
  }

  private async askGroups(anyOut: boolean) {
    if (!anyOut && performance.now() - this.groupsAt < groupsMs) return undefined;
    const names = [...this.cluster.brokers, ...this.cluster.zookeeper].map(({ groupName }) => groupName);
    try {
      const found = await this.groups.describe(names);
      this.groupsAt = performance.now();
      return found;
    } catch (error) {
      return describeAwsProblem(error);
    }
  }

  private async askNodes(out: ReadonlySet<string>, memory: Memory): Promise<void> {
    for (const name of this.reports.keys()) if (!out.has(name)) this.reports.delete(name);
    for (const name of this.askedAt.keys()) if (!out.has(name)) this.askedAt.delete(name);
    const withRole = (nodes: readonly ClusterNode[], role: "kafka" | "zookeeper") =>
      nodes.map((node) => ({ ...node, role }));
    const now = performance.now();
    const due = [...withRole(this.cluster.brokers, "kafka"), ...withRole(this.cluster.zookeeper, "zookeeper")].filter(
      ({ name }) => {
        const outSince = memory.nodes[name]?.outSince;
        if (!out.has(name) || outSince === undefined || Date.now() - outSince < askAfterMs) return false;
        return now - (this.askedAt.get(name) ?? -Infinity) >= askAgainMs;
      },
    );
    const answers = await this.selfReportsOf(due);
    for (const { name } of due) {
      this.askedAt.set(name, now);
      const answer = answers.get(name);
      if (answer === undefined) this.reports.delete(name);
      else this.reports.set(name, answer);
    }
  }
}

/** An AWS error in one line. */
export function describeAwsProblem(error: unknown): string {
  const { name, message } = error as Error;
  return `${name === "Error" ? "" : `${name}: `}${message}`.replace(/\s+/g, " ").slice(0, 400);
}
