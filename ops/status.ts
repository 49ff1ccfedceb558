import type { ClusterDescription, ClusterNode } from "../planning/cluster/clusterDescription";
import type { Acl, FoundAcl } from "./kafka/acls";
import type { BrokerAddress, KafkaAdmin } from "./kafka/admin";
import { throttledThings } from "./balance/throttles";
import { processRuns } from "./commandLine";
import { counted, describeMissing, examples, type Verdict } from "./gateVerdict";
import { clusterAdmin, kafkaAddress, observeKafka } from "./kafkaClient";
import { kafkaVerdict, type ClusterView, type PartitionView } from "./kafkaGate";
import { ownAddresses, rightsDrift, stopsWriting, wantedRights } from "./access";
import { foreignSettings, type ForeignSetting } from "./promises";
import { topicsVerdict } from "./topicChanges";
import { observeZooKeeper, quorumProblem, zooKeeperVerdict } from "./zookeeperGate";

/** The time in ms for asking about drift: only a cluster that is well is asked, which answers in milliseconds. */
const driftMs = 5000;

/** The part of the admin client that a status needs. */
export type StatusAdmin = Pick<KafkaAdmin, "metadata" | "configs" | "rights">;

/** The status of the whole cluster. */
export interface ClusterStatus {
  readonly clusterName: string;
  readonly healthy: boolean;
  readonly zookeeper: Verdict;
  readonly kafka: Verdict;
  readonly topics: Verdict;
  readonly nodes: readonly {
    readonly name: string;
    readonly zone: string;
    readonly address: string;
    readonly state: string;
  }[];
  /** Id of the controller, -1 for none. */
  readonly controllerId: number;
  /** Name of the node that leads the ensemble. */
  readonly zookeeperLeader?: string;
  /** The partitions of all topics, as the first broker that answers sees them. */
  readonly partitions: readonly (PartitionView & { readonly topic: string })[];
}

/**
 * Observes the whole cluster once.
 * @param address where a node's broker answers
 * @param admin asks for what may differ from the settings
 * @param notesOf tells what does
 */
export async function clusterStatus(
  cluster: ClusterDescription,
  address: (node: ClusterNode) => BrokerAddress = kafkaAddress,
  admin: StatusAdmin = clusterAdmin(cluster, driftMs, cluster.brokers.map(address)),
  notesOf: () => Promise<Notes> = () => driftNotes(cluster, admin),
): Promise<ClusterStatus> {
  const [servers, brokers] = await Promise.all([
    observeZooKeeper(cluster.zookeeper),
    observeKafka(cluster.brokers, "all", address),
  ]);
  const zookeeper = zooKeeperVerdict(servers);
  const kafka = kafkaVerdict(cluster, brokers);
  const view: ClusterView | undefined = brokers.flatMap((one) => ("view" in one ? [one.view] : []))[0];
  const topics = topicsVerdict(
    cluster.topics.map(({ name }) => name),
    view?.topics ?? [],
  );
  // Without a quorum Kafka would keep the question waiting, and whoever looks at the cluster now with it.
  const mayAsk = kafka.satisfied && !quorumProblem(servers);
  const notes = mayAsk ? await notesOf() : { kafka: [], topics: [] };
  const states = new Map<string, string>([
    ...servers.map((one) => [one.node, "mntr" in one ? one.mntr.serverState : one.problem] as const),
    ...brokers.map((one) => [one.node, "view" in one ? "in service" : one.problem] as const),
  ]);
  const controller = cluster.brokers.find(({ id }) => id === view?.controllerId)?.name;
  return {
    clusterName: cluster.clusterName,
    healthy: zookeeper.satisfied && kafka.satisfied && topics.satisfied,
    zookeeper,
    kafka: { ...kafka, notes: notes.kafka },
    topics: { ...topics, notes: notes.topics },
    nodes: [...cluster.zookeeper, ...cluster.brokers].map(({ name, zone, privateIp }) => ({
      name,
      zone,
      address: privateIp,
      state: `${states.get(name) ?? "unknown"}${name === controller ? ", controller" : ""}`,
    })),
    controllerId: view?.controllerId ?? -1,
    zookeeperLeader: servers.find((one) => "mntr" in one && one.mntr.serverState === "leader")?.node,
    partitions: (view?.topics ?? []).flatMap(({ name, partitions }) =>
      partitions.map((partition) => ({ topic: name, ...partition })),
    ),
  };
}

interface Notes {
  readonly kafka: readonly string[];
  readonly topics: readonly string[];
}

/**
 * Looks at a cluster again and again. What may differ from the settings is asked for once a minute: all brokers have to
 * be asked for all topics.
 * @param everyMs between two such questions
 */
export function statusWatcher(
  cluster: ClusterDescription,
  address: (node: ClusterNode) => BrokerAddress = kafkaAddress,
  admin: StatusAdmin = clusterAdmin(cluster, driftMs, cluster.brokers.map(address)),
  everyMs = 60_000,
): () => Promise<ClusterStatus> {
  let known: Notes | undefined;
  let askedAt = -Infinity;
  return () =>
    clusterStatus(cluster, address, admin, async () => {
      if (known !== undefined && performance.now() - askedAt < everyMs) return known;
      known = await driftNotes(cluster, admin);
      askedAt = performance.now();
      return known;
    });
}

/** The differences from the settings, although nothing is amiss. Never rejects. */
async function driftNotes(cluster: ClusterDescription, admin: StatusAdmin): Promise<Notes> {
  try {
    const [foreign, throttles, rights] = await Promise.all([
      foreignSettings(cluster, admin),
      processRuns("balance", "run") ? [] : throttledThings(admin),
      admin.rights().then(
        (found) => rightsNotes(wantedRights(ownAddresses(cluster)), found),
        (error: Error) => [`who may do what with the brokers is not known: ${error.message}`],
      ),
    ]);
    const of = (on: ForeignSetting["on"]) => foreign.filter((one) => one.on === on).map(({ what }) => what);
    const left = `throttles are set on ${examples(throttles)}, and nothing moves: the guardian removes them`;
    return {
      kafka: [...of("broker").map((what) => `not of the settings: ${what}`), ...rights],
      topics: [...of("topic"), ...(throttles.length === 0 ? [] : [left])],
    };
  } catch (error) {
    const message = `whether all is as the settings say is not known: ${(error as Error).message}`;
    return { kafka: [], topics: [message] };
  }
}

function rightsNotes(wanted: readonly Acl[], found: readonly FoundAcl[]): string[] {
  const { missing, foreign } = rightsDrift(
    wanted,
    found.filter((acl) => !stopsWriting(acl)),
  );
  const hosts = [...new Set(foreign.map(({ host }) => host))].join(", ");
  return [
    ...(found.some(stopsWriting)
      ? ["WRITING IS STOPPED, as disks are nearly full: guardian status says which, and what to do"]
      : []),
    ...(missing.length > 0
      ? [`${counted(missing.length, "right")} missing on the brokers: "kafka-ops rights" gives them`]
      : []),
    ...(foreign.length > 0 ? [`not of the settings: ${counted(foreign.length, "right")} of ${hosts}`] : []),
  ];
}

/** The status as a person reads it. */
export function statusText(status: ClusterStatus): string {
  return [headline(status), "", ...nodeLines(status), "", ...verdictLines(status)].join("\n");
}

/** Whether it is healthy. */
export const headline = ({ clusterName, healthy }: ClusterStatus): string =>
  `${clusterName}: ${healthy ? "healthy" : "NOT HEALTHY"}`;

/** Every node with its state. */
export function nodeLines({ nodes }: ClusterStatus): string[] {
  const rows = nodes.map(({ name, zone, address, state }) => [name, zone, address, state]);
  const widths = [0, 1, 2].map((column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  return rows.map((row) => row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join("  "));
}

/** What is missing of ZooKeeper, of the brokers and of the topics. */
export function verdictLines(status: ClusterStatus): string[] {
  const line = (label: string, verdict: Verdict) =>
    `${label} ${verdict.satisfied ? "ok" : "NOT OK"}: ${verdict.summary}` +
    (verdict.satisfied ? "" : `\n  missing: ${describeMissing(verdict.missing)}`) +
    (verdict.notes ?? []).map((note) => `\n  note: ${note}`).join("");
  return [line("zookeeper", status.zookeeper), line("kafka    ", status.kafka), line("topics   ", status.topics)];
}
