import { setTimeout as pause } from "node:timers/promises";
import type { ClusterDescription, ClusterNode } from "../../planning/cluster/clusterDescription";
import type { KafkaAdmin } from "../kafka/admin";
import { partitionName } from "../kafka/partitions";
import { collectEvidence, failedBoots, onNode } from "../evidence";
import { awsGroups, type Groups } from "../guardian/groups";
import { observationOf, type NodeObservation } from "../guardian/observation";
import { membersOf } from "../guardian/members";
import { selfReport } from "../guardian/selfReport";
import { insyncPartitions } from "../insync";
import { clusterAdmin, observeKafka } from "../kafkaClient";
import { LogKeeper } from "../keptLogs";
import { kafkaVerdict, type KafkaObservation } from "../kafkaGate";
import { zooKeeperVerdict, observeZooKeeper, type ZooKeeperObservation } from "../zookeeperGate";
import type { RollNode, RollRules, RollObservation } from "./nextAction";
import { describeRevisions } from "./instances";
import type { RollWorld } from "./run";

/** Seconds for stopping a service. A controlled stop moves every leader first; its unit allows 180 s. */
const stopSeconds = 200;
/**
 * The number of restarts since the boot after which a service does not get well by itself. One that starts before its
 * old session has ended dies twice or so.
 */
const hopelessRestarts = 4;

/**
 * The time in ms for a JVM that has just started to warm up, as it runs cold code, slowly: once before it leads again,
 * once before others rely on it as they lose the next node. On the lab under a load that took most of its two
 * processors the longest gap of a roll was 6.4 to 8.7 s without it, 4.2 and 7.2 s (kafkajs, Java) with it.
 */
const warmUpMs = 8000;

/** The parts of the world that a roll asks and acts by. */
export interface RollSources {
  readonly groups: Pick<Groups, "describe" | "replace">;
  readonly admin: Pick<KafkaAdmin, "metadata" | "configs" | "reassignments" | "electPreferred">;
  brokers(): Promise<KafkaObservation[]>;
  zookeeper(): Promise<ZooKeeperObservation[]>;
  /** The revision of each of the instances, where AWS knows one. */
  revisions(instanceIds: readonly string[]): Promise<ReadonlyMap<string, string>>;
  /** The output of a script on a node. */
  onNode(host: string, script: string, seconds: number): Promise<string>;
  failedBoots(nodes: readonly string[]): Promise<string[]>;
  readonly keeper: Pick<LogKeeper, "keep">;
  pause(ms: number): Promise<void>;
}

/** The parts on the ops host: the cluster's own protocols, its groups, and SSH to its nodes. */
export async function rollSources(cluster: ClusterDescription): Promise<RollSources> {
  return {
    groups: await awsGroups(cluster.region),
    admin: clusterAdmin(cluster),
    brokers: () => observeKafka(cluster.brokers),
    zookeeper: () => observeZooKeeper(cluster.zookeeper),
    revisions: (ids) => describeRevisions(cluster.region, ids),
    onNode: (host, script, seconds) => onNode(cluster, host, script, seconds),
    failedBoots: (nodes) => failedBoots(cluster, nodes),
    keeper: new LogKeeper(cluster),
    pause,
  };
}

/**
 * The world of a roll.
 * @param revisions wanted, by node
 */
export function rollWorld(
  cluster: ClusterDescription,
  pool: RollRules["pool"],
  revisions: ReadonlyMap<string, string>,
  sources: RollSources,
): RollWorld {
  const members = pool === "kafka" ? cluster.brokers : cluster.zookeeper;
  const addresses = new Map(members.map(({ name, privateIp }) => [name, privateIp]));
  const observer = new RollObserver(cluster, pool, members, revisions, sources);
  const restartsOf = async (node: string): Promise<number> => {
    const script = `sudo -n systemctl show --property NRestarts --value ${pool}.service`;
    const output = await sources.onNode(addresses.get(node) ?? "", script, 10);
    return Number(/^\d+$/m.exec(output)?.[0] ?? 0);
  };
  return {
    observe: () => observer.observe(),
    async stopService(node) {
      const script = `sudo -n systemctl stop ${pool} && echo stopped`;
      const output = await sources.onNode(addresses.get(node) ?? "", script, stopSeconds);
      if (!/^stopped$/m.test(output))
        throw new Error(`its service could not be stopped (terminate the instance by hand if need be): ${output}`);
    },
    async recovers(node) {
      const report = await selfReport((text, within) => sources.onNode(addresses.get(node) ?? "", text, within), pool);
      return report?.recovers === true;
    },
    keepLogs: (node, instanceId) => sources.keeper.keep(node, instanceId),
    replaceInstance: (instanceId) => sources.groups.replace(instanceId),
    settle: async (more) => {
      if (pool !== "kafka") return;
      await sources.pause(warmUpMs);
      await sources.admin.electPreferred("all");
      if (more) await sources.pause(warmUpMs);
    },
    async hopeless(nodes) {
      const failed = await sources.failedBoots(nodes);
      if (failed.length > 0) return `the first boot of ${failed.join(", ")} has failed, and is not tried again`;
      const restarts = await Promise.all(nodes.map(restartsOf));
      const index = restarts.findIndex((count) => count >= hopelessRestarts);
      return index < 0
        ? undefined
        : `${nodes[index]}: ${pool}.service has ended ${restarts[index]} times since the boot`;
    },
    evidence: (nodes) => collectEvidence(cluster, nodes),
  };
}

class RollObserver {
  /** Revisions by instance; an instance's tags do not change. */
  private readonly revisionOf = new Map<string, string>();

  constructor(
    private readonly cluster: ClusterDescription,
    private readonly pool: RollRules["pool"],
    private readonly members: readonly ClusterNode[],
    private readonly wanted: ReadonlyMap<string, string>,
    private readonly sources: RollSources,
  ) {}

  async observe(): Promise<RollObservation> {
    const { cluster, pool, members, sources } = this;
    const [brokers, zookeeper, groups] = await Promise.all([
      pool === "kafka" ? sources.brokers() : [],
      sources.zookeeper(),
      sources.groups.describe(members.map(({ groupName }) => groupName)),
    ]);
    const seen = observationOf(cluster, { brokers: brokers.map(membersOf), zookeeper, reports: new Map(), groups });
    await this.learnRevisions([...groups.values()].flatMap(({ instance }) => instance?.id ?? []));
    const nodes = members.map((member) =>
      this.node(
        member,
        seen.nodes.find(({ name }) => name === member.name),
      ),
    );
    const ensemble = zooKeeperVerdict(zookeeper).missing;
    if (pool === "zookeeper") {
      const last = zookeeper.find((one) => "mntr" in one && one.mntr.serverState === "leader")?.node;
      return { nodes, last, missing: ensemble, zookeeperMissing: [], partitions: [], moving: [] };
    }
    const { partitions, moving, last } = await this.partitions(brokers);
    const missing = kafkaVerdict(cluster, brokers).missing;
    return { nodes, last, missing, zookeeperMissing: ensemble, partitions, moving };
  }

  private node({ name, id }: ClusterNode, seen: NodeObservation | undefined): RollNode {
    const { group, problem } = seen ?? {};
    const { instance } = group ?? {};
    const revision = instance && this.revisionOf.get(instance.id);
    return {
      name,
      id,
      problem,
      instanceId: instance?.id,
      current: revision === undefined ? undefined : revision === this.wanted.get(name),
      groupBusy: busyWith(group),
    };
  }

  private async learnRevisions(ids: readonly string[]): Promise<void> {
    const unknown = ids.filter((id) => !this.revisionOf.has(id));
    if (unknown.length === 0) return;
    for (const [id, revision] of await this.sources.revisions(unknown)) this.revisionOf.set(id, revision);
  }

  /** The partitions. A pool of which no broker answers has none to tell of. */
  private async partitions(observations: readonly KafkaObservation[]) {
    if (!observations.some((one) => "view" in one)) return { partitions: [], moving: [], last: undefined };
    const { admin } = this.sources;
    const view = await admin.metadata();
    const [partitions, moving] = await Promise.all([insyncPartitions(admin, view), admin.reassignments()]);
    return {
      partitions,
      moving: moving.map(({ topic, partition }) => partitionName(topic, partition)),
      last: this.cluster.brokers.find(({ id }) => id === view.controllerId)?.name,
    };
  }
}

function busyWith(group: NodeObservation["group"]): string | undefined {
  if (group === undefined) return "does not exist";
  const { instance, lastActivity } = group;
  if (instance === undefined) return `has no instance${lastActivity === undefined ? "" : ` (${lastActivity})`}`;
  const { id, lifecycleState, healthy } = instance;
  return lifecycleState === "InService" && healthy
    ? undefined
    : `replaces an instance (${id} is ${lifecycleState}${healthy ? "" : ", unhealthy"})`;
}
