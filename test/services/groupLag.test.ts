import assert from "node:assert/strict";
import { setTimeout as pause } from "node:timers/promises";
import { Kafka, logLevel } from "kafkajs";
import { groupSources, GroupLookout } from "../../ops/groups/lookout";
import { KafkaAdmin } from "../../ops/kafka/admin";
import { describeCluster } from "../../planning/cluster/clusterDescription";
import { startKafka, type KafkaProcess } from "./kafka";
import { sampleSettings } from "../unit/settings/sampleSettings";

const topic = "clicks";

describe("the lag of consumer groups, on a real Kafka", function () {
  this.timeout(300_000);
  let kafka: KafkaProcess;
  let lookout: GroupLookout;
  let began: number;

  /** Writes so many events to each of the two partitions. */
  const write = async (events: number) => {
    const producer = new Kafka({ logLevel: logLevel.NOTHING, brokers: [kafka.bootstrapServers] }).producer();
    await producer.connect();
    const messages = Array.from({ length: events }, (_, number) => ({ value: `${number}` }));
    for (const partition of [0, 1]) {
      await producer.send({ topic, messages: messages.map((message) => ({ ...message, partition })) });
    }
    await producer.disconnect();
  };

  before(async () => {
    kafka = await startKafka({ [topic]: 2 });
    const address = { id: 1, host: "127.0.0.1", port: kafka.port };
    const cluster = describeCluster(sampleSettings(), "bucket");
    lookout = new GroupLookout(groupSources(cluster, [address], new KafkaAdmin([address], 5000)));
    began = Date.now();
    await write(50);
    await pause(1000);
    await write(50);
    await kafka.admin(async (admin) => {
      await admin.setOffsets({
        groupId: "reports",
        topic,
        partitions: [0, 1].map((partition) => ({ partition, offset: partition === 0 ? "60" : "100" })),
      });
      await admin.setOffsets({ groupId: "audit", topic, partitions: [{ partition: 1, offset: "10" }] });
    });
  });
  after(() => kafka?.stop());

  const lagOf = async (group: string) => {
    const { lags, states } = await lookout.look();
    assert.equal(states.get(group), "Empty");
    const found = lags.filter((lag) => lag.group === group);
    assert.equal(found.length, 1);
    return found[0] ?? assert.fail();
  };

  it("is told in events, in time by when the broker got them, and in time until they are deleted", async () => {
    const reports = await lagOf("reports");
    assert.deepEqual([reports.topic, reports.messages, reports.deletedUnread], [topic, 40, 0]);
    const age = (Date.now() - began) / 1000;
    assert.ok(reports.seconds > 0 && reports.seconds <= age + 20, `${reports.seconds} s of ${age}`);
    // Kafka's default, a week.
    const week = 7 * 24 * 3600;
    assert.ok(Math.abs(reports.secondsUntilDeleted - (week - reports.seconds)) < 1, `${reports.secondsUntilDeleted} s`);
    assert.equal((await lagOf("audit")).messages, 90);
  });

  it("counts what is deleted unread", async () => {
    await kafka.admin(async (admin) => {
      // kafkajs knows no topic before it is asked for one.
      await admin.fetchTopicOffsets(topic);
      await admin.deleteTopicRecords({ topic, partitions: [{ partition: 1, offset: "30" }] });
    });
    const audit = await lagOf("audit");
    assert.deepEqual([audit.messages, audit.deletedUnread], [70, 20]);
  });
});
