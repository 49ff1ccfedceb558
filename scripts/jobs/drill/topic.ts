import type { Clients } from "./clients";
import { askAll } from "./metadata";
import type { DrillParameters } from "./parameters";
import { until } from "./pause";

/** Makes the drill's topic, and waits until it is in full service. */
export async function makeTopic(clients: Clients, parameters: DrillParameters): Promise<void> {
  const { topic, replicaAssignment, config, brokers } = parameters;
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
    const addresses = new Map(brokers.map(({ id, address }) => [id, address]));
    await until(30_000, async () => {
      const partitions = (await askAll(addresses, 2000))?.topics.get(topic) ?? [];
      const ready = partitions.filter(({ leader, isr, replicas }) => leader >= 0 && isr.length === replicas.length);
      return ready.length === replicaAssignment.length
        ? ""
        : `topic ${topic} has ${ready.length} of ${replicaAssignment.length} partitions in full service`;
    });
  } finally {
    await admin.disconnect();
  }
}

/** Leaves nothing behind, as far as the cluster lets it. */
export async function removeTopic(clients: Clients, topic: string, groupIds: readonly string[]): Promise<void> {
  const admin = clients.managing().admin();
  try {
    await admin.connect();
    // One that never came to be, or that a member was slow to leave, is no fault: its offsets expire.
    for (const groupId of groupIds) await admin.deleteGroups([groupId]).catch(() => undefined);
    await admin.deleteTopics({ topics: [topic], timeout: 10_000 });
  } catch (error) {
    console.log(`topic ${topic} stays: ${(error as Error).message}`);
  } finally {
    await admin.disconnect().catch(() => undefined);
  }
}
