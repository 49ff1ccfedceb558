import assert from "node:assert/strict";
import { setTimeout as pause } from "node:timers/promises";

import { partitionerClasses } from "../../trials/bench/zones";
import { KafkajsProducer } from "../../trials/jobs/bench/kafkajsProducer";
import { Tools } from "../../trials/jobs/bench/tools";
import { kafkaJars, startKafka, type KafkaProcess } from "./kafka";

describe("the benchmark's producers in a zone, on a real Kafka", function () {
  this.timeout(400_000);
  const [topic, javaTopic] = ["bench-1-1", "bench-1-2"] as const;
  let kafka: KafkaProcess;
  before(async () => (kafka = await startKafka({ [topic]: 3, [javaTopic]: 3 })));
  after(() => kafka?.stop());

  const producer = (events: number, eventsPerSecond?: number) =>
    new KafkajsProducer(
      {
        brokers: [{ id: 1, address: kafka.bootstrapServers, zone: "zone-a" }],
        clientProperties: kafka.clientProperties,
        kafkajsZone: "zone-a",
      },
      ["one", "two", "three"],
      { topic, events, eventsPerSecond },
    );

  it("writes what it is told at the rate that it is told, and says how it went", async () => {
    const started = Date.now();
    const one = producer(1000, 500);
    await one.ended;
    assert.ok(Date.now() - started >= 2000);
    assert.equal(one.total?.events, 1000);
    assert.ok((one.total?.latencyMs.p50 ?? 0) > 0);
    assert.equal(one.points.at(-1)?.sum, 1000);
    const values = (await kafka.messages(topic)).map(({ value }) => value);
    assert.equal(values.length, 1000);
    assert.deepEqual([...new Set(values)].sort(), ["one", "three", "two"]);
  });

  it("ends when it is killed; needs a rate", async () => {
    const endless = producer(1e9, 100);
    await endless.kill();
    assert.ok((endless.total?.events ?? 0) < 1e9);
    await assert.rejects(producer(10).ended, /needs a rate/);
  });

  it("in Java have the partitioner's class beside Kafka's jars, and settings of their own", async () => {
    const rack = { "client.rack": "zone-a" };
    const tools = new Tools({
      ...{
        id: "1",
        against: "ours",
        payload: "random",
        producers: 1,
        seconds: 1,
        measurements: [],
        deadlineSeconds: 60,
      },
      ...{ replicaAssignment: [], config: {}, kafkaLibraries: await kafkaJars("3.9.2") },
      brokers: [{ id: 1, address: kafka.bootstrapServers, zone: "zone-a" }],
      clientProperties: kafka.clientProperties,
      producerSettings: { "partitioner.class": "ZonePartitioner", ...rack },
      consumerSettings: rack,
      javaClasses: await partitionerClasses("3.9.2"),
    });
    try {
      const group = tools.consume(javaTopic, "reader");
      const one = tools.produce(javaTopic, 1e9, 100);
      // The reader says something each second while there is something to be read.
      for (const end = Date.now() + 60_000; (group.points.at(-1)?.sum ?? 0) < 300 * tools.meanBytes;) {
        assert.ok(Date.now() < end, `it has read ${group.points.at(-1)?.sum} bytes`);
        await Promise.race([pause(200), one.ended]);
      }
    } finally {
      await tools.kill();
    }
  });
});
