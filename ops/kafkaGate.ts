import type { ClusterDescription, ClusterNode } from "../planning/cluster/clusterDescription";
import { ports } from "../planning/cluster/names";
import { counted, examples, type Missing, type Verdict } from "./gateVerdict";

/** A partition as a broker sees it. */
export interface PartitionView {
  readonly partition: number;
  /** Id of the broker that leads, -1 for none. */
  readonly leader: number;
  readonly replicas: readonly number[];
  readonly isr: readonly number[];
}

/** The cluster as one broker sees it. */
export interface ClusterView {
  /** The brokers that are registered; `host` and `port` are what clients are told to connect to. */
  readonly brokers: readonly { readonly id: number; readonly host: string; readonly port: number }[];
  /** Id of the controller, -1 for none. */
  readonly controllerId: number;
  readonly topics: readonly { readonly name: string; readonly partitions: readonly PartitionView[] }[];
}

/** The cluster as seen by one broker, or the reason for which it did not answer. */
export type KafkaObservation =
  { readonly node: string; readonly view: ClusterView } | { readonly node: string; readonly problem: string };

/**
 * The gate for the brokers. It is satisfied when every expected broker answers, sees every expected broker under its
 * own address, all agree on one controller, and every partition of every topic has a leader and a full ISR in the eyes
 * of all.
 */
export function kafkaVerdict(
  cluster: Pick<ClusterDescription, "brokers">,
  observations: readonly KafkaObservation[],
): Verdict {
  const nameOf = new Map(cluster.brokers.map(({ id, name }) => [id, name]));
  const name = (id: number) => nameOf.get(id) ?? `broker ${id}`;
  const missing: Missing[] = [];
  const seen = observations.flatMap((one) => ("view" in one ? [one] : []));
  for (const one of observations) if ("problem" in one) missing.push({ node: one.node, what: one.problem });

  const registered = new Set(seen.flatMap(({ view }) => view.brokers.map(({ id }) => id)));
  for (const broker of cluster.brokers) {
    const notBy = seen.filter(({ view }) => !view.brokers.some(({ id }) => id === broker.id)).map(({ node }) => node);
    if (notBy.length > 0) {
      const what = notBy.length === seen.length ? "not registered" : `not yet known to ${examples(notBy)}`;
      missing.push({ node: broker.name, what });
      continue;
    }
    const wrong = seen
      .flatMap(({ view }) => view.brokers)
      .find(({ id, host, port }) => id === broker.id && !(own(broker).includes(host) && port === ports.kafka));
    if (wrong !== undefined) {
      const what = `advertises ${wrong.host}:${wrong.port} instead of ${broker.privateIp}:${ports.kafka}`;
      missing.push({ node: broker.name, what });
    }
  }

  const controllers = [...new Set(seen.map(({ view }) => view.controllerId))].sort((a, b) => a - b);
  const [controller] = controllers;
  if (controllers.length > 1) missing.push({ what: `brokers disagree on the controller: ${controllers.join(", ")}` });
  else if (controller !== undefined && !registered.has(controller)) missing.push({ what: "no controller" });

  missing.push(
    ...incompletePartitions(seen.map(({ view }) => view)).map(({ broker, ...rest }) => ({
      node: broker === undefined ? undefined : name(broker),
      ...rest,
    })),
  );

  const partitions = new Set(
    seen.flatMap(({ view }) =>
      view.topics.flatMap((topic) => topic.partitions.map(({ partition }) => `${topic.name}-${partition}`)),
    ),
  );
  const strangers = [...registered].filter((id) => !nameOf.has(id)).sort((a, b) => a - b);
  return {
    satisfied: missing.length === 0,
    summary:
      `${seen.length} of ${cluster.brokers.length} brokers answer, ` +
      `${cluster.brokers.filter(({ id }) => registered.has(id)).length} registered, controller ` +
      `${controllers.length === 1 && controller !== undefined && controller >= 0 ? name(controller) : "none"}, ` +
      `${partitions.size} partitions`,
    missing,
    notes: strangers.map((id) => `broker ${id} is registered, but the settings name no such broker`),
  };
}

/** What a broker may advertise: its address; a broker that is yet to be replaced has its name. */
function own({ privateIp, dnsName }: Pick<ClusterNode, "privateIp" | "dnsName">): readonly string[] {
  return [privateIp, dnsName];
}

interface Incomplete {
  /** Id of the broker that is at fault; undefined when it is not one broker's fault. */
  readonly broker?: number;
  readonly what: string;
  readonly partitions: readonly string[];
}

/** The partitions without a leader or without a full ISR in any view, gathered by the broker that is behind. */
function incompletePartitions(views: readonly ClusterView[]): Incomplete[] {
  const leaderless = new Set<string>();
  const behind = new Map<number, Set<string>>();
  for (const { topics } of views) {
    for (const topic of topics) {
      for (const { partition, leader, replicas, isr } of topic.partitions) {
        const label = `${topic.name}-${partition}`;
        if (leader < 0) leaderless.add(label);
        for (const replica of replicas) {
          if (isr.includes(replica)) continue;
          behind.set(replica, (behind.get(replica) ?? new Set()).add(label));
        }
      }
    }
  }
  const result: Incomplete[] = [...behind]
    .sort(([a], [b]) => a - b)
    .map(([broker, labels]) => ({
      broker,
      what: `not in the ISR of ${counted(labels.size, "partition")}: ${examples([...labels])}`,
      partitions: [...labels],
    }));
  if (leaderless.size > 0)
    result.push({
      what: `${counted(leaderless.size, "partition")} without a leader: ${examples([...leaderless])}`,
      partitions: [...leaderless],
    });
  return result;
}
