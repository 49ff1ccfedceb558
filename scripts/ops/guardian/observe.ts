import type { ClusterDescription, ClusterNode } from "../../../planning/cluster";
import { observeKafka } from "../kafkaClient";
import { observeZooKeeper } from "../zookeeperGate";
import { look, type Look, type SelfReport } from "./look";
import type { Memory } from "./memory";
import { selfReports } from "./selfReport";
import type { Groups } from "./groups";

/** One broker that hangs in a new way must not hold up the look. */
const brokerMs = 10_000;
/** A node that has been out for less has most likely only restarted; nobody logs in for that. */
const askAfterMs = 20_000;
/** Time between two logins on a node that is out. */
const askAgainMs = 20_000;
/** Time between two questions about the groups while all is well: their instances are remembered by them. */
const groupsMs = 60_000;

/** Looks at the cluster, and asks the expensive questions only as often as they are worth it. */
export class Observer {
  private reports = new Map<string, SelfReport>();
  private askedAt = new Map<string, number>();
  private groupsAt = -Infinity;

  constructor(
    private readonly cluster: ClusterDescription,
    private readonly groups: Groups,
  ) {}

  /** One look; takes at most about 20 s, and 5 s when a broker is silent. Never rejects. */
  async observe(memory: Memory): Promise<Look> {
    const { brokers, zookeeper } = this.cluster;
    const [brokersSeen, zookeeperSeen] = await Promise.all([observeBrokers(brokers), observeZooKeeper(zookeeper)]);
    const first = look(this.cluster, {
      brokers: brokersSeen,
      zookeeper: zookeeperSeen,
      reports: new Map(),
      groups: undefined,
    });
    const out = new Set(first.nodes.flatMap(({ name, problem }) => (problem === undefined ? [] : [name])));
    const anyOut = out.size > 0 || Object.values(memory.nodes).some(({ outSince }) => outSince !== undefined);
    const [groups] = await Promise.all([this.askGroups(anyOut), this.askNodes(out, memory)]);
    return look(this.cluster, { brokers: brokersSeen, zookeeper: zookeeperSeen, reports: this.reports, groups });
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
    const answers = await selfReports(this.cluster, due);
    for (const { name } of due) {
      this.askedAt.set(name, now);
      const answer = answers.get(name);
      if (answer === undefined) this.reports.delete(name);
      else this.reports.set(name, answer);
    }
  }
}

/** As `observeKafka`, but each broker has its own deadline. */
async function observeBrokers(brokers: readonly ClusterNode[]) {
  const each = brokers.map(async (broker) => {
    let alarm: NodeJS.Timeout | undefined;
    const late = new Promise<{ node: string; problem: string }[]>((resolve) => {
      const problem = `no answer within ${brokerMs / 1000} s`;
      alarm = setTimeout(() => resolve([{ node: broker.name, problem }]), brokerMs);
    });
    try {
      return await Promise.race([observeKafka([broker]), late]);
    } finally {
      clearTimeout(alarm);
    }
  });
  return (await Promise.all(each)).flat();
}

/** An AWS error in one line. */
export function describeAwsProblem(error: unknown): string {
  const { name, message } = error as Error;
  return `${name}: ${message}`.replace(/\s+/g, " ").slice(0, 300);
}
