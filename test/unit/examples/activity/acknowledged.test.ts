import assert from "node:assert/strict";
import type { Message, PartitionMetadata } from "kafkajs";
import { rememberedPartitions, sendAll } from "../../../../examples/activity/cluster/acknowledged";

const partitionMetadata: PartitionMetadata[] = [0, 1, 2].map((partitionId) => ({
  partitionErrorCode: 0,
  partitionId,
  leader: 1,
  replicas: [1],
  isr: [1],
}));
const message = (key: string | null): Message => ({ key, value: "{}" });

describe("what kafkajs sends", () => {
  /** Kafka, where some partitions get no answer at first, as when their leader moved. */
  function kafka(forgotten: readonly number[]) {
    const { createPartitioner, partitionOf } = rememberedPartitions();
    const partitioner = createPartitioner();
    const written: Message[][] = [];
    const send = (messages: Message[]) => {
      const isFirst = written.length === 0;
      const sent = messages.filter((one) => {
        const partition = partitioner({ topic: "t", partitionMetadata, message: one });
        return !isFirst || !forgotten.includes(partition);
      });
      written.push(sent);
      const partitions = [...new Set(sent.map((one) => partitionOf(one) ?? -1))];
      return Promise.resolve(partitions.map((partition) => ({ topicName: "t", partition, errorCode: 0 })));
    };
    return { send, partitionOf, written };
  }

  it("is sent again where there is no answer for its partition, and nowhere else", async () => {
    const messages = Array.from({ length: 60 }, (_, index) => message(`user-${index}`));
    const { send, partitionOf, written } = kafka([1]);
    await sendAll(messages, send, partitionOf);
    assert.equal(written.length, 2);
    assert.deepEqual(new Set(written[1]?.map(partitionOf)), new Set([1]));
    assert.deepEqual(new Set(written.flat()), new Set(messages));
    assert.equal(written.flat().length, messages.length);
  });

  it("stays in its partition when it is tried again, also without a key", () => {
    const partitioner = rememberedPartitions().createPartitioner();
    const one = message(null);
    const chosen = Array.from({ length: 20 }, () => partitioner({ topic: "t", partitionMetadata, message: one }));
    assert.equal(new Set(chosen).size, 1);
  });

  it("is an outage when there is no answer for any of it", async () => {
    const { partitionOf } = kafka([]);
    await assert.rejects(
      sendAll([message("a")], () => Promise.resolve([]), partitionOf),
      /answered for none of the partitions of 1 messages/,
    );
  });
});
