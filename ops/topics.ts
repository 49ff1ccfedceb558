import type { ClusterDescription } from "../planning/cluster/clusterDescription";
import type { KafkaAdmin } from "./kafka/admin";
import { describeMissing } from "./gateVerdict";
import { clusterAdmin } from "./kafkaClient";
import {
  topicsVerdict,
  differenceText,
  planTopicChanges,
  topicDrift,
  type ExistingTopic,
  type TopicChanges,
  type WantedTopic,
} from "./topicChanges";
import { waitUntil } from "./waitUntil";

/** The part of the admin client that topics need. */
export type TopicAdmin = Pick<KafkaAdmin, "metadata" | "configs" | "createTopics" | "createPartitions" | "setConfigs">;

/** The topics of the settings that are there, as they are. */
export async function existingTopics(
  admin: Pick<TopicAdmin, "metadata" | "configs">,
  wanted: readonly WantedTopic[],
): Promise<ExistingTopic[]> {
  const names = new Set(wanted.map(({ name }) => name));
  const topics = (await admin.metadata()).topics.filter(({ name }) => names.has(name));
  if (topics.length === 0) return [];
  const configs = await admin.configs(
    "topic",
    topics.map(({ name }) => name),
  );
  return topics.map(({ name, partitions }) => ({
    name,
    replicas: [...partitions].sort((a, b) => a.partition - b.partition).map(({ replicas }) => replicas),
    config: Object.fromEntries(
      Object.entries(configs.get(name) ?? {})
        .filter(([, { source }]) => source === "topic")
        .map(([key, { value }]) => [key, value]),
    ),
  }));
}

/**
 * Shows the differences and changes them. Rejects when Kafka does not answer or refuses, and, before anything is
 * changed, when a topic has more partitions than the settings say.
 * @param doing takes what is begun with, in words
 */
export async function applyTopics(
  cluster: Pick<ClusterDescription, "brokers" | "minInsyncReplicas" | "topics">,
  admin: TopicAdmin,
  report: (line: string) => void,
  doing: (step: string) => void = () => undefined,
): Promise<TopicChanges> {
  doing("looking at what is there");
  const existing = await existingTopics(admin, cluster.topics);
  const changes = planTopicChanges(cluster, existing);
  for (const { name, partitions, replicaAssignment } of changes.create) {
    report(`topics: ${name}: new, with ${partitions} partitions of ${replicaAssignment[0]?.length ?? 0} copies`);
  }
  for (const difference of topicDrift(cluster.topics, existing)) report(`topics: ${differenceText(difference)}`);

  doing("creating topics");
  if (changes.create.length > 0) await admin.createTopics(changes.create);
  for (const { topic, count, assignments } of changes.addPartitions) {
    doing(`adding partitions to ${topic}`);
    await admin.createPartitions(topic, count, assignments);
  }
  doing("changing settings");
  if (changes.setConfigs.length > 0) await admin.setConfigs(changes.setConfigs);
  return changes;
}

/**
 * Creates the missing topics, adds partitions, sets the configs that differ, and waits until all are in sync. Gives
 * whether they are. Throws, before anything is changed, when a topic has more partitions than the settings say.
 */
export async function reconcileTopics(
  cluster: ClusterDescription,
  deadlineSeconds: number,
  admin: TopicAdmin = clusterAdmin(cluster),
  report: (line: string) => void = (line) => console.log(line),
): Promise<boolean> {
  const started = Date.now();
  let step = "";
  // Every few seconds: the SSH session that shows it has no keepalive of its own.
  const ticker = setInterval(() => report(`topics: ${step}`), 5000);
  const { create, addPartitions, setConfigs } = await applyTopics(cluster, admin, report, (now) => {
    step = now;
  }).finally(() => clearInterval(ticker));
  const names = cluster.topics.map(({ name }) => name);
  const { verdict, seconds } = await waitUntil({
    what: "topics",
    deadlineSeconds: Math.max(1, Math.round(deadlineSeconds - (Date.now() - started) / 1000)),
    // No broker that answers is nothing to end the wait for.
    observe: () =>
      admin.metadata().then(
        ({ topics }) => topics,
        () => [],
      ),
    evaluate: (topics) => topicsVerdict(names, topics),
    report,
  });
  if (!verdict.satisfied) {
    console.error(`topics: not in sync within ${deadlineSeconds} s: ${describeMissing(verdict.missing)}`);
    return false;
  }
  const changed = new Set([...addPartitions.map(({ topic }) => topic), ...setConfigs.map(({ name }) => name)]);
  report(`topics: all ${names.length} in sync after ${seconds} s (${create.length} created, ${changed.size} changed)`);
  return true;
}
