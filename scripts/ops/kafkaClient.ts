import { connect, type Socket } from "node:net";
import { Kafka, logLevel, type Admin, type ISocketFactory } from "kafkajs";
import type { ClusterNode } from "../../planning/cluster";
import { ports } from "../../planning/names";
import type { ClusterView, KafkaObservation } from "./kafkaGate";

const timeouts = { connectionTimeout: 2000, requestTimeout: 5000, enforceRequestTimeout: true } as const;

/** A socket factory that always connects to one address, whatever broker the client asks for: so that one sees through that broker's eyes. */
const pinnedTo =
  (host: string, port: number): ISocketFactory =>
  ({ onConnect }): Socket => {
    const socket = connect({ host, port }, onConnect);
    socket.setNoDelay(true);
    return socket;
  };

async function withAdmin<T>(kafka: Kafka, work: (admin: Admin) => Promise<T>, retries: number): Promise<T> {
  const admin = kafka.admin({ retry: { retries, initialRetryTime: 200, maxRetryTime: 2000 } });
  try {
    await admin.connect();
    return await work(admin);
  } finally {
    await admin.disconnect().catch(() => undefined);
  }
}

/** The cluster as the broker at this address sees it. */
export function viewThrough(host: string, port: number): Promise<ClusterView> {
  const kafka = new Kafka({
    clientId: "kafka-ops",
    brokers: [`${host}:${port}`],
    logLevel: logLevel.NOTHING,
    socketFactory: pinnedTo(host, port),
    ...timeouts,
    retry: { retries: 0 },
  });
  return withAdmin(
    kafka,
    async (admin) => {
      const { brokers, controller } = await admin.describeCluster();
      const { topics } = await admin.fetchTopicMetadata();
      return {
        brokers: brokers.map(({ nodeId, host: advertised, port: advertisedPort }) => ({
          id: nodeId,
          host: advertised,
          port: advertisedPort,
        })),
        controllerId: controller ?? -1,
        topics: topics.map((topic) => ({
          name: topic.name,
          partitions: topic.partitions.map(({ partitionId, leader, replicas, isr }) => ({
            partition: partitionId,
            leader,
            replicas,
            isr,
          })),
        })),
      };
    },
    0,
  );
}

/** kafkajs' message in fewer words. */
export function describeProblem(message: string): string {
  if (message.includes("ECONNREFUSED")) return `connection refused on port ${ports.kafka}`;
  if (/Request .* timed out/.test(message)) return `no answer within ${timeouts.requestTimeout / 1000} s`;
  if (/Connection timeout/i.test(message)) return `no connection within ${timeouts.connectionTimeout / 1000} s`;
  return message;
}

/** One look through every broker at once. */
export function observeKafka(brokers: readonly ClusterNode[]): Promise<KafkaObservation[]> {
  return Promise.all(
    brokers.map(async ({ name, privateIp }): Promise<KafkaObservation> => {
      try {
        return { node: name, view: await viewThrough(privateIp, ports.kafka) };
      } catch (error) {
        return { node: name, problem: describeProblem((error as Error).message) };
      }
    }),
  );
}

/** Runs `work` with an admin client of the whole cluster, reached at the brokers' private addresses. */
export function withClusterAdmin<T>(brokers: readonly ClusterNode[], work: (admin: Admin) => Promise<T>): Promise<T> {
  const kafka = new Kafka({
    clientId: "kafka-ops",
    brokers: brokers.map(({ privateIp }) => `${privateIp}:${ports.kafka}`),
    logLevel: logLevel.NOTHING,
    ...timeouts,
    requestTimeout: 30000,
  });
  return withAdmin(kafka, work, 5);
}
