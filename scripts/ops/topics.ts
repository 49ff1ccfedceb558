import { ConfigResourceTypes, type Admin } from "kafkajs";
import type { ClusterDescription } from "../../planning/cluster";
import { ports } from "../../planning/names";
import { describeMissing } from "./gateVerdict";
import { viewThrough, withClusterAdmin } from "./kafkaClient";
import { compareTopics, decideTopicsReady, type ExistingTopic, type WantedTopic } from "./topicChanges";
import { waitUntil } from "./waitUntil";

async function existingTopics(admin: Admin, wanted: readonly WantedTopic[]): Promise<ExistingTopic[]> {
  const names = new Set(await admin.listTopics());
  const present = wanted.filter(({ name }) => names.has(name));
  if (present.length === 0) return [];
  const { topics } = await admin.fetchTopicMetadata({ topics: present.map(({ name }) => name) });
  const { resources } = await admin.describeConfigs({
    includeSynonyms: false,
    resources: present.map(({ name, config }) => ({
      type: ConfigResourceTypes.TOPIC,
      name,
      configNames: Object.keys(config),
    })),
  });
  return topics.map(({ name, partitions }) => ({
    name,
    partitions: partitions.length,
    config: Object.fromEntries(
      (resources.find(({ resourceName }) => resourceName === name)?.configEntries ?? []).map((entry) => [
        entry.configName,
        entry.configValue,
      ]),
    ),
  }));
}

async function createTopics(admin: Admin, topics: readonly WantedTopic[]): Promise<void> {
  await admin.createTopics({
    waitForLeaders: false,
    timeout: 20000,
    topics: topics.map(({ name, replicaAssignment, config }) => ({
      topic: name,
      // With an explicit assignment Kafka wants neither a count nor a factor; kafkajs then sends -1 for both.
      replicaAssignment: replicaAssignment.map((replicas, partition) => ({ partition, replicas: [...replicas] })),
      configEntries: Object.entries(config).map(([key, value]) => ({ name: key, value })),
    })),
  });
}

/** Creates the missing topics with their placement, reports drift of the others, and waits until all are in sync. Gives whether they are. */
export async function reconcileTopics(cluster: ClusterDescription, deadlineSeconds: number): Promise<boolean> {
  const started = Date.now();
  const { create, drift } = await withClusterAdmin(cluster.brokers, async (admin) => {
    const changes = compareTopics(cluster.topics, await existingTopics(admin, cluster.topics));
    if (changes.create.length > 0) await createTopics(admin, changes.create);
    return changes;
  });
  for (const { name, partitions, replicaAssignment } of create) {
    console.log(`topics: created ${name}: ${partitions} partitions, ${replicaAssignment[0]?.length ?? 0} copies each`);
  }
  for (const line of drift) console.log(`topics: note: ${line}; it is left as it is`);

  const names = cluster.topics.map(({ name }) => name);
  const what = "topics";
  const { verdict, seconds } = await waitUntil({
    what,
    deadlineSeconds: Math.max(1, Math.round(deadlineSeconds - (Date.now() - started) / 1000)),
    observe: async () => {
      // Any one broker will do, and one that is down must not end the wait.
      for (const { privateIp } of cluster.brokers) {
        const view = await viewThrough(privateIp, ports.kafka).catch(() => undefined);
        if (view !== undefined) return view.topics;
      }
      return [];
    },
    decide: (topics) => decideTopicsReady(names, topics),
    report: (line) => console.log(line),
  });
  if (verdict.satisfied) {
    console.log(
      `${what}: all ${names.length} in sync after ${seconds} s (${create.length} created, ${drift.length} differences)`,
    );
    return true;
  }
  console.error(`${what}: not in sync within ${deadlineSeconds} s: ${describeMissing(verdict.missing)}`);
  return false;
}
