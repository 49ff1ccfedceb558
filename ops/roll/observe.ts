import type { ClusterDescription, ClusterNode } from "../../planning/cluster/clusterDescription";
import { KafkaAdmin } from "../kafka/admin";
import { partitionName } from "../kafka/partitions";
import { collectEvidence, failedBoots, onNode } from "../evidence";
import { awsGroups, type Groups } from "../guardian/groups";
import { look, type NodeLook } from "../guardian/look";
import { membersOf } from "../guardian/members";
import { kafkaAddress, observeKafka } from "../kafkaClient";
import { decideKafkaGate, type KafkaObservation } from "../kafkaGate";
import { decideZooKeeperGate, observeZooKeeper } from "../zookeeperGate";
import type { RollNode, RollPartition, RollRules, RollView } from "./decide";
import { describeRevisions } from "./instances";
import type { RollWorld } from "./run";

/** A controlled stop moves every leader first; its unit allows 180 s. */
const stopSeconds = 200;
/** A service that has ended so often since the boot does not get well by itself. One that starts before its old session has ended dies twice or so. */
const hopelessRestarts = 4;

/**
 * A JVM that has just started runs cold code, slowly: once before it leads again, once before others rely on it as they lose the
 * next node. On the lab under a load that took most of its two
 * processors the longest gap of a roll was 6.4 to 8.7 s without it, 4.2 and 7.2 s (kafkajs, Java) with it.
 */
const warmUpMs = 8000;

const pause = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms));

/** The world of a roll: the cluster's own protocols, its groups, and SSH to its nodes. @param revisions wanted, by node */
export async function rollWorld(
  cluster: ClusterDescription,
  pool: RollRules["pool"],
  revisions: ReadonlyMap<string, string>,
): Promise<RollWorld> {
  const members = pool === "kafka" ? cluster.brokers : cluster.zookeeper;
  const addresses = new Map(members.map(({ name, privateIp }) => [name, privateIp]));
  const groups = await awsGroups(cluster.region);
  const admin = new KafkaAdmin(cluster.brokers.map(kafkaAddress));
  const observer = new RollObserver(cluster, pool, members, revisions, groups, admin);
  return {
    look: () => observer.look(),
    async stopService(node) {
      const script = `sudo -n systemctl stop ${pool} && echo stopped`;
      const output = await onNode(cluster, addresses.get(node) ?? "", script, stopSeconds);
      if (!/^stopped$/m.test(output))
        throw new Error(`its service could not be stopped (terminate the instance by hand if need be): ${output}`);
    },
    replaceInstance: (instanceId) => groups.replace(instanceId),
    settle: async (more) => {
      if (pool !== "kafka") return;
      await pause(warmUpMs);
      await admin.electPreferred("all");
      if (more) await pause(warmUpMs);
    },
    async hopeless(nodes) {
      const failed = await failedBoots(cluster, nodes);
      if (failed.length > 0) return `the first boot of ${failed.join(", ")} has failed, and is not tried again`;
      const restarts = await Promise.all(nodes.map((node) => restartsOf(cluster, pool, addresses.get(node))));
      const index = restarts.findIndex((count) => count >= hopelessRestarts);
      return index < 0
        ? undefined
        : `${nodes[index]}: ${pool}.service has ended ${restarts[index]} times since the boot`;
    },
    evidence: (nodes) => collectEvidence(cluster, nodes),
  };
}

async function restartsOf(cluster: ClusterDescription, pool: string, host = ""): Promise<number> {
  const output = await onNode(cluster, host, `sudo -n systemctl show --property NRestarts --value ${pool}.service`, 10);
  return Number(/^\d+$/m.exec(output)?.[0] ?? 0);
}

class RollObserver {
  /** By instance; an instance's tags do not change. */
  private readonly revisionOf = new Map<string, string>();

  constructor(
    private readonly cluster: ClusterDescription,
    private readonly pool: RollRules["pool"],
    private readonly members: readonly ClusterNode[],
    private readonly wanted: ReadonlyMap<string, string>,
    private readonly groups: Groups,
    private readonly admin: KafkaAdmin,
  ) {}

  async look(): Promise<RollView> {
    const { cluster, pool, members } = this;
    const [brokers, zookeeper, groups] = await Promise.all([
      pool === "kafka" ? observeKafka(cluster.brokers) : [],
      observeZooKeeper(cluster.zookeeper),
      this.groups.describe(members.map(({ groupName }) => groupName)),
    ]);
    const seen = look(cluster, { brokers: brokers.map(membersOf), zookeeper, reports: new Map(), groups });
    await this.learnRevisions([...groups.values()].flatMap(({ instance }) => instance?.id ?? []));
    const nodes = members.map((member) =>
      this.node(
        member,
        seen.nodes.find(({ name }) => name === member.name),
      ),
    );
    const ensemble = decideZooKeeperGate(zookeeper).missing;
    if (pool === "zookeeper") {
      const last = zookeeper.find((one) => "mntr" in one && one.mntr.serverState === "leader")?.node;
      return { nodes, last, missing: ensemble, zookeeperMissing: [], partitions: [], moving: [] };
    }
    const { partitions, moving, last } = await this.partitions(brokers);
    const missing = decideKafkaGate(cluster, brokers).missing;
    return { nodes, last, missing, zookeeperMissing: ensemble, partitions, moving };
  }

  private node({ name, id }: ClusterNode, seen: NodeLook | undefined): RollNode {
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
    for (const [id, revision] of await describeRevisions(this.cluster.region, unknown))
      this.revisionOf.set(id, revision);
  }

  /** A pool of which no broker answers has none to tell of. */
  private async partitions(observations: readonly KafkaObservation[]) {
    if (!observations.some((one) => "view" in one)) return { partitions: [], moving: [], last: undefined };
    const view = await this.admin.metadata();
    const names = view.topics.map(({ name }) => name);
    const [configs, moving] = await Promise.all([this.admin.configs("topic", names), this.admin.reassignments()]);
    return {
      partitions: view.topics.flatMap(({ name, partitions }) =>
        partitions.map(({ partition, replicas, isr }): RollPartition => {
          const minInsyncReplicas = Number(configs.get(name)?.["min.insync.replicas"]?.value ?? 1);
          return { topic: name, partition, replicas, isr, minInsyncReplicas };
        }),
      ),
      moving: moving.map(({ topic, partition }) => partitionName(topic, partition)),
      last: this.cluster.brokers.find(({ id }) => id === view.controllerId)?.name,
    };
  }
}

function busyWith(group: NodeLook["group"]): string | undefined {
  if (group === undefined) return "does not exist";
  const { instance, lastActivity } = group;
  if (instance === undefined) return `has no instance${lastActivity === undefined ? "" : ` (${lastActivity})`}`;
  const { id, lifecycleState, healthy } = instance;
  return lifecycleState === "InService" && healthy
    ? undefined
    : `replaces an instance (${id} is ${lifecycleState}${healthy ? "" : ", unhealthy"})`;
}
