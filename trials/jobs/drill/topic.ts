import { askAll, brokerAddress } from "../../../ops/kafka/metadata";
import type { Clients } from "./clients";
import type { DrillParameters, Topic } from "./parameters";
import { until } from "./within";

/** Makes a topic, and waits until it is in full service. */
export async function makeTopic(
  clients: Clients,
  { topic, replicaAssignment, config }: Topic,
  brokers: DrillParameters["brokers"],
): Promise<void> {
  const admin = clients.managing().admin();
  await admin.connect();
  try {
    await admin.createTopics({
      topics: [
        {
          topic,
          replicaAssignment: replicaAssignment.map((replicas, partition) => ({ partition, replicas: [...replicas] })),
          configEntries: Object.entries(config).map(([name, value]) => ({ name, value })),
        },
      ],
      // kafkajs would ask for metadata before every broker has them; the wait is below.
      waitForLeaders: false,
    });
    await until(30_000, async () => {
      const view = await askAll(brokers.map(brokerAddress), { topics: "all", timeoutMs: 2000 }).catch(() => undefined);
      const partitions = view?.topics.find(({ name }) => name === topic)?.partitions ?? [];
      const ready = partitions.filter(({ leader, isr, replicas }) => leader >= 0 && isr.length === replicas.length);
      return ready.length === replicaAssignment.length
        ? ""
        : `topic ${topic} has ${ready.length} of ${replicaAssignment.length} partitions in full service`;
    });
  } finally {
    await admin.disconnect();
  }
}

/** Deletes the topics, as far as the cluster lets it. */
export async function removeTopics(
  clients: Clients,
  topics: readonly string[],
  groupIds: readonly string[],
): Promise<void> {
  const admin = clients.managing().admin();
  try {
    await admin.connect();
    // One that never came to be, or that a member was slow to leave, is no fault: its offsets expire.
    for (const groupId of groupIds) await admin.deleteGroups([groupId]).catch(() => undefined);
    await admin.deleteTopics({ topics: [...topics], timeout: 10_000 });
  } catch (error) {
    console.log(`topic ${topics.join(", ")} stays: ${(error as Error).message}`);
  } finally {
    await admin.disconnect().catch(() => undefined);
  }
}
