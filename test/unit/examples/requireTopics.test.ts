import assert from "node:assert/strict";
import type { Kafka } from "kafkajs";
import { requireTopics } from "../../../examples/consumer/requireTopics";

/** A cluster with these topics, and what was asked of it. */
function clusterWith(...topics: readonly string[]) {
  const calls: string[] = [];
  const said = (call: string) => Promise.resolve(void calls.push(call));
  const admin = () => ({
    connect: () => said("connect"),
    listTopics: () => Promise.resolve([...topics]),
    disconnect: () => said("disconnect"),
  });
  return { kafka: { admin } as unknown as Kafka, calls };
}

describe("the topics that an application requires", () => {
  it("are there, or it says which are not, and which there are", async () => {
    const { kafka, calls } = clusterWith("user-activity", "__consumer_offsets", "clicks");
    await requireTopics(kafka, ["clicks", "user-activity"]);
    await assert.rejects(requireTopics(kafka, ["user-activty", "clicks"]), {
      message: "no topic user-activty in the cluster, which has: clicks, user-activity",
    });
    assert.deepEqual(calls, ["connect", "disconnect", "connect", "disconnect"]);
    await assert.rejects(requireTopics(clusterWith("__consumer_offsets").kafka, ["clicks"]), /which has: none/);
  });
});
