import assert from "node:assert/strict";
import { Kafka, logLevel } from "kafkajs";
import { startKafka, type KafkaProcess } from "./kafka";

describe("a Kafka process of the tests", function () {
  this.timeout(300_000);
  let kafka: KafkaProcess;

  before(async () => {
    kafka = await startKafka({ clicks: 3 });
  });
  after(() => kafka?.stop());

  it("keeps what is written to it over its death, and has nothing in its topics at first", async () => {
    const began = Date.now();
    assert.deepEqual(await kafka.messages("clicks"), []);
    const producer = new Kafka({ logLevel: logLevel.NOTHING, brokers: [kafka.bootstrapServers] }).producer();
    await producer.connect();
    const messages = ["a", "b", "c"].map((value) => ({ key: "u", value, timestamp: "7", headers: { accepted: "7" } }));
    await producer.send({ topic: "clicks", messages });
    await kafka.kill();
    await kafka.start();
    const read = await kafka.messages("clicks");
    assert.deepEqual(
      read.map(({ key, value, headers }) => [key, value, headers.accepted]),
      messages.map(({ value }) => ["u", value, "7"]),
    );
    assert.ok(
      read.every(({ timestamp }) => Number(timestamp) >= began),
      "the time is the broker's, as in the cluster",
    );
    await producer.disconnect();
  });
});
